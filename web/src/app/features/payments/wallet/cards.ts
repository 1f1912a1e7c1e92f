import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';

import { type ProblemError, asProblem } from '@core/problem';
import { Dialog } from '@shared/dialog';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { Toasts } from '@shared/toast';

import { CardNamePipe, isExpired } from '../paying/card-name';
import { ProviderVisit } from '../paying/provider-visit';
import type { Method } from '../payments';
import { Purse } from '../purse';

import { WalletPage } from './page';

/** The cards that the provider keeps for somebody: add, make usual, remove. */
@Component({
  selector: 'app-cards',
  imports: [CardNamePipe, Dialog, Empty, Icon, LoadFailed, Skeleton, WalletPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './cards.html',
})
export class Cards {
  private readonly toasts = inject(Toasts);
  private readonly visit = inject(ProviderVisit);
  protected readonly purse = inject(Purse);
  protected readonly busy = signal(false);
  protected readonly problem = signal<ProblemError | null>(null);
  /** The card that one is asked about. */
  protected readonly asking = signal<Method | null>(null);
  protected readonly isExpired = isExpired;

  constructor() {
    void this.load();
  }

  protected async load(): Promise<void> {
    this.problem.set(null);
    try {
      await this.purse.loadMethods();
    } catch (error) {
      this.problem.set(asProblem(error));
    }
  }

  protected add(): void {
    const path = this.visit.placed('wallet/cards');
    void this.toasts.attempt(this.busy, async () => this.visit.go(await this.purse.addMethod(path)));
  }

  protected makeUsual(method: Method): void {
    void this.toasts.attempt(this.busy, () => this.purse.makeUsual(method));
  }

  protected remove(): void {
    const method = this.asking();
    this.asking.set(null);
    if (method) void this.toasts.attempt(this.busy, () => this.purse.remove(method));
  }

  protected until(method: Method): string {
    return `${String(method.exp_month).padStart(2, '0')}/${method.exp_year}`;
  }
}
