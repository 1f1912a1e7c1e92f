import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';

import { Blocks } from '@core/blocks';
import { type Conversation, People } from '@core/store';
import { Icon } from '@shared/icon';

import { PaymentBubble } from '../../payments';
import { MessageUi } from '../dialogs/message-ui';
import { PollCard } from '../polls/poll-card';
import type { Content } from '../text/entities';

import { Quote } from './quote';
import { RichText } from './rich-text';

/** What stands in a bubble: forwarded from, what is answered, media (projected), poll or text. */
@Component({
  selector: 'app-message-body',
  imports: [Icon, PaymentBubble, PollCard, Quote, RichText],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'message-body' },
  template: `
    @if (isCovered()) {
      <p class="bubble-blocked">
        <app-icon name="ban" /><span i18n="@@messages.blocked">Message of somebody you blocked</span>
        <button type="button" class="text-button" (click)="isRevealed.set(true)" i18n="@@messages.show">Show</button>
      </p>
    } @else {
      @if (forwarded(); as words) {
        <p class="forwarded"><app-icon name="forward" />{{ words }}</p>
      }
      @if (message().reply_to; as id) {
        <app-quote [conversationId]="message().conversation_id ?? ''" [id]="id" />
      }
      <ng-content />
      @if (poll(); as poll) {
        <app-poll-card [poll]="poll" [message]="message()" [conversation]="conversation()" />
      }
      @if (message().payment; as payment) {
        <app-payment-bubble [payment]="payment" />
      } @else if (message().text) {
        <app-rich-text [content]="message()" (person)="ui.person($event, message().conversation_id ?? null)" />
      }
    }
  `,
})
export class MessageBody {
  readonly message = input.required<Content>();
  readonly conversation = input<Conversation | null>(null);

  private readonly blocks = inject(Blocks);
  private readonly people = inject(People);
  protected readonly ui = inject(MessageUi);
  protected readonly isRevealed = signal(false);

  protected readonly poll = computed(() => this.message().poll ?? null);
  protected readonly isCovered = computed(() => {
    const { author_id } = this.message();
    return !this.isRevealed() && this.conversation()?.kind === 'group' && !!author_id && this.blocks.has(author_id);
  });
  protected readonly forwarded = computed(() => {
    const from = this.message().forwarded_from;
    if (!from) return '';
    const name = from.author_id ? this.people.get(from.author_id)?.display_name : null;
    return name
      ? $localize`:@@messages.forwarded_from:Forwarded from ${name}:name:`
      : $localize`:@@messages.forwarded:Forwarded`;
  });
}
