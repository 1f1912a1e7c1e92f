import { Injectable, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { Live } from '@core/live';
import type { Schemas } from '@core/wire';

import { PaymentUi } from './payment-ui';

type Entitlement = Schemas['EntitlementView'];

/** What one may use by having paid. */
@Injectable({ providedIn: 'root' })
export class Access {
  private readonly api = inject(Api);
  private readonly known = signal<readonly Entitlement[] | null>(null);

  constructor() {
    inject(PaymentUi).changed.subscribe(() => this.loadQuietly());
    inject(Live).frames.subscribe((frame) => {
      if (frame.t === 'user_event' && frame.type === 'entitlement.changed') this.loadQuietly();
    });
  }

  /** Returns the access to a subject; null where there is none, undefined while that is not known. */
  of(kind: Entitlement['subject_kind'], id: string | null = null): Entitlement | null | undefined {
    const isMeant = (each: Entitlement) => each.subject_kind === kind && (id === null || each.subject_id === id);
    const known = this.known();
    return known ? (known.find(isMeant) ?? null) : undefined;
  }

  private loadQuietly(): void {
    void this.load().catch(() => undefined);
  }

  async load(): Promise<void> {
    this.known.set((await this.api.ask((http) => http.GET('/v1/users/me/entitlements'))).items);
  }
}
