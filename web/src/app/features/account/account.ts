import { Injectable, inject } from '@angular/core';

import { Api } from '@core/api';
import { type Me, Session } from '@core/session';
import type { Schemas } from '@core/wire';

export type Changes = Schemas['ProfileBody'];
export type Factor = Schemas['FactorView'];
export type Identity = Schemas['IdentityView'];
export type DataCopy = Schemas['ExportView'];
export type Erasure = Schemas['ErasureView'];

/** What the flow at a provider needs to come back to this browser. */
const BROWSER = { 'X-Charla-CSRF': '1' };

/**
 * One's own account, as the API has it. A `password` proves who asks for another way in; it is null
 * where the account has none.
 */
@Injectable({ providedIn: 'root' })
export class Account {
  private readonly api = inject(Api);
  private readonly session = inject(Session);

  async reload(): Promise<Me> {
    return this.take(await this.api.ask((http) => http.GET('/v1/users/me')));
  }

  async change(body: Changes): Promise<Me> {
    return this.take(await this.api.ask((http) => http.PATCH('/v1/users/me', { body })));
  }

  sendVerification(): Promise<void> {
    return this.api.ask((http) => http.POST('/v1/auth/email/verification'));
  }

  async changePassword(next: string, old: string | null): Promise<void> {
    const body = { new_password: next, old_password: old };
    await this.api.ask((http) => http.POST('/v1/auth/password', { body }));
    await this.reload();
  }

  async factors(): Promise<readonly Factor[]> {
    return (await this.api.ask((http) => http.GET('/v1/auth/factors'))).items;
  }

  startTotp(label: string, password: string | null): Promise<Schemas['TotpSetupView']> {
    return this.api.ask((http) => http.POST('/v1/auth/factors/totp', { body: { label, password } }));
  }

  /** Answers with the ten recovery codes, which are never shown again. */
  async confirmTotp(factor_id: string, code: string): Promise<readonly string[]> {
    const asked = { params: { path: { factor_id } }, body: { code } };
    const { recovery_codes } = await this.api.ask((http) => http.POST('/v1/auth/factors/{factor_id}/confirm', asked));
    await this.reload();
    return recovery_codes;
  }

  startPasskey(label: string, password: string | null): Promise<Record<string, unknown>> {
    return this.api.ask((http) => http.POST('/v1/auth/factors/passkeys', { body: { label, password } }));
  }

  async finishPasskey(factor_id: string, credential: Schemas['CredentialBody']['credential']): Promise<void> {
    const asked = { params: { path: { factor_id } }, body: { credential } };
    await this.api.ask((http) => http.POST('/v1/auth/factors/{factor_id}/passkey', asked));
    await this.reload();
  }

  async removeFactor(factor_id: string, password: string | null): Promise<void> {
    const asked = { params: { path: { factor_id } }, body: { password } };
    await this.api.ask((http) => http.POST('/v1/auth/factors/{factor_id}/delete', asked));
    await this.reload();
  }

  async identities(): Promise<readonly Identity[]> {
    return (await this.api.ask((http) => http.GET('/v1/auth/identities'))).items;
  }

  /** Returns the provider's address, to which the browser goes now. */
  async linkIdentity(provider: string, password: string | null): Promise<string> {
    const asked = { body: { provider, password }, headers: BROWSER };
    return (await this.api.ask((http) => http.POST('/v1/auth/identities', asked))).authorize_url;
  }

  async removeIdentity(identity_id: string, password: string | null): Promise<void> {
    const asked = { params: { path: { identity_id } }, body: { password } };
    await this.api.ask((http) => http.POST('/v1/auth/identities/{identity_id}/delete', asked));
  }

  async copies(): Promise<readonly DataCopy[]> {
    return (await this.api.ask((http) => http.GET('/v1/users/me/data/exports'))).items;
  }

  askForCopy(key: string): Promise<DataCopy> {
    const params = { header: { 'Idempotency-Key': key } };
    return this.api.ask((http) => http.POST('/v1/users/me/data/exports', { params }));
  }

  erasure(): Promise<Erasure> {
    return this.api.ask((http) => http.GET('/v1/users/me/data/erasure'));
  }

  async startErasure(password: string | null, messages: 'keep' | 'delete'): Promise<Erasure> {
    const body = { password, messages };
    const asked = await this.api.ask((http) => http.POST('/v1/users/me/data/erasure', { body }));
    await this.reload();
    return asked;
  }

  async cancelErasure(): Promise<void> {
    await this.api.ask((http) => http.DELETE('/v1/users/me/data/erasure'));
    await this.reload();
  }

  /** The password that was typed for a proof, or null where the account has none. */
  proof(typed: string): string | null {
    return this.session.me()?.has_password ? typed : null;
  }

  private take(me: Me): Me {
    this.session.update(me);
    return me;
  }
}
