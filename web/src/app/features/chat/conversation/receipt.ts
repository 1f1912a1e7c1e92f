import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

import type { MessageState, Receipt as Mark } from '@core/store';
import { Icon } from '@shared/icon';

const ICONS: Record<Mark | MessageState, string> = {
  sending: 'clock',
  failed: 'alert',
  sent: 'check',
  delivered: 'check-double',
  read: 'check-double',
};

/** How far a message of one's own has come, as a sign and in words. */
@Component({
  selector: 'app-receipt',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'receipt', '[attr.data-state]': 'state()' },
  template: `
    @if (state(); as mark) {
      <app-icon [name]="icon()" /><span class="visually-hidden">{{ words() }}</span>
    }
  `,
})
export class ReceiptMark {
  readonly state = input.required<Mark | MessageState | null>();
  protected readonly icon = computed(() => ICONS[this.state() ?? 'sent']);
  protected readonly words = computed(() => wordsOf(this.state() ?? 'sent'));
}

function wordsOf(mark: Mark | MessageState): string {
  switch (mark) {
    case 'sending':
      return $localize`:@@chat.receipt.sending:Waiting to be sent`;
    case 'failed':
      return $localize`:@@chat.receipt.failed:Not sent`;
    case 'sent':
      return $localize`:@@chat.receipt.sent:Sent`;
    case 'delivered':
      return $localize`:@@chat.receipt.delivered:Delivered`;
    case 'read':
      return $localize`:@@chat.receipt.read:Read`;
  }
}
