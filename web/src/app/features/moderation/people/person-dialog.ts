import { ChangeDetectionStrategy, Component, effect, inject, input, model, output, signal, untracked } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';
import { RouterLink } from '@angular/router';

import { Api } from '@core/api';
import { Session } from '@core/session';
import type { Schemas } from '@core/wire';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';
import { Toasts } from '@shared/toast';

import type { AccountOf } from './people';
import { type Role, roleWords } from './role-words';

const GIB = 1024 ** 3;
const GIVEN: readonly Role[] = ['moderator', 'admin'];

/** What an administrator may change about somebody: roles, how much they may store, whether their account is open. */
@Component({
  selector: 'app-person-dialog',
  imports: [Control, Dialog, Field, Icon, Notice, ReactiveFormsModule, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './person-dialog.html',
})
export class PersonDialog {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  private readonly me = inject(Session).me;
  readonly account = input.required<AccountOf>();
  readonly open = model(false);
  readonly changed = output<AccountOf>();

  protected readonly roles = GIVEN.map((id) => ({ id, name: roleWords(id) }));
  protected readonly quota = signal<Schemas['QuotaView'] | null>(null);
  protected readonly submission = new Submission({ limit_bytes: 'limit' });
  protected readonly form = inject(NonNullableFormBuilder).group({ limit: 0 });

  constructor() {
    effect(() => {
      const { id } = this.account();
      if (this.open()) untracked(() => void this.begin(id));
    });
  }

  protected isSelf(): boolean {
    return this.account().id === this.me()?.id;
  }

  protected used(): string {
    return ((this.quota()?.used_bytes ?? 0) / GIB).toFixed(2);
  }

  protected toggle(role: Role, given: boolean): void {
    const { roles, id } = this.account();
    const wanted = given ? [...roles, role] : roles.filter((each) => each !== role);
    const params = { path: { user_id: id } };
    void this.submission.run(async () => {
      const answer = await this.api.ask((http) => http.PUT('/v1/users/{user_id}/roles', { params, body: { roles: wanted } }));
      this.changed.emit({ ...this.account(), roles: answer.roles });
      this.toasts.show($localize`:@@moderation.saved:Saved.`);
    });
  }

  protected close(deactivated: boolean): void {
    const params = { path: { user_id: this.account().id } };
    void this.submission.run(async () => {
      const answer = await this.api.ask((http) => http.PUT('/v1/users/{user_id}/deactivated', { params, body: { deactivated } }));
      this.changed.emit({ ...this.account(), deactivated: answer.deactivated });
      this.toasts.show($localize`:@@moderation.saved:Saved.`);
    });
  }

  /** Null gives the limit back that everybody has. */
  protected limit(gigabytes: number | null): void {
    const body = { limit_bytes: gigabytes === null ? null : Math.round(gigabytes * GIB) };
    const params = { path: { user_id: this.account().id } };
    void this.submission.run(async () => {
      this.show(await this.api.ask((http) => http.PUT('/v1/users/{user_id}/media-quota', { params, body })));
      this.toasts.show($localize`:@@moderation.saved:Saved.`);
    });
  }

  private async begin(id: string): Promise<void> {
    this.quota.set(null);
    const params = { path: { user_id: id } };
    await this.submission.run(async () => {
      this.show(await this.api.ask((http) => http.GET('/v1/users/{user_id}/media-quota', { params })));
    });
  }

  private show(quota: Schemas['QuotaView']): void {
    this.quota.set(quota);
    this.form.reset({ limit: Math.round((quota.limit_bytes / GIB) * 100) / 100 });
  }
}
