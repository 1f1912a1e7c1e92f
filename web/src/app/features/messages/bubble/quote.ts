import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Session } from '@core/session';
import { ChatStore, Jumps, People } from '@core/store';
import { colourOf } from '@shared/avatar';
import { Icon } from '@shared/icon';

import { LinePipe } from '../text/line';

/** The message that another one answers; pressed, it shows it. */
@Component({
  selector: 'app-quote',
  imports: [Icon, LinePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button type="button" class="quote" [attr.data-colour]="colour()" [disabled]="!isThere()" (click)="jump()">
      @if (isThere()) {
        <span class="visually-hidden" i18n="@@messages.in_reply_to">In reply to</span>
        <span class="quote-author">{{ author() }}</span>
        <span class="quote-line">{{ message()! | line }}</span>
      } @else if (message() === undefined) {
        <span class="quote-line">…</span>
      } @else {
        <span class="quote-line"
          ><app-icon name="ban" /> <span i18n="@@messages.quote_gone">The message is not there any more</span></span
        >
      }
    </button>
  `,
})
export class Quote {
  readonly conversationId = input.required<string>();
  readonly id = input.required<string>();

  private readonly store = inject(ChatStore);
  private readonly people = inject(People);
  private readonly me = inject(Session).me;
  private readonly jumps = inject(Jumps);
  private readonly found = computed(() => this.store.message(this.conversationId(), this.id()));

  protected readonly message = computed(() => this.found()());
  protected readonly isThere = computed(() => {
    const message = this.message();
    return !!message && !message.deleted;
  });
  protected readonly colour = computed(() => colourOf(this.message()?.author_id ?? ''));
  protected readonly author = computed(() => {
    const message = this.message();
    if (message?.author_id === this.me()?.id) return $localize`:@@messages.you:You`;
    return (message && this.people.authorOf(message)) ?? '…';
  });

  protected jump(): void {
    const seq = this.message()?.seq;
    if (seq) void this.jumps.to(this.conversationId(), seq);
  }
}
