import { Directive, input } from '@angular/core';

import type { MessageActions } from './message-actions';

const LONG_MS = 450;
/** A finger that moved farther than this scrolls. */
const STILL_PX = 10;

/** Opens the menu of a message: by the right button, by a long press, by Enter and by the menu key. */
@Directive({
  selector: '[appMessagePress]',
  host: {
    '(contextmenu)': 'onContextMenu($event)',
    '(keydown.enter)': 'onEnter($event)',
    '(pointerdown)': 'begin($event)',
    '(pointermove)': 'move($event)',
    '(pointerup)': 'end()',
    '(pointercancel)': 'end()',
  },
})
export class MessagePress {
  readonly appMessagePress = input.required<MessageActions>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private start = { x: 0, y: 0 };

  protected onContextMenu(event: MouseEvent): void {
    this.end();
    // Links and pictures have a menu of the browser's own, and so has text that is selected.
    if (hasOwnMenu(event.target)) return;
    if (event.button === 2 && getSelection()?.type === 'Range') return;
    event.preventDefault();
    if (event.clientX === 0 && event.clientY === 0) this.appMessagePress().openHere();
    else this.appMessagePress().openAt(event.clientX, event.clientY);
  }

  protected onEnter(event: Event): void {
    if (event.target !== event.currentTarget) return;
    event.preventDefault();
    this.appMessagePress().openHere();
  }

  /** Safari on phones says nothing of long presses. */
  protected begin({ pointerType, clientX: x, clientY: y, target }: PointerEvent): void {
    this.end();
    if (pointerType !== 'touch' || hasOwnMenu(target)) return;
    this.start = { x, y };
    this.timer = setTimeout(() => this.appMessagePress().openAt(x, y), LONG_MS);
  }

  protected move({ clientX, clientY }: PointerEvent): void {
    if (Math.hypot(clientX - this.start.x, clientY - this.start.y) > STILL_PX) this.end();
  }

  protected end(): void {
    clearTimeout(this.timer);
  }
}

function hasOwnMenu(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('a, img, video, audio, input') !== null;
}
