import { ChangeDetectionStrategy, Component, DestroyRef, ElementRef, afterNextRender, computed, effect, inject, input, signal } from '@angular/core';

import { PreviewPicture } from './preview-picture';
import { type Preview, Previews } from './previews';

/** What the page behind a link says of itself, once the link is seen. The page itself never learns who looks. */
@Component({
  selector: 'app-link-preview',
  imports: [PreviewPicture],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (preview(); as preview) {
      <a class="link-preview" [href]="preview.url" target="_blank" rel="noopener noreferrer nofollow">
        @if (preview.picture_media_id; as media) {
          <app-preview-picture [media]="media" />
        }
        <span class="link-preview-site">{{ site() }}</span>
        <span class="link-preview-title">{{ preview.title || preview.url }}</span>
        @if (preview.description) {
          <span class="link-preview-text">{{ preview.description }}</span>
        }
      </a>
    }
  `,
})
export class LinkPreview {
  readonly url = input.required<string>();
  private readonly previews = inject(Previews);
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly isSeen = signal(false);
  protected readonly preview = signal<Preview | null>(null);
  protected readonly site = computed(() => this.preview()?.site_name || hostOf(this.preview()?.url ?? ''));

  constructor() {
    const destroyed = inject(DestroyRef);
    afterNextRender(() => {
      const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && this.isSeen.set(true), { rootMargin: '200px' });
      seen.observe(this.element.parentElement ?? this.element);
      destroyed.onDestroy(() => seen.disconnect());
    });
    effect((onCleanup) => {
      const url = this.url();
      if (!this.isSeen()) return;
      let isWanted = true;
      onCleanup(() => (isWanted = false));
      void this.previews.of(url).then((preview) => isWanted && this.preview.set(isWebPage(preview?.url) ? preview : null));
    });
  }
}

function isWebPage(url: string | undefined): boolean {
  return /^https?:\/\//i.test(url ?? '');
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^www\./, '') : '';
}
