import { ProblemError } from './problem';
import type { Schemas } from './wire';

interface WithJson {
  parseCreationOptionsFromJSON(options: unknown): PublicKeyCredentialCreationOptions;
}

/** Whether this browser makes passkeys (WebAuthn). */
export function makesPasskeys(): boolean {
  return 'PublicKeyCredential' in globalThis && 'parseCreationOptionsFromJSON' in PublicKeyCredential;
}

/** Makes a passkey on this device or a key by the server's options; returns its public half, for the server. */
export async function makePasskey(options: unknown): Promise<Schemas['CredentialBody']['credential']> {
  const publicKey = (PublicKeyCredential as unknown as WithJson).parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey }).catch((error: unknown) => {
    const isKnown = error instanceof DOMException && error.name === 'InvalidStateError';
    throw new ProblemError({ code: isKnown ? 'factor_already_confirmed' : 'passkey_not_made', status: 400 });
  });
  if (!(credential instanceof PublicKeyCredential)) throw new ProblemError({ code: 'passkey_not_made', status: 400 });
  return credential.toJSON() as Schemas['CredentialBody']['credential'];
}
