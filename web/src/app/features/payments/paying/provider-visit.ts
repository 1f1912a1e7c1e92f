import { DOCUMENT, Injectable, inject } from '@angular/core';

import { BASE_PATH } from '@core/base';

import type { Payment } from '../payments';

const KEPT = 'charla.paying';

/** What was under way as this tab went to the provider's page. */
export interface Visit {
  readonly paymentId: string;
  /** Where in the client it began. */
  readonly from: string;
}

/** Leads to the provider's pages and back: in the same tab, which remembers what it left for. */
@Injectable({ providedIn: 'root' })
export class ProviderVisit {
  private readonly base = inject(BASE_PATH);
  private readonly document = inject(DOCUMENT);

  /** Where the provider's page shall lead back to after a payment. */
  returnPath(): string {
    return this.placed('wallet/return');
  }

  /** Returns a place of the client as the provider's page needs it, with the language. */
  placed(place: string): string {
    return this.base + place;
  }

  /** Goes to the page where its payer confirms a payment. */
  pay(payment: Payment): void {
    sessionStorage.setItem(KEPT, JSON.stringify({ paymentId: payment.id, from: this.here() } satisfies Visit));
    this.go(payment.action_url!);
  }

  go(url: string): void {
    this.document.location.assign(url);
  }

  /** Returns what the tab had left for. */
  last(): Visit | null {
    try {
      return JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as Visit | null;
    } catch {
      return null;
    }
  }

  forget(): void {
    sessionStorage.removeItem(KEPT);
  }

  /** The address inside the client, as the router takes it. */
  private here(): string {
    const { pathname, search } = this.document.location;
    const place = pathname.slice(this.base.length);
    return `/${place.startsWith('wallet/return') ? 'wallet' : place}${search}`;
  }
}
