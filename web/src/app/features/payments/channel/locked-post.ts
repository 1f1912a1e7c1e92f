import { ChangeDetectionStrategy, Component, inject, input } from '@angular/core';

import type { Channel, Post } from '@core/channels/channel';
import { Icon } from '@shared/icon';
import { MoneyPipe } from '@shared/money/format';

import { PaymentUi } from '../payment-ui';

/** In the place of what a post says: that it is to be paid, and how. */
@Component({
  selector: 'app-locked-post',
  imports: [Icon, MoneyPipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'locked-post' },
  template: `
    <p class="locked-words">
      <app-icon name="lock" />
      @if (post().paid) {
        <span i18n="@@payments.locked.paid">This post is for subscribers.</span>
      } @else {
        <span i18n="@@payments.locked.priced">This post is for those who buy it.</span>
      }
    </p>
    <p class="locked-deeds">
      @if (post().paid) {
        <button type="button" class="button is-small" (click)="subscribe()" i18n="@@payments.subscribe">Subscribe</button>
      }
      @if (post().price; as price) {
        <button type="button" class="button is-small" [class.is-quiet]="post().paid" (click)="buy(price)"><span i18n="@@payments.locked.buy">Buy for {{ price.amount | money: price.currency }}</span></button>
      }
    </p>
  `,
})
export class LockedPost {
  private readonly ui = inject(PaymentUi);
  readonly post = input.required<Post>();
  readonly channel = input.required<Channel>();

  protected subscribe(): void {
    this.ui.show({ kind: 'plan', channelId: this.channel().id, title: this.channel().title });
  }

  protected buy(price: NonNullable<Post['price']>): void {
    this.ui.show({ kind: 'post', postId: this.post().id, ...price });
  }
}
