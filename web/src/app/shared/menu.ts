import { ChangeDetectionStrategy, Component, ElementRef, inject, input, signal, viewChild } from '@angular/core';

import { Icon } from './icon';

let made = 0;
const GAP = 6;

/**
 * A button that opens a list of actions, which are its content:
 *
 *     <app-menu label="More" i18n-label="@@…"><button appMenuItem type="button" (click)="leave()">…</button></app-menu>
 *
 * `openAt(x, y)` opens it where somebody pressed long or with the right button.
 */
@Component({
  selector: 'app-menu',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'menu-host' },
  template: `
    <button #opener type="button" class="icon-button" aria-haspopup="menu" [attr.aria-label]="label()" [attr.aria-expanded]="isOpen()"
      [attr.aria-controls]="id" (click)="toggle()" (keydown.arrowdown)="openHere(); $event.preventDefault()">
      <app-icon [name]="icon()" />
    </button>
    <div #list class="menu" popover="auto" role="menu" tabindex="-1" [id]="id" [attr.aria-label]="label()" (toggle)="onToggle($event)"
      (click)="close()" (keydown)="onKey($event)">
      <ng-content />
    </div>
  `,
})
export class Menu {
  readonly label = input.required<string>();
  readonly icon = input('more');

  protected readonly id = `menu-${++made}`;
  protected readonly isOpen = signal(false);
  private readonly host = inject<ElementRef<HTMLElement>>(ElementRef);
  private readonly opener = viewChild.required<ElementRef<HTMLButtonElement>>('opener');
  private readonly list = viewChild.required<ElementRef<HTMLElement>>('list');

  toggle(): void {
    if (this.isOpen()) this.close();
    else this.openHere();
  }

  /** Opens it below its button. */
  openHere(): void {
    const box = this.opener().nativeElement.getBoundingClientRect();
    this.openAt(box.right, box.bottom + GAP, box.top - GAP);
  }

  /** Opens it at a point; above `top` where there is no room below. */
  openAt(x: number, y: number, top = y): void {
    const list = this.list().nativeElement;
    list.showPopover();
    const { width, height } = list.getBoundingClientRect();
    const fits = y + height < innerHeight - GAP;
    list.style.left = `${Math.max(GAP, Math.min(x, innerWidth - GAP) - width)}px`;
    list.style.top = `${fits ? y : Math.max(GAP, top - height)}px`;
    this.items()[0]?.focus();
  }

  close(): void {
    this.list().nativeElement.hidePopover();
  }

  protected onToggle(event: Event): void {
    this.isOpen.set((event as ToggleEvent).newState === 'open');
    const lost = !document.activeElement || document.activeElement === document.body;
    if (!this.isOpen() && (lost || this.host.nativeElement.contains(document.activeElement))) this.opener().nativeElement.focus();
  }

  protected onKey(event: KeyboardEvent): void {
    const items = this.items();
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === 'Tab') return this.close();
    if (to === undefined) return;
    event.preventDefault();
    items[to % items.length]?.focus();
  }

  private items(): HTMLElement[] {
    return [...this.list().nativeElement.querySelectorAll<HTMLElement>('[role=menuitem]:not([disabled])')];
  }
}
