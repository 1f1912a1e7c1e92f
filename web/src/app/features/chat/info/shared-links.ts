import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Jumps, People } from '@core/store';
import { Icon } from '@shared/icon';
import { TimePipe } from '@shared/time';

import { linksOf } from '../../messages';

import type { SharedMessage } from './shared-pages';

/** The links of messages, the newest first; each leads to its page, and to the message where it stands. */
@Component({
  selector: 'app-shared-links',
  imports: [Icon, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <ul class="shared-links">
      @for (each of links(); track each.key) {
        <li class="shared-link">
          <app-icon name="link" />
          <span class="row-text">
            <a class="shared-link-url" [href]="each.url" target="_blank" rel="noopener noreferrer nofollow">{{ each.url }}</a>
            <span class="muted">{{ name(each.message) }} · <time [attr.datetime]="each.message.created_at">{{ each.message.created_at | time: 'list' }}</time></span>
          </span>
          <button type="button" class="icon-button" aria-label="Show the message" i18n-aria-label="@@chat.shared.jump" (click)="jump(each.message)"><app-icon name="forward-arrow" /></button>
        </li>
      } @empty {
        <li><p class="muted" i18n="@@chat.shared.no_links">No links so far.</p></li>
      }
    </ul>
  `,
})
export class SharedLinks {
  readonly messages = input.required<readonly SharedMessage[]>();
  private readonly people = inject(People);
  private readonly jumps = inject(Jumps);
  protected readonly links = computed(() =>
    [...this.messages()].reverse().flatMap((message) => linksOf(message).map((url) => ({ key: `${message.id} ${url}`, url, message }))),
  );

  protected name(message: SharedMessage): string {
    return this.people.authorOf(message) ?? '…';
  }

  protected jump(message: SharedMessage): void {
    void this.jumps.to(message.conversation_id, message.seq);
  }
}
