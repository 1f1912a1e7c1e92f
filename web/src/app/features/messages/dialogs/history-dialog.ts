import { ChangeDetectionStrategy, Component, computed, inject, input, resource } from '@angular/core';

import { Api } from '@core/api';
import { asProblem } from '@core/problem';
import { ChatStore, type Message } from '@core/store';
import { Dialog } from '@shared/dialog';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';

import { RichText } from '../bubble/rich-text';
import type { Formatted } from '../text/entities';

import { MessageUi } from './message-ui';

interface Version extends Formatted {
  /** When it was written. */
  readonly from: string;
  readonly isCurrent: boolean;
}

/** What a message said before it was edited, the latest version first. */
@Component({
  selector: 'app-history-dialog',
  imports: [Dialog, RichText, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="ui.isOpen" heading="Earlier versions" i18n-heading="@@messages.history">
      @if (edits.hasValue()) {
        <ol class="versions" role="list">
          @for (version of versions(); track $index) {
            <li class="version" [class.is-current]="version.isCurrent">
              <p class="muted">
                <time [attr.datetime]="version.from">{{ version.from | time: 'full' }}</time>
                @if (version.isCurrent) {
                  · <span i18n="@@messages.history.now">now</span>
                }
              </p>
              <app-rich-text [content]="version" />
            </li>
          }
        </ol>
      } @else if (edits.error()) {
        <p class="notice" data-tone="error">{{ words() }}</p>
      } @else {
        <app-skeleton [lines]="[1, 2]" />
      }
    </app-dialog>
  `,
})
export class HistoryDialog {
  readonly message = input.required<Message>();
  protected readonly ui = inject(MessageUi);
  private readonly api = inject(Api);
  private readonly store = inject(ChatStore);

  protected readonly edits = resource({ params: () => this.message().id, loader: ({ params }) => this.load(params) });
  protected readonly words = computed(() => asProblem(this.edits.error()).words);
  protected readonly versions = computed<Version[]>(() => {
    const now = this.store.message(this.message().conversation_id, this.message().id)() ?? this.message();
    const edits = [...(this.edits.value() ?? [])].sort((a, b) => a.replaced_at.localeCompare(b.replaced_at));
    const texts = [...edits, now];
    const versions = texts.map(({ text, entities }, at) => ({
      text,
      entities,
      from: edits[at - 1]?.replaced_at ?? now.created_at,
      isCurrent: at === edits.length,
    }));
    return versions.reverse();
  });

  private async load(id: string) {
    return (
      await this.api.ask((http) =>
        http.GET('/v1/messages/{message_id}/edits', { params: { path: { message_id: id } } }),
      )
    ).items;
  }
}
