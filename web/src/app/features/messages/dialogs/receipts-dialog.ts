import { ChangeDetectionStrategy, Component, computed, inject, input, resource } from '@angular/core';

import { Api } from '@core/api';
import { Language } from '@core/language';
import { asProblem } from '@core/problem';
import { ChatStore, type Message } from '@core/store';
import { Dialog } from '@shared/dialog';
import { Icon } from '@shared/icon';
import { Skeleton } from '@shared/spinner';
import { TimePipe, regional } from '@shared/time';

import { MessageUi } from './message-ui';
import { everyItem } from './pages';
import { PersonRow } from './person-row';

const MOST_NAMED = 100;

/** Who has read a message of one's own, who has received it, and who has not yet. */
@Component({
  selector: 'app-receipts-dialog',
  imports: [Dialog, Icon, PersonRow, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="ui.isOpen" heading="Who has read it" i18n-heading="@@messages.receipts">
      <p class="muted">
        <span i18n="@@messages.sent_at">Sent {{ message().created_at | time: 'full' }}</span>
      </p>
      @if (isLarge()) {
        @if (counts.hasValue()) {
          <dl class="receipt-counts">
            <div><dt><app-icon name="check-double" /> <span i18n="@@messages.receipts.read">Read</span></dt><dd>{{ share(counts.value().read, counts.value().others) }}</dd></div>
            <div><dt><app-icon name="check" /> <span i18n="@@messages.receipts.delivered">Received</span></dt><dd>{{ share(counts.value().delivered, counts.value().others) }}</dd></div>
          </dl>
        } @else if (counts.error()) {
          <p class="notice" data-tone="error">{{ words() }}</p>
        } @else {
          <app-skeleton [lines]="[1]" />
        }
      } @else if (members.hasValue()) {
        @for (group of groups(); track group.name) {
          <h3 class="group-heading" [class.is-read]="group.icon === 'check-double' && $first">
            <app-icon [name]="group.icon" /> {{ group.name }} · {{ group.people.length }}
          </h3>
          <ul>
            @for (id of group.people; track id) {
              <li><app-person-row [id]="id" /></li>
            }
          </ul>
        }
      } @else if (members.error()) {
        <p class="notice" data-tone="error">{{ words() }}</p>
      } @else {
        <app-skeleton [lines]="[1, 2]" />
      }
    </app-dialog>
  `,
})
export class ReceiptsDialog {
  readonly message = input.required<Message>();
  protected readonly ui = inject(MessageUi);
  private readonly api = inject(Api);

  private readonly store = inject(ChatStore);
  private readonly numbers = new Intl.NumberFormat(regional(inject(Language).current));

  private readonly conversation = computed(() => this.store.conversation(this.message().conversation_id)());
  /** Of larger groups one is told how many, and not who. */
  protected readonly isLarge = computed(() => (this.conversation()?.member_count ?? 0) > MOST_NAMED);
  protected readonly counts = resource({
    params: () => (this.isLarge() ? this.message().id : undefined),
    loader: ({ params }) => this.count(params),
  });
  protected readonly members = resource({
    params: () => (this.isLarge() ? undefined : this.message().conversation_id),
    loader: ({ params }) => this.load(params),
  });
  protected readonly words = computed(() => asProblem(this.members.error() ?? this.counts.error()).words);
  protected readonly groups = computed(() => {
    const { author_id, seq } = this.message();
    const others = (this.members.value() ?? []).filter((each) => each.user_id !== author_id);
    const read = others.filter((each) => each.read_seq >= (seq ?? 0));
    const delivered = others.filter((each) => each.read_seq < (seq ?? 0) && each.delivered_seq >= (seq ?? 0));
    const sent = others.filter((each) => Math.max(each.read_seq, each.delivered_seq) < (seq ?? 0));
    const groups = [
      { name: $localize`:@@messages.receipts.read:Read`, icon: 'check-double', people: read },
      { name: $localize`:@@messages.receipts.delivered:Received`, icon: 'check-double', people: delivered },
      { name: $localize`:@@messages.receipts.sent:Not received yet`, icon: 'check', people: sent },
    ];
    return groups
      .map((each) => ({ ...each, people: each.people.map(({ user_id }) => user_id) }))
      .filter(({ people, icon }, at) => people.length || (at === 0 && icon));
  });

  protected share(count: number, others: number): string {
    const [some, all] = [count, others].map((each) => this.numbers.format(each));
    return $localize`:@@messages.receipts.count:${some}:count: of ${all}:all:`;
  }

  private count(id: string) {
    const params = { path: { message_id: id } };
    return this.api.ask((http) => http.GET('/v1/messages/{message_id}/receipts', { params }));
  }

  private load(id: string) {
    const path = { conversation_id: id };
    return everyItem((after) =>
      this.api.ask((http) =>
        http.GET('/v1/conversations/{conversation_id}/members', { params: { path, query: { after } } }),
      ),
    );
  }
}
