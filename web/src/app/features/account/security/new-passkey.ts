import { Injectable, inject } from '@angular/core';

import { ProblemError } from '@core/problem';
import type { Schemas } from '@core/wire';

import { Account } from '../account';

interface WithJson {
  parseCreationOptionsFromJSON(options: unknown): PublicKeyCredentialCreationOptions;
}

/** Makes a passkey (WebAuthn) on this device or a key, and hands its public half to Charla. */
@Injectable({ providedIn: 'root' })
export class NewPasskey {
  private readonly account = inject(Account);
  readonly isSupported = 'PublicKeyCredential' in globalThis && 'parseCreationOptionsFromJSON' in PublicKeyCredential;

  async make(label: string): Promise<void> {
    const { factor_id: id, options } = await this.account.startPasskey(label);
    const publicKey = (PublicKeyCredential as unknown as WithJson).parseCreationOptionsFromJSON(options);
    const credential = await navigator.credentials.create({ publicKey }).catch((error: unknown) => {
      const isKnown = error instanceof DOMException && error.name === 'InvalidStateError';
      throw new ProblemError({ code: isKnown ? 'factor_already_confirmed' : 'passkey_not_made', status: 400 });
    });
    if (!(credential instanceof PublicKeyCredential)) throw new ProblemError({ code: 'passkey_not_made', status: 400 });
    await this.account.finishPasskey(id as string, credential.toJSON() as Schemas['CredentialBody']['credential']);
  }
}
