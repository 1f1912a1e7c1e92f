import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';

import { Blocks } from '@core/blocks';
import { ChatStore } from '@core/store';
import { Avatar } from '@shared/avatar';
import { Empty } from '@shared/empty';
import { Skeleton } from '@shared/spinner';
import { Toasts } from '@shared/toast';

import { AccountPage } from '../account-page';

/** The people whom one has blocked. */
@Component({
  selector: 'app-blocked',
  imports: [AccountPage, Avatar, Empty, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'account' },
  template: `
    <app-account-page heading="Blocked people" i18n-heading="@@account.blocked">
      <p class="muted" i18n="@@account.blocked.words">They cannot write to you or add you to groups, and you do not see what they write in groups.</p>
      @if (isLoaded()) {
        <ul class="panel">
          @for (person of people(); track person.id) {
            <li class="row thing">
              <app-avatar size="small" [id]="person.id" [name]="person.name" />
              <span class="row-text">
                <span class="row-title">{{ person.name }}</span>
                @if (person.username) {<span class="row-line muted">&#64;{{ person.username }}</span>}
              </span>
              <button type="button" class="button is-quiet" (click)="unblock(person.id)" i18n="@@account.unblock">Unblock</button>
            </li>
          } @empty {
            <li><app-empty icon="ban" heading="Nobody" i18n-heading="@@account.blocked.none" words="You have blocked nobody." i18n-words="@@account.blocked.none.words" /></li>
          }
        </ul>
      } @else {
        <app-skeleton [lines]="[1, 2]" />
      }
    </app-account-page>
  `,
})
export class Blocked {
  private readonly blocks = inject(Blocks);
  private readonly store = inject(ChatStore);
  private readonly toasts = inject(Toasts);
  protected readonly isLoaded = signal(false);
  protected readonly people = computed(() => [...this.blocks.ids()].map((id) => this.known(id)));

  constructor() {
    void this.blocks
      .load()
      .catch((error: unknown) => this.toasts.fail(error))
      .then(() => this.isLoaded.set(true));
  }

  protected async unblock(id: string): Promise<void> {
    try {
      await this.blocks.unblock(id);
      this.toasts.show($localize`:@@account.unblocked:Unblocked.`);
    } catch (error) {
      this.toasts.fail(error);
    }
  }

  private known(id: string): { id: string; name: string; username: string | undefined } {
    const person = this.store.people(id)();
    return { id, name: person?.display_name ?? '…', username: person?.username };
  }
}
