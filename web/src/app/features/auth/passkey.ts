import { Injectable, inject } from '@angular/core';

import { ProblemError } from '@core/problem';
import { Session } from '@core/session';
import type { Schemas } from '@core/wire';

interface WithJson {
  parseRequestOptionsFromJSON(options: unknown): PublicKeyCredentialRequestOptions;
}

/** Signing in with a passkey (WebAuthn), which needs no name. */
@Injectable({ providedIn: 'root' })
export class Passkey {
  private readonly session = inject(Session);
  readonly isSupported = 'PublicKeyCredential' in globalThis && 'parseRequestOptionsFromJSON' in PublicKeyCredential;

  async signIn(): Promise<void> {
    const { challenge_id: id, options } = await this.session.beginPasskey();
    const publicKey = (PublicKeyCredential as unknown as WithJson).parseRequestOptionsFromJSON(options);
    const credential = await navigator.credentials.get({ publicKey }).catch(() => null);
    if (!(credential instanceof PublicKeyCredential)) throw new ProblemError({ code: 'passkey_cancelled', status: 400 });
    await this.session.signInWithPasskey(id, credential.toJSON() as Schemas['PasskeyLoginBody']['credential']);
  }
}
