import { ChangeDetectionStrategy, Component, computed, inject, input, resource } from '@angular/core';

import { Api } from '@core/api';
import { asProblem } from '@core/problem';
import type { Message } from '@core/store';
import { Dialog } from '@shared/dialog';
import { Icon } from '@shared/icon';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';

import { MessageUi } from './message-ui';
import { everyItem } from './pages';
import { PersonRow } from './person-row';

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
      @if (members.hasValue()) {
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

  protected readonly members = resource({
    params: () => this.message().conversation_id,
    loader: ({ params }) => this.load(params),
  });
  protected readonly words = computed(() => asProblem(this.members.error()).words);
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

  private load(id: string) {
    const path = { conversation_id: id };
    return everyItem((after) =>
      this.api.ask((http) =>
        http.GET('/v1/conversations/{conversation_id}/members', { params: { path, query: { after } } }),
      ),
    );
  }
}
