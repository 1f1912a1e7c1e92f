import { ChangeDetectionStrategy, Component, computed, inject, input, output, signal } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';
import { TimePipe } from '@shared/time';

import { Account, type Factor } from '../account';
import { ProofDialog } from '../proof-dialog';
import { ProofField } from '../proof-field';

import { NewPasskey } from './new-passkey';

/** The account's passkeys: with one, nothing has to be typed to sign in. */
@Component({
  selector: 'app-passkeys',
  imports: [Control, Dialog, Field, Icon, Notice, ProofDialog, ProofField, ReactiveFormsModule, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'panel' },
  templateUrl: './passkeys.html',
})
export class Passkeys {
  private readonly account = inject(Account);
  protected readonly maker = inject(NewPasskey);
  readonly factors = input.required<readonly Factor[]>();
  readonly changed = output<void>();
  protected readonly passkeys = computed(() => this.factors().filter((each) => each.kind === 'passkey'));
  protected readonly isAdding = signal(false);
  protected readonly leaving = signal<Factor | null>(null);
  protected readonly isLeaving = signal(false);
  protected readonly submission = new Submission({ wrong_credentials: 'password' });
  protected readonly form = inject(NonNullableFormBuilder).group({ label: '', password: '' });

  protected begin(): void {
    this.form.reset();
    this.submission.problem.set(null);
    this.isAdding.set(true);
  }

  protected add(): void {
    void this.submission.run(async () => {
      const { label, password } = this.form.getRawValue();
      await this.maker.make(label.trim(), this.account.proof(password));
      this.isAdding.set(false);
      this.changed.emit();
    });
  }

  protected ask(factor: Factor): void {
    this.leaving.set(factor);
    this.isLeaving.set(true);
  }

  protected readonly remove = async (password: string | null): Promise<void> => {
    await this.account.removeFactor(this.leaving()!.id, password);
    this.changed.emit();
  };
}
