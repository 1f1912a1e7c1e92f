import { ChangeDetectionStrategy, Component, effect, inject, input, signal, untracked } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { Api } from '@core/api';
import { Roles } from '@core/roles';
import { ChatStore } from '@core/store';
import type { Schemas } from '@core/wire';
import { Icon } from '@shared/icon';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { ModerationPage } from '../page';

import { reasonWords, stateWords } from './reasons';

type Reported = Schemas['ReportedView'];

/** One report: what was written, by whom and between what, and the decision. */
@Component({
  selector: 'app-report-page',
  imports: [Icon, ModerationPage, RouterLink, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'account' },
  templateUrl: './report-page.html',
})
export class ReportPage {
  private readonly api = inject(Api);
  private readonly router = inject(Router);
  private readonly store = inject(ChatStore);
  private readonly toasts = inject(Toasts);
  protected readonly roles = inject(Roles);
  readonly id = input.required<string>();
  protected readonly found = signal<Reported | null>(null);
  protected readonly busy = signal<'resolved' | 'dismissed' | null>(null);
  protected readonly words = reasonWords;
  protected readonly stateWords = stateWords;

  constructor() {
    effect(() => {
      const id = this.id();
      untracked(() => void this.load(id));
    });
  }

  protected person(id: string | null): Schemas['UserView'] | undefined {
    return id ? this.store.people(id)() : undefined;
  }

  protected nameOf(id: string | null): string {
    return this.person(id)?.display_name ?? '…';
  }

  protected async settle(state: 'resolved' | 'dismissed'): Promise<void> {
    this.busy.set(state);
    const params = { path: { report_id: this.id() } };
    try {
      await this.api.ask((http) => http.PATCH('/v1/reports/{report_id}', { params, body: { state } }));
      this.toasts.show($localize`:@@moderation.settled:Settled.`);
      await this.router.navigateByUrl('/moderation/reports');
    } catch (error) {
      this.toasts.fail(error);
      await this.load(this.id());
    }
    this.busy.set(null);
  }

  private async load(id: string): Promise<void> {
    this.found.set(null);
    try {
      const params = { path: { report_id: id } };
      this.found.set(await this.api.ask((http) => http.GET('/v1/reports/{report_id}', { params })));
    } catch (error) {
      this.toasts.fail(error);
      await this.router.navigateByUrl('/moderation/reports');
    }
  }
}
