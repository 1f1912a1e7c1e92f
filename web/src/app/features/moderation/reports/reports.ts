import { ChangeDetectionStrategy, Component, effect, inject, signal, untracked } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Api } from '@core/api';
import { ChatStore } from '@core/store';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { ModerationPage } from '../page';

import { type Report, type ReportState, STATES, reasonWords } from './reasons';

/** What members have reported, the oldest first. */
@Component({
  selector: 'app-reports',
  imports: [Empty, Icon, ModerationPage, RouterLink, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'account' },
  templateUrl: './reports.html',
})
export class Reports {
  private readonly api = inject(Api);
  private readonly store = inject(ChatStore);
  private readonly toasts = inject(Toasts);
  protected readonly states = STATES;
  protected readonly state = signal<ReportState>('open');
  protected readonly items = signal<readonly Report[] | null>(null);
  protected readonly next = signal<string | null>(null);
  protected readonly isLoading = signal(false);
  protected readonly words = reasonWords;

  constructor() {
    effect(() => {
      this.state();
      untracked(() => {
        this.items.set(null);
        this.next.set(null);
        void this.load();
      });
    });
  }

  protected nameOf(id: string | null): string {
    return id ? (this.store.people(id)()?.display_name ?? '…') : '…';
  }

  protected async load(): Promise<void> {
    const state = this.state();
    const after = this.next() ?? undefined;
    this.isLoading.set(true);
    try {
      const page = await this.api.ask((http) => http.GET('/v1/reports', { params: { query: { state, after } } }));
      if (state !== this.state()) return;
      this.items.update((items) => [...(items ?? []), ...page.items]);
      this.next.set(page.next);
    } catch (error) {
      this.toasts.fail(error, { label: $localize`:@@account.retry:Try again`, run: () => void this.load() });
    } finally {
      this.isLoading.set(false);
    }
  }
}
