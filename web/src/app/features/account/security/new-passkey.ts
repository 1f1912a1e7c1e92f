import { Injectable, inject } from '@angular/core';

import { makePasskey, makesPasskeys } from '@core/make-passkey';

import { Account } from '../account';

/** Makes a passkey and hands its public half to Charla. */
@Injectable({ providedIn: 'root' })
export class NewPasskey {
  private readonly account = inject(Account);
  readonly isSupported = makesPasskeys();

  async make(label: string, password: string | null): Promise<void> {
    const { factor_id: id, options } = await this.account.startPasskey(label, password);
    await this.account.finishPasskey(id as string, await makePasskey(options));
  }
}
