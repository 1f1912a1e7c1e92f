import { ChangeDetectionStrategy, Component, inject } from '@angular/core';

import { BlockDialog } from './block-dialog';
import { DeleteDialog } from './delete-dialog';
import { ForwardDialog } from './forward-dialog';
import { HistoryDialog } from './history-dialog';
import { MessageUi } from './message-ui';
import { PersonDialog } from './person-dialog';
import { PinsDialog } from './pins-dialog';
import { ReactDialog } from './react-dialog';
import { ReactionsDialog } from './reactions-dialog';
import { ReceiptsDialog } from './receipts-dialog';
import { ReportDialog } from './report-dialog';
import { ScheduledDialog } from './scheduled-dialog';
import { VotersDialog } from './voters-dialog';

/** The dialog that is asked for; a new one each time, so that nothing of the last one is left in it. */
@Component({
  selector: 'app-dialog-outlet',
  imports: [
    BlockDialog,
    DeleteDialog,
    ForwardDialog,
    HistoryDialog,
    PersonDialog,
    PinsDialog,
    ReactDialog,
    ReactionsDialog,
    ReceiptsDialog,
    ReportDialog,
    ScheduledDialog,
    VotersDialog,
  ],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @for (shown of [ui.shown()]; track shown) {
      @switch (shown?.kind) {
        @case ('react') {
          <app-react-dialog [message]="$any(shown).message" />
        }
        @case ('reactions') {
          <app-reactions-dialog [message]="$any(shown).message" />
        }
        @case ('receipts') {
          <app-receipts-dialog [message]="$any(shown).message" />
        }
        @case ('history') {
          <app-history-dialog [message]="$any(shown).message" />
        }
        @case ('forward') {
          <app-forward-dialog [message]="$any(shown).message" />
        }
        @case ('voters') {
          <app-voters-dialog [message]="$any(shown).message" />
        }
        @case ('delete') {
          <app-delete-dialog [message]="$any(shown).message" [forAll]="$any(shown).forAll" />
        }
        @case ('report') {
          <app-report-dialog
            [conversationId]="$any(shown).conversationId"
            [messageId]="$any(shown).messageId"
            [userId]="$any(shown).userId"
          />
        }
        @case ('block') {
          <app-block-dialog [userId]="$any(shown).userId" [conversationId]="$any(shown).conversationId" />
        }
        @case ('person') {
          <app-person-dialog [userId]="$any(shown).userId" [conversationId]="$any(shown).conversationId" />
        }
        @case ('pins') {
          <app-pins-dialog [conversation]="$any(shown).conversation" />
        }
        @case ('scheduled') {
          <app-scheduled-dialog [conversation]="$any(shown).conversation" />
        }
      }
    }
  `,
})
export class DialogOutlet {
  protected readonly ui = inject(MessageUi);
}
