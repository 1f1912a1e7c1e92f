import { ChangeDetectionStrategy, Component, type ElementRef, effect, input, model, untracked, viewChild } from '@angular/core';

import { Icon } from './icon';

let made = 0;

/**
 * A native modal dialog: the browser keeps focus inside, Escape closes it, and focus returns.
 *
 *     <app-dialog [(open)]="asking" heading="Leave?" i18n-heading="@@…">… <div dialog-actions>…</div></app-dialog>
 */
@Component({
  selector: 'app-dialog',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <dialog #dialog class="dialog" [attr.data-size]="size()" [attr.aria-labelledby]="id" (close)="open.set(false)"
      (mousedown)="closeOutside($event)">
      @if (open()) {
        <header class="dialog-header">
          <h2 [id]="id">{{ heading() }}</h2>
          <button type="button" class="icon-button" aria-label="Close" i18n-aria-label="@@core.close" (click)="open.set(false)">
            <app-icon name="close" />
          </button>
        </header>
        <div class="dialog-body"><ng-content /></div>
        <footer class="dialog-actions"><ng-content select="[dialog-actions]" /></footer>
      }
    </dialog>
  `,
})
export class Dialog {
  readonly open = model(false);
  readonly heading = input.required<string>();
  readonly size = input<'small' | 'medium' | 'large'>('small');

  protected readonly id = `dialog-${++made}`;
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');
  private opener: HTMLElement | null = null;

  constructor() {
    effect(() => {
      const element = this.dialog().nativeElement;
      const open = this.open();
      untracked(() => (open ? this.show(element) : this.hide(element)));
    });
  }

  private show(element: HTMLDialogElement): void {
    if (element.open) return;
    this.opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    element.showModal();
  }

  private hide(element: HTMLDialogElement): void {
    if (element.open) element.close();
    // A menu that opened it is gone by now; the browser returns focus to nothing then.
    if (this.opener?.isConnected) this.opener.focus();
    this.opener = null;
  }

  protected closeOutside(event: MouseEvent): void {
    if (event.target === this.dialog().nativeElement) this.open.set(false);
  }
}
