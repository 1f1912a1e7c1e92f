import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Session } from '@core/session';
import { ChatStore, type Conversation, Drafts, type Message, People, Presences } from '@core/store';
import { Icon } from '@shared/icon';

import { MediaLabel } from '../media/label';
import { paymentLine } from '../payments/line';

import { ReceiptMark } from './conversation/receipt';
import { SystemWords } from './system-line';
import { typingWords } from './typing-words';

/** The second line of a conversation in the list: who types, what one began to write, or the last message. */
@Component({
  selector: 'app-preview',
  imports: [Icon, MediaLabel, ReceiptMark],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'row-line preview' },
  template: `
    @if (typing(); as words) {
      <span class="preview-typing">{{ words }}</span>
    } @else if (draft(); as text) {
      <span class="preview-draft" i18n="@@chat.preview.draft">Draft:</span> {{ text }}
    } @else if (last(); as message) {
      @if (unsent()) {
        <app-receipt [state]="message.state" />
      }
      @if (author(); as name) {
        <span class="preview-author">{{ name }}:</span>
      }
      @if (message.deleted) {
        <app-icon name="ban" /> <em i18n="@@chat.deleted">This message was deleted</em>
      } @else if (system(); as words) {
        {{ words }}
      } @else if (payment(); as words) {
        <app-icon name="coin" /> {{ words }}
      } @else if (message.poll; as poll) {
        <app-icon name="poll" /> {{ poll.question }}
      } @else if (message.text) {
        {{ message.text }}
      } @else if (message.media_ids.length) {
        <app-media-label [ids]="message.media_ids" />
      }
    }
  `,
})
export class Preview {
  readonly conversation = input.required<Conversation>();
  private readonly store = inject(ChatStore);
  private readonly drafts = inject(Drafts);
  private readonly people = inject(People);
  private readonly presences = inject(Presences);
  private readonly words = inject(SystemWords);
  private readonly me = inject(Session).me;

  protected readonly unsent = computed(() => this.store.unsent(this.conversation().id)().at(-1));
  protected readonly last = computed<Message | null>(() => {
    const message = this.conversation().last_message;
    return this.unsent() ?? (message ? { ...message, state: 'sent' } : null);
  });
  protected readonly draft = computed(() => this.drafts.of(this.conversation().id)()?.text.trim());
  protected readonly typing = computed(() => {
    const names = this.presences.typing(this.conversation().id)().map((id) => this.people.get(id)?.display_name ?? '…');
    return typingWords(names, this.conversation().kind === 'group');
  });
  protected readonly system = computed(() => {
    const message = this.last();
    return message?.kind === 'system' ? this.words.of(message) : null;
  });
  protected readonly payment = computed(() => {
    const shown = this.last()?.payment;
    return shown ? paymentLine(shown) : null;
  });
  protected readonly author = computed(() => {
    const message = this.last();
    if (!message || message.kind === 'system' || this.conversation().kind === 'direct') return null;
    if (message.author_id === this.me()?.id) return $localize`:@@chat.preview.you:You`;
    return this.people.authorOf(message) ?? null;
  });
}
