import { ChangeDetectionStrategy, Component, computed, inject, input, output } from '@angular/core';

import { ProblemError } from '@core/problem';
import { ChatStore, type Conversation, type Message, People, Receipts } from '@core/store';
import { Avatar, colourOf } from '@shared/avatar';
import { Icon } from '@shared/icon';
import { TimePipe } from '@shared/time';

import { LinkPreview, MessageMedia } from '../../media';
import { MessageActions, MessageBody, MessageMarks, MessagePress, Reactions, ThreadLink, firstLink } from '../../messages';
import { SystemLine } from '../system-line';

import { ReceiptMark } from './receipt';
import type { Row } from './rows';

/** A message with what belongs around it: day, unread line, author, bubble, time and receipt. */
@Component({
  selector: 'app-message-row',
  imports: [
    Avatar, Icon, LinkPreview, MessageActions, MessageBody, MessageMarks, MessageMedia, MessagePress, Reactions, ReceiptMark, SystemLine, ThreadLink,
    TimePipe,
  ],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'message-row', '[attr.data-row]': 'row().index' },
  templateUrl: './message-row.html',
})
export class MessageRow {
  readonly row = input.required<Row>();
  readonly conversation = input.required<Conversation>();
  readonly count = input.required<number>();
  readonly isCurrent = input(false);
  readonly isHighlighted = input(false);
  readonly jump = output<number>();
  readonly reply = output<Message>();
  readonly edit = output<Message>();
  readonly thread = output<string>();

  private readonly people = inject(People);
  private readonly receipts = inject(Receipts);
  protected readonly store = inject(ChatStore);

  protected readonly author = computed(() => (this.row().message && this.people.authorOf(this.row().message!)) ?? '');
  protected readonly label = computed(() => {
    if (this.row().isOwn) return $localize`:@@chat.your_message:Your message`;
    return this.row().message?.webhook ? $localize`:@@chat.webhook.says:${this.author()}:name:, a webhook` : this.author();
  });
  protected readonly colour = computed(() => colourOf(this.row().message?.author_id ?? ''));
  protected readonly showsAuthor = computed(() => this.conversation().kind === 'group' && !this.row().isOwn);
  protected readonly receipt = computed(() => {
    const { message, isOwn } = this.row();
    if (!message || !isOwn) return null;
    return message.state === 'sent' ? this.receipts.of(this.conversation(), message) : message.state;
  });
  /** The page that is shown below the text; what was passed on with files needs none. */
  protected readonly link = computed(() => {
    const { message } = this.row();
    return message && !message.deleted && message.media_ids.length === 0 ? firstLink(message) : null;
  });
  protected readonly failure = computed(() => {
    const problem = this.row().message?.problem;
    return problem ? new ProblemError(problem).words : '';
  });
}
