import { ChangeDetectionStrategy, Component, ElementRef, output, signal, viewChild } from '@angular/core';

import { Icon } from '@shared/icon';
import { Spinner } from '@shared/spinner';

import { EmojiPanel } from './emoji-panel';

let made = 0;
const GAP = 8;
/** The panel is loaded and drawn by then. */
const FOCUS_MS = 60;

/** A button that opens the emoji; it stays open for several, until one presses elsewhere or Escape. */
@Component({
  selector: 'app-emoji-picker',
  imports: [EmojiPanel, Icon, Spinner],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button
      #opener
      type="button"
      class="icon-button"
      aria-label="Emoji"
      i18n-aria-label="@@messages.emoji"
      aria-haspopup="dialog"
      [attr.aria-expanded]="isOpen()"
      [attr.aria-controls]="id"
      (click)="toggle()"
    >
      <app-icon name="smile" />
    </button>
    <div
      #panel
      class="emoji-popover"
      popover="auto"
      role="dialog"
      [id]="id"
      aria-label="Emoji"
      i18n-aria-label="@@messages.emoji"
      (toggle)="toggled($event)"
    >
      @if (isOpen()) {
        @defer (on immediate) {
          <app-emoji-panel (picked)="picked.emit($event)" />
        } @placeholder {
          <app-spinner />
        }
      }
    </div>
  `,
})
export class EmojiPicker {
  readonly picked = output<string>();
  /** The panel was closed: the text field takes the focus back. */
  readonly closed = output<void>();

  protected readonly id = `emoji-${++made}`;
  protected readonly isOpen = signal(false);
  private readonly opener = viewChild.required<ElementRef<HTMLElement>>('opener');
  private readonly panel = viewChild.required<ElementRef<HTMLElement>>('panel');

  protected toggle(): void {
    const panel = this.panel().nativeElement;
    if (this.isOpen()) return panel.hidePopover();
    panel.showPopover();
    placeAbove(panel, this.opener().nativeElement);
  }

  protected toggled(event: Event): void {
    const hasMouse = matchMedia('(pointer: fine)').matches;
    this.isOpen.set((event as ToggleEvent).newState === 'open');
    if (!hasMouse) return;
    if (this.isOpen()) setTimeout(() => this.panel().nativeElement.querySelector('input')?.focus(), FOCUS_MS);
    else if (this.wasIn(document.activeElement)) this.closed.emit();
  }

  /** Whether the focus was in the panel: the browser gives it back to the button then. */
  private wasIn(focused: Element | null): boolean {
    return (
      focused === document.body ||
      focused === this.opener().nativeElement ||
      this.panel().nativeElement.contains(focused)
    );
  }
}

/** Puts a popover above its button, within the window; on a phone it has the window's width. */
function placeAbove(panel: HTMLElement, button: HTMLElement): void {
  const box = button.getBoundingClientRect();
  const { width } = panel.getBoundingClientRect();
  panel.style.left = `${Math.max(GAP, Math.min(box.left, innerWidth - width - GAP))}px`;
  panel.style.bottom = `${Math.max(GAP, innerHeight - box.top + GAP)}px`;
}
