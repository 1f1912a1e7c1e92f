import { Injectable, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { type ProblemError, asProblem } from '@core/problem';
import type { Schemas } from '@core/wire';
import { Toasts } from '@shared/toast';

type Preferences = Schemas['PreferencesView'];

/** How one wants to hear of things. Each change is saved at once, and taken back where it is refused. */
@Injectable()
export class PreferencesStore {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  readonly value = signal<Preferences | null>(null);
  readonly problem = signal<ProblemError | null>(null);

  async load(): Promise<void> {
    this.problem.set(null);
    try {
      this.value.set(await this.api.ask((http) => http.GET('/v1/notifications/preferences')));
    } catch (error) {
      this.problem.set(asProblem(error));
    }
  }

  async change(body: Schemas['PreferencesBody']): Promise<void> {
    const before = this.value();
    if (!before) return;
    this.value.set({ ...before, ...body } as Preferences);
    try {
      this.value.set(await this.api.ask((http) => http.PATCH('/v1/notifications/preferences', { body })));
    } catch (error) {
      this.value.set({ ...before });
      this.toasts.fail(error);
    }
  }
}
