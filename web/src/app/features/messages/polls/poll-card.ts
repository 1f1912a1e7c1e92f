import { ChangeDetectionStrategy, Component, computed, inject, input, linkedSignal } from '@angular/core';

import { Api } from '@core/api';
import { Session } from '@core/session';
import { ChatStore, type Conversation, type Message } from '@core/store';
import { Icon } from '@shared/icon';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { Clock } from '../bubble/clock';
import { MessageUi } from '../dialogs/message-ui';
import type { Content } from '../text/entities';

import { type Poll, isOver, pressed, share, withVote } from './voting';

/** A poll: to vote in, to see how it stands, to close. */
@Component({
  selector: 'app-poll-card',
  imports: [Icon, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'poll' },
  templateUrl: './poll-card.html',
})
export class PollCard {
  readonly poll = input.required<Poll>();
  readonly message = input.required<Content>();
  readonly conversation = input<Conversation | null>(null);

  private readonly api = inject(Api);
  private readonly store = inject(ChatStore);
  private readonly toasts = inject(Toasts);
  private readonly ui = inject(MessageUi);
  private readonly clock = inject(Clock);
  private readonly me = inject(Session).me;
  private asking: Promise<void> = Promise.resolve();

  /** The poll with one's vote in it before the server has answered. */
  protected readonly shown = linkedSignal(() => this.poll());
  protected readonly isClosed = computed(() => {
    const poll = this.shown();
    return poll.closed || (poll.closes_at !== null && isOver(poll, this.clock.minute()));
  });
  protected readonly isSent = computed(() => !!this.message().seq);
  protected readonly mayClose = computed(() => {
    if (this.isClosed() || !this.isSent()) return false;
    return (
      this.message().author_id === this.me()?.id || ['moderator', 'owner'].includes(this.conversation()?.role ?? '')
    );
  });
  protected readonly kindWords = computed(() => {
    if (this.isClosed()) return $localize`:@@messages.poll.final:Final result`;
    return this.shown().multiple
      ? $localize`:@@messages.poll.several:Choose one or more`
      : $localize`:@@messages.poll.one:Choose one`;
  });
  protected readonly most = computed(() => Math.max(...this.shown().options.map((each) => each.votes)));

  protected share(votes: number): number {
    return share(this.shown(), votes);
  }

  protected press(optionId: number): void {
    const chosen = pressed(this.shown(), optionId);
    this.shown.update((poll) => withVote(poll, chosen));
    // One after the other, so that the last one counts.
    this.asking = this.asking.then(() => this.vote(chosen));
  }

  protected async close(): Promise<void> {
    await this.take(
      this.api.ask((http) => http.POST('/v1/messages/{message_id}/poll/close', { params: this.params() })),
    );
  }

  protected showVoters(): void {
    this.ui.show({ kind: 'voters', message: this.message() as Message });
  }

  private async vote(chosen: number[]): Promise<void> {
    await this.take(
      this.api.ask((http) =>
        http.PUT('/v1/messages/{message_id}/vote', { params: this.params(), body: { option_ids: chosen } }),
      ),
    );
  }

  private async take(answer: Promise<Parameters<ChatStore['messageChanged']>[0]>): Promise<void> {
    try {
      this.store.messageChanged(await answer);
    } catch (error) {
      this.shown.set(this.poll());
      this.toasts.fail(error);
    }
  }

  private params() {
    return { path: { message_id: this.message().id ?? '' } };
  }
}
