import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';

import { MessageMenu } from '../actions/message-menu';

import { DialogOutlet } from './dialog-outlet';
import { MessageUi } from './message-ui';

/** Shows the menu and the dialogs that `MessageUi` is asked for. It stands once on a page. */
@Component({
  selector: 'app-message-dialogs',
  imports: [DialogOutlet, MessageMenu],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @defer (when wantsMenu()) {
      <app-message-menu />
    }
    @defer (when wantsDialog()) {
      <app-dialog-outlet />
    }
  `,
})
export class MessageDialogs {
  private readonly ui = inject(MessageUi);
  protected readonly wantsMenu = computed(() => this.ui.menu() !== null);
  protected readonly wantsDialog = computed(() => this.ui.shown() !== null);
}
