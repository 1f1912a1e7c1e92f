import { ChangeDetectionStrategy, Component, computed, inject, input, resource } from '@angular/core';

import { Api } from '@core/api';
import { asProblem } from '@core/problem';
import type { Message } from '@core/store';
import { Dialog } from '@shared/dialog';
import { Skeleton } from '@shared/spinner';

import { MessageUi } from './message-ui';
import { everyItem } from './pages';
import { PersonRow } from './person-row';

/** Who voted for what, in a poll that is not anonymous. */
@Component({
  selector: 'app-voters-dialog',
  imports: [Dialog, PersonRow, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="ui.isOpen" heading="Votes" i18n-heading="@@messages.poll.voters_heading">
      @if (found.hasValue()) {
        @for (option of options(); track option.id) {
          <h3 class="group-heading">
            <span dir="auto">{{ option.text }}</span> · {{ option.people.length }}
          </h3>
          <ul>
            @for (id of option.people; track id) {
              <li><app-person-row [id]="id" /></li>
            } @empty {
              <li class="muted" i18n="@@messages.poll.no_votes">No votes</li>
            }
          </ul>
        }
      } @else if (found.error()) {
        <p class="notice" data-tone="error">{{ words() }}</p>
      } @else {
        <app-skeleton [lines]="[1, 2]" />
      }
    </app-dialog>
  `,
})
export class VotersDialog {
  readonly message = input.required<Message>();
  protected readonly ui = inject(MessageUi);
  private readonly api = inject(Api);

  protected readonly found = resource({ params: () => this.message().id, loader: ({ params }) => this.load(params) });
  protected readonly words = computed(() => asProblem(this.found.error()).words);
  protected readonly options = computed(() => {
    const votes = this.found.value() ?? [];
    return (this.message().poll?.options ?? []).map(({ id, text }) => {
      return { id, text, people: votes.filter((each) => each.option_id === id).map((each) => each.user_id) };
    });
  });

  private load(id: string) {
    const path = { message_id: id };
    return everyItem((after) =>
      this.api.ask((http) => http.GET('/v1/messages/{message_id}/poll/votes', { params: { path, query: { after } } })),
    );
  }
}
