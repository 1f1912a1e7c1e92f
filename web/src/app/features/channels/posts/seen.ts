import { Directive, ElementRef, effect, inject, input } from '@angular/core';

import type { ReadMarks } from './read-marks';

/** A post that counts as read once somebody has seen it. */
@Directive({ selector: '[appSeen]' })
export class Seen {
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  readonly appSeen = input.required<ReadMarks | null>();

  constructor() {
    effect((onCleanup) => {
      const marks = this.appSeen();
      if (!marks) return;
      marks.watch(this.element);
      onCleanup(() => marks.unwatch(this.element));
    });
  }
}
