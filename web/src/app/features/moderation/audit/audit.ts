import { ChangeDetectionStrategy, Component, effect, inject, input, signal, untracked } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';
import { Router } from '@angular/router';

import { Api } from '@core/api';
import { ProblemError } from '@core/problem';
import { ChatStore } from '@core/store';
import { Empty } from '@shared/empty';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Skeleton } from '@shared/spinner';
import { Submission } from '@shared/submission';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { ModerationPage } from '../page';

import { ACTIONS, actionWords } from './action-words';
import { factWords } from './fact-words';

/** Stands for nobody who is known. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** An entry as the API has it. */
interface Entry {
  id: string;
  user_id: string;
  actor_id: string;
  action: string;
  address: string;
  facts: Record<string, unknown>;
  created_at: string;
}

/** What happened to accounts, the newest first, with filters that stand in the address. */
@Component({
  selector: 'app-audit',
  imports: [Control, Empty, Field, Icon, ModerationPage, ReactiveFormsModule, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'account' },
  templateUrl: './audit.html',
})
export class Audit {
  private readonly api = inject(Api);
  private readonly router = inject(Router);
  private readonly store = inject(ChatStore);
  private readonly toasts = inject(Toasts);
  readonly about = input<string | undefined>();
  readonly by = input<string | undefined>();
  readonly action = input<string | undefined>();

  protected readonly actions = ACTIONS.map((id) => ({ id, name: actionWords(id) }));
  protected readonly words = actionWords;
  protected readonly facts = factWords;
  protected readonly entries = signal<readonly Entry[] | null>(null);
  protected readonly next = signal<string | null>(null);
  protected readonly isLoading = signal(false);
  protected readonly submission = new Submission({ unknown_about: 'about', unknown_by: 'by' });
  protected readonly form = inject(NonNullableFormBuilder).group({ about: '', by: '', action: '' });
  private wanted: { user_id?: string; actor_id?: string; action?: string } = {};

  constructor() {
    effect(() => {
      const filters = { about: this.about() ?? '', by: this.by() ?? '', action: this.action() ?? '' };
      untracked(() => {
        this.form.setValue(filters);
        void this.begin(filters);
      });
    });
  }

  protected send(): void {
    const { about, by, action } = this.form.getRawValue();
    const queryParams = { about: about.trim() || null, by: by.trim() || null, action: action || null };
    void this.router.navigate([], { queryParams });
  }

  protected nameOf(id: string, place: 'about' | 'by'): string {
    if (id !== NOBODY) return this.store.people(id)()?.display_name ?? '…';
    return place === 'by'
      ? $localize`:@@moderation.audit.operator:who runs this server, or a deleted account`
      : $localize`:@@moderation.audit.nobody:An account that does not exist`;
  }

  protected async load(): Promise<void> {
    this.isLoading.set(true);
    try {
      const query = { ...this.wanted, after: this.next() ?? undefined };
      const page = await this.api.ask((http) => http.GET('/v1/audit', { params: { query } }));
      this.entries.update((entries) => [...(entries ?? []), ...(page.items as unknown as Entry[])]);
      this.next.set(page.next);
    } catch (error) {
      this.toasts.fail(error, { label: $localize`:@@account.retry:Try again`, run: () => void this.load() });
    }
    this.isLoading.set(false);
  }

  private async begin({ about, by, action }: { about: string; by: string; action: string }): Promise<void> {
    this.entries.set(null);
    this.next.set(null);
    await this.submission.run(async () => {
      this.wanted = {
        ...(about && { user_id: await this.idOf(about, 'unknown_about') }),
        ...(by && { actor_id: await this.idOf(by, 'unknown_by') }),
        ...(action && { action }),
      };
    });
    if (this.submission.problem()) this.entries.set([]);
    else await this.load();
  }

  private async idOf(username: string, code: string): Promise<string> {
    const params = { query: { query: username } };
    const { items } = await this.api.ask((http) => http.GET('/v1/accounts', { params }));
    const found = items.find((each) => each.username.toLowerCase() === username.toLowerCase());
    if (!found) throw new ProblemError({ code, status: 404 });
    return found.id;
  }
}
