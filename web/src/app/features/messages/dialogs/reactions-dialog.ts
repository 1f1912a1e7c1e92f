import { ChangeDetectionStrategy, Component, computed, inject, input, resource } from '@angular/core';

import { Api } from '@core/api';
import { asProblem } from '@core/problem';
import type { Message } from '@core/store';
import { Dialog } from '@shared/dialog';
import { Skeleton } from '@shared/spinner';

import { MessageUi } from './message-ui';
import { everyItem } from './pages';
import { PersonRow } from './person-row';

/** Who reacted, by emoji. */
@Component({
  selector: 'app-reactions-dialog',
  imports: [Dialog, PersonRow, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="ui.isOpen" heading="Reactions" i18n-heading="@@messages.reactions">
      @if (found.hasValue()) {
        @for (group of groups(); track group.emoji) {
          <h3 class="group-heading">
            <span class="emoji">{{ group.emoji }}</span> {{ group.people.length }}
          </h3>
          <ul>
            @for (id of group.people; track id) {
              <li><app-person-row [id]="id" /></li>
            }
          </ul>
        } @empty {
          <p class="muted" i18n="@@messages.no_reactions">Nobody has reacted yet.</p>
        }
      } @else if (found.error()) {
        <p class="notice" data-tone="error">{{ words() }}</p>
      } @else {
        <app-skeleton [lines]="[1, 2]" />
      }
    </app-dialog>
  `,
})
export class ReactionsDialog {
  readonly message = input.required<Message>();
  protected readonly ui = inject(MessageUi);
  private readonly api = inject(Api);

  protected readonly found = resource({ params: () => this.message().id, loader: ({ params }) => this.load(params) });
  protected readonly words = computed(() => asProblem(this.found.error()).words);
  protected readonly groups = computed(() => {
    const groups = new Map<string, string[]>();
    const items = [...(this.found.value() ?? [])].sort((a, b) => a.created_at.localeCompare(b.created_at));
    for (const { emoji, user_id } of items) groups.set(emoji, [...(groups.get(emoji) ?? []), user_id]);
    return [...groups].map(([emoji, people]) => ({ emoji, people }));
  });

  private load(id: string) {
    const path = { message_id: id };
    return everyItem((after) =>
      this.api.ask((http) => http.GET('/v1/messages/{message_id}/reactions', { params: { path, query: { after } } })),
    );
  }
}
