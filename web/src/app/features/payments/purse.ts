import { Injectable, inject, signal } from '@angular/core';

import { Api } from '@core/api';

import type { Balance, Method } from './payments';

/** What somebody can pay with: their balances and saved cards. */
@Injectable({ providedIn: 'root' })
export class Purse {
  private readonly api = inject(Api);
  private readonly knownBalances = signal<readonly Balance[] | null>(null);
  private readonly knownMethods = signal<readonly Method[] | null>(null);
  readonly balances = this.knownBalances.asReadonly();
  readonly methods = this.knownMethods.asReadonly();

  /** Returns what can be spent now, in minor units. */
  available(currency: string): number {
    return this.balances()?.find((each) => each.currency === currency)?.available ?? 0;
  }

  async load(): Promise<void> {
    await Promise.all([this.loadBalances(), this.loadMethods()]);
  }

  async loadBalances(): Promise<void> {
    this.knownBalances.set((await this.api.ask((http) => http.GET('/v1/balance'))).items);
  }

  async loadMethods(): Promise<void> {
    this.knownMethods.set((await this.api.ask((http) => http.GET('/v1/payment-methods'))).items);
  }

  /** Asks for the provider's page where a card is typed; its address is to be gone to. */
  async addMethod(returnPath: string): Promise<string> {
    return (await this.api.ask((http) => http.POST('/v1/payment-methods', { body: { return_path: returnPath } }))).url;
  }

  async makeUsual(method: Method): Promise<void> {
    const params = { path: { method_id: method.id } };
    const changed = await this.api.ask((http) => http.PATCH('/v1/payment-methods/{method_id}', { params, body: { default: true } }));
    this.knownMethods.update((all) => all?.map((each) => (each.id === changed.id ? changed : { ...each, default: false })) ?? null);
  }

  async remove(method: Method): Promise<void> {
    await this.api.ask((http) => http.DELETE('/v1/payment-methods/{method_id}', { params: { path: { method_id: method.id } } }));
    await this.loadMethods();
  }
}
