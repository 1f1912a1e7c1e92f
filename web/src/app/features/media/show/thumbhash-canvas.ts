import { Directive, ElementRef, effect, inject, input } from '@angular/core';

import { drawThumbHash } from '../store/thumbhash';

/** Draws a ThumbHash into a canvas, which CSS stretches: a blurred picture until the real one is there. */
@Directive({ selector: 'canvas[appThumbHash]', host: { class: 'media-hash', 'aria-hidden': 'true' } })
export class ThumbHashCanvas {
  readonly appThumbHash = input.required<string>();
  private readonly canvas = inject<ElementRef<HTMLCanvasElement>>(ElementRef).nativeElement;

  constructor() {
    effect(() => {
      const picture = drawThumbHash(this.appThumbHash());
      if (!picture) return;
      this.canvas.width = picture.width;
      this.canvas.height = picture.height;
      this.canvas.getContext('2d')?.putImageData(new ImageData(picture.pixels, picture.width, picture.height), 0, 0);
    });
  }
}
