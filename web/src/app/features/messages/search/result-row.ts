import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Session } from '@core/session';
import { ChatStore, Jumps, type Message, People } from '@core/store';
import { Avatar } from '@shared/avatar';
import { TimePipe } from '@shared/time';

import { lineOf } from '../text/line';

import { highlighted } from './highlight';

/** A message that was found; pressed, it is shown where it stands. */
@Component({
  selector: 'app-result-row',
  imports: [Avatar, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button type="button" class="row result" (click)="jump()">
      <app-avatar [id]="avatar()" [name]="title()" />
      <span class="row-text">
        <span class="result-head"
          ><span class="row-title">{{ title() }}</span
          ><time class="muted" [attr.datetime]="message().created_at">{{
            message().created_at | time: 'list'
          }}</time></span
        >
        <span class="result-line" dir="auto"
          ><span class="muted">{{ author() }}:</span>
          @for (part of parts(); track $index) {
            @if (part.isHit) {
              <mark>{{ part.text }}</mark>
            } @else {
              <ng-container>{{ part.text }}</ng-container>
            }
          }
        </span>
      </span>
    </button>
  `,
})
export class ResultRow {
  readonly message = input.required<Message>();
  readonly words = input.required<string>();

  private readonly jumps = inject(Jumps);
  private readonly people = inject(People);
  private readonly store = inject(ChatStore);
  private readonly me = inject(Session).me;
  private readonly conversation = computed(() => this.store.conversation(this.message().conversation_id)());
  protected readonly title = computed(() => {
    const conversation = this.conversation();
    return conversation ? this.store.title(conversation) : $localize`:@@messages.search.elsewhere:Another conversation`;
  });
  protected readonly avatar = computed(() => {
    const conversation = this.conversation();
    return (
      (conversation && conversation.kind === 'direct' && this.store.other(conversation)) ||
      this.message().conversation_id
    );
  });
  protected readonly author = computed(() => {
    if (this.message().author_id === this.me()?.id) return $localize`:@@messages.you:You`;
    return this.people.authorOf(this.message()) ?? '…';
  });
  protected readonly parts = computed(() => highlighted(lineOf(this.message()), this.words()));

  protected jump(): void {
    void this.jumps.to(this.message().conversation_id, this.message().seq!);
  }
}
