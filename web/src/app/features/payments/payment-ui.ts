import { Injectable, signal } from '@angular/core';
import { Subject } from 'rxjs';

import type { Wish } from './paying/wish';

/** Opens the sheets about money; `app-payment-sheets` shows them. */
@Injectable({ providedIn: 'root' })
export class PaymentUi {
  readonly wish = signal<Wish | null>(null);
  /** The payment that its payee may give back. */
  readonly refunding = signal<{ readonly paymentId: string } | null>(null);
  readonly isOpen = signal(false);
  /** Money has moved, or may have: what is shown of it is asked for again. */
  readonly changed = new Subject<void>();

  show(wish: Wish): void {
    this.refunding.set(null);
    this.wish.set(wish);
    this.isOpen.set(true);
  }

  refund(paymentId: string): void {
    this.wish.set(null);
    this.refunding.set({ paymentId });
    this.isOpen.set(true);
  }

  close(): void {
    this.isOpen.set(false);
  }
}
