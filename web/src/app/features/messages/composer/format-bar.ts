import { ChangeDetectionStrategy, Component, input } from '@angular/core';

import { Icon } from '@shared/icon';

import { type FormatId, applyFormat } from './format';

interface Item {
  readonly id: FormatId;
  readonly icon: string;
  readonly name: string;
  readonly keys: string;
}

/** Buttons that format what is selected in a text field. */
@Component({
  selector: 'app-format-bar',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div
      class="format-bar"
      role="toolbar"
      tabindex="-1"
      aria-label="Formatting"
      i18n-aria-label="@@messages.format"
      (keydown)="onKey($event)"
    >
      @for (each of items; track each.id; let i = $index) {
        <button
          type="button"
          class="icon-button"
          [attr.tabindex]="i === 0 ? 0 : -1"
          [attr.aria-label]="each.name"
          [title]="each.name + ' (' + each.keys + ')'"
          (mousedown)="$event.preventDefault()"
          (click)="apply(each.id)"
        >
          <app-icon [name]="each.icon" />
        </button>
      }
    </div>
  `,
})
export class FormatBar {
  readonly control = input.required<HTMLTextAreaElement>();
  protected readonly items: readonly Item[] = [
    { id: 'bold', icon: 'bold', name: $localize`:@@messages.format.bold:Bold`, keys: 'Ctrl+B' },
    { id: 'italic', icon: 'italic', name: $localize`:@@messages.format.italic:Italic`, keys: 'Ctrl+I' },
    { id: 'strike', icon: 'strike', name: $localize`:@@messages.format.strike:Crossed out`, keys: 'Ctrl+Shift+X' },
    { id: 'code', icon: 'code', name: $localize`:@@messages.format.code:Code`, keys: 'Ctrl+E' },
    { id: 'spoiler', icon: 'eye-off', name: $localize`:@@messages.format.spoiler:Hidden text`, keys: 'Ctrl+Shift+P' },
    { id: 'link', icon: 'link', name: $localize`:@@messages.format.link:Link`, keys: 'Ctrl+K' },
  ];

  protected apply(id: FormatId): void {
    applyFormat(this.control(), id);
  }

  protected onKey(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll('button')];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  }
}
