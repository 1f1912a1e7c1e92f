import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Session } from '@core/session';
import type { Conversation } from '@core/store';
import { Icon } from '@shared/icon';
import { Menu } from '@shared/menu';
import { MenuItem } from '@shared/menu-item';

import { PaymentUi } from '../payment-ui';

/** In a chat's composer: pay somebody there, or ask them for money. */
@Component({
  selector: 'app-money-button',
  imports: [Icon, Menu, MenuItem],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (others().length) {
      <app-menu label="Money" i18n-label="@@payments.money" icon="coin">
        <button appMenuItem type="button" (click)="show('pay')"><app-icon name="coin" /><span i18n="@@payments.sheet.pay">Pay</span></button>
        <button appMenuItem type="button" (click)="show('request')"><app-icon name="receive" /><span i18n="@@payments.sheet.request">Ask for money</span></button>
      </app-menu>
    }
  `,
})
export class MoneyButton {
  private readonly me = inject(Session).me;
  private readonly ui = inject(PaymentUi);
  readonly conversation = input.required<Conversation>();
  protected readonly others = computed(() => {
    const members = this.conversation().members ?? [];
    return members.map((each) => each.user_id).filter((id) => id !== this.me()?.id);
  });

  protected show(kind: 'pay' | 'request'): void {
    this.ui.show({ kind, conversationId: this.conversation().id, people: this.others() });
  }
}
