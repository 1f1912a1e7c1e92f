import { ChangeDetectionStrategy, Component, inject, resource } from '@angular/core';
import { RouterLink, RouterLinkActive } from '@angular/router';

import { Api } from '@core/api';
import type { Schemas } from '@core/wire';
import { Avatar } from '@shared/avatar';
import { Empty } from '@shared/empty';
import { Panes } from '@shared/panes';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';

type Conversation = Schemas['ConversationView'];

/** The list of conversations. */
@Component({
  selector: 'app-conversations',
  imports: [Avatar, Empty, Panes, RouterLink, RouterLinkActive, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './conversations.html',
})
export class Conversations {
  private readonly api = inject(Api);
  protected readonly page = resource({ loader: () => this.api.ask((http) => http.GET('/v1/conversations')) });

  protected title(conversation: Conversation): string {
    return conversation.title ?? $localize`:@@chat.untitled:Conversation`;
  }
}
