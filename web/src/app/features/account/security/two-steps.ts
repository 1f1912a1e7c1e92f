import { ChangeDetectionStrategy, Component, computed, inject, input, output, signal } from '@angular/core';

import { Icon } from '@shared/icon';
import { TimePipe } from '@shared/time';

import { Account, type Factor } from '../account';
import { ProofDialog } from '../proof-dialog';

import { TotpDialog } from './totp-dialog';

/** The second step of signing in: a code of an authenticator app. */
@Component({
  selector: 'app-two-steps',
  imports: [Icon, ProofDialog, TimePipe, TotpDialog],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'panel' },
  template: `
    <h3 class="panel-heading" i18n="@@account.two_steps">Two steps</h3>
    <p class="muted" i18n="@@account.two_steps.words">After your password, Charla asks for a code that your phone makes. A stolen password alone opens nothing.</p>
    @for (factor of apps(); track factor.id) {
      <div class="row thing">
        <app-icon name="phone" />
        <span class="row-text">
          <span class="row-title" i18n="@@account.totp.heading">Authenticator app</span>
          <span class="row-line muted">
            @if (factor.last_used_at; as used) {<span i18n="@@account.last_used">Last used {{ used | time: 'ago' }}</span>} @else {<span i18n="@@account.added">Added {{ factor.created_at | time: 'ago' }}</span>}
          </span>
        </span>
        <button type="button" class="icon-button" aria-label="Remove the authenticator app" i18n-aria-label="@@account.totp.remove_named" (click)="ask(factor)"><app-icon name="trash" /></button>
      </div>
    } @empty {
      <p class="panel-actions"><button type="button" class="button" (click)="isSettingUp.set(true)" i18n="@@account.totp.begin">Set up an authenticator app</button></p>
    }
    <app-totp-dialog [(open)]="isSettingUp" (confirmed)="changed.emit()" />
    <app-proof-dialog [(open)]="isLeaving" heading="Turn the second step off?" i18n-heading="@@account.totp.remove" action="Turn off" i18n-action="@@account.totp.off" [work]="remove">
      <p i18n="@@account.totp.remove.words">Your password alone will sign you in, and your recovery codes will not work any more.</p>
    </app-proof-dialog>
  `,
})
export class TwoSteps {
  private readonly account = inject(Account);
  readonly factors = input.required<readonly Factor[]>();
  readonly changed = output<void>();
  protected readonly apps = computed(() => this.factors().filter((each) => each.kind === 'totp'));
  protected readonly isSettingUp = signal(false);
  protected readonly isLeaving = signal(false);
  private leaving = '';

  protected ask(factor: Factor): void {
    this.leaving = factor.id;
    this.isLeaving.set(true);
  }

  protected readonly remove = async (password: string | null): Promise<void> => {
    await this.account.removeFactor(this.leaving, password);
    this.changed.emit();
  };
}
