import { Injectable, inject } from '@angular/core';

import { type Payment, Payments } from '../payments';

const OPEN: ReadonlySet<Payment['status']> = new Set(['created', 'requires_action', 'processing']);
const WAITS_MS = [400, 600, 1_000, 1_500, 2_000] as const;
/** Banks that take longer are heard of by a message or in the wallet. */
const PATIENCE_MS = 30_000;

export function isOpen(payment: Payment): boolean {
  return OPEN.has(payment.status);
}

/** Whether its payer has to go to the provider's page. */
export function isLedOn(payment: Payment): boolean {
  return payment.status === 'requires_action' && !!payment.action_url;
}

/** Waits for what becomes of a payment. */
@Injectable({ providedIn: 'root' })
export class Settling {
  private readonly payments = inject(Payments);

  /** Asks until the payment is over or somebody has to act; returns it as it was last. */
  async follow(payment: Payment, isOver: () => boolean = () => false, patienceMs = PATIENCE_MS): Promise<Payment> {
    let last = payment;
    const end = Date.now() + patienceMs;
    for (let tried = 0; isOpen(last) && !isLedOn(last) && Date.now() < end && !isOver(); tried++) {
      await pause(WAITS_MS[Math.min(tried, WAITS_MS.length - 1)]!);
      last = await this.payments.get(last.id).catch(() => last);
    }
    return last;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
