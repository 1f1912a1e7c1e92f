import { Directive, ElementRef, afterNextRender, inject } from '@angular/core';

/** Takes the focus when it appears: the one field that somebody came here for. */
@Directive({ selector: '[appFocusFirst]' })
export class FocusFirst {
  constructor() {
    const element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    afterNextRender(() => element.focus());
  }
}
