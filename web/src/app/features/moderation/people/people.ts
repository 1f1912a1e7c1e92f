import { ChangeDetectionStrategy, Component, effect, inject, input, signal, untracked } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';
import { Router } from '@angular/router';

import { Api } from '@core/api';
import type { Schemas } from '@core/wire';
import { Avatar } from '@shared/avatar';
import { Control, Field } from '@shared/field';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { Skeleton } from '@shared/spinner';
import { Toasts } from '@shared/toast';

import { ModerationPage } from '../page';

import { PersonDialog } from './person-dialog';
import { roleWords } from './role-words';

export type AccountOf = Schemas['AccountView'];

/** Looking for people, closed accounts too, and what an administrator does with them. */
@Component({
  selector: 'app-moderation-people',
  imports: [Avatar, Control, Empty, Field, Icon, ModerationPage, PersonDialog, ReactiveFormsModule, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'account' },
  templateUrl: './people.html',
})
export class People {
  private readonly api = inject(Api);
  private readonly router = inject(Router);
  private readonly toasts = inject(Toasts);
  /** What was looked for; it stands in the address, so that a link leads to it. */
  readonly q = input('');
  protected readonly found = signal<readonly AccountOf[] | null>(null);
  protected readonly isLooking = signal(false);
  protected readonly chosen = signal<AccountOf | null>(null);
  protected readonly isOpen = signal(false);
  protected readonly form = inject(NonNullableFormBuilder).group({ query: '' });
  protected readonly roleWords = roleWords;

  constructor() {
    effect(() => {
      const query = this.q() ?? '';
      untracked(() => {
        this.form.setValue({ query });
        if (query.length > 1) void this.look(query);
      });
    });
  }

  protected send(): void {
    const query = this.form.getRawValue().query.trim();
    if (query === this.q()) void this.look(query);
    else void this.router.navigate([], { queryParams: { q: query } });
  }

  protected choose(account: AccountOf): void {
    this.chosen.set(account);
    this.isOpen.set(true);
  }

  protected take(account: AccountOf): void {
    this.chosen.set(account);
    this.found.update((found) => found?.map((each) => (each.id === account.id ? account : each)) ?? null);
  }

  private async look(query: string): Promise<void> {
    this.isLooking.set(true);
    try {
      this.found.set((await this.api.ask((http) => http.GET('/v1/accounts', { params: { query: { query } } }))).items);
    } catch (error) {
      this.toasts.fail(error);
    }
    this.isLooking.set(false);
  }
}
