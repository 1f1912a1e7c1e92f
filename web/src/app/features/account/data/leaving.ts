import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';

import { Session } from '@core/session';
import { Icon } from '@shared/icon';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { Account } from '../account';
import { ProofDialog } from '../proof-dialog';

const DAY_S = 86_400;

type LeftBehind = 'keep' | 'delete';

/** The end of the account: what it means, asking for it, and calling it off. */
@Component({
  selector: 'app-leaving',
  imports: [Icon, ProofDialog, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'panel' },
  templateUrl: './leaving.html',
})
export class Leaving {
  private readonly account = inject(Account);
  private readonly toasts = inject(Toasts);
  protected readonly me = inject(Session).me;
  protected readonly isAsking = signal(false);
  protected readonly isBusy = signal(false);
  /** How many days there are to change one's mind. */
  protected readonly days = signal<number | null>(null);
  protected readonly messages = signal<LeftBehind>('keep');
  protected readonly choices: readonly { id: LeftBehind; name: string }[] = [
    { id: 'keep', name: $localize`:@@account.leave.keep:My messages stay, without my name` },
    { id: 'delete', name: $localize`:@@account.leave.delete:My messages are deleted for everybody` },
  ];

  constructor() {
    void this.account.erasure().then(
      ({ grace_s: seconds }) => this.days.set(Math.round(seconds / DAY_S)),
      (error: unknown) => this.toasts.fail(error),
    );
  }

  protected readonly leave = (password: string | null): Promise<unknown> =>
    this.account.startErasure(password, this.messages());

  protected stay(): Promise<void> {
    return this.toasts.attempt(this.isBusy, async () => {
      await this.account.cancelErasure();
      this.toasts.show($localize`:@@account.leave.stayed:Your account stays.`);
    });
  }
}
