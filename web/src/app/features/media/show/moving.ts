import { ChangeDetectionStrategy, Component, DestroyRef, ElementRef, afterNextRender, inject, input, output, viewChild } from '@angular/core';

/** A moving picture: plays without sound again and again while it is seen, unless somebody wants less motion. */
@Component({
  selector: 'app-moving',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <video #film class="media-moving" [src]="source()" [muted]="true" loop playsinline preload="metadata" disablepictureinpicture tabindex="-1"
      aria-hidden="true" (error)="failed.emit()"></video>
  `,
})
export class Moving {
  readonly source = input.required<string>();
  readonly failed = output();
  private readonly film = viewChild.required<ElementRef<HTMLVideoElement>>('film');

  constructor() {
    const destroyed = inject(DestroyRef);
    afterNextRender(() => {
      if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
      const film = this.film().nativeElement;
      const seen = new IntersectionObserver(([entry]) => {
        if (entry?.isIntersecting) void film.play().catch(() => undefined);
        else film.pause();
      });
      seen.observe(film);
      destroyed.onDestroy(() => seen.disconnect());
    });
  }
}
