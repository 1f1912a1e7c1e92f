import { Injectable, inject } from '@angular/core';

import { makePasskey } from '@core/make-passkey';
import { Session } from '@core/session';
import { type Schemas, answerOf, makeHttp } from '@core/wire';

const BROWSER = { 'X-Charla-CSRF': '1' };

/** A first factor where this installation demands one: by the token of who has proved who they are. Each ends signed in. */
@Injectable({ providedIn: 'root' })
export class Enrolment {
  private readonly session = inject(Session);
  private readonly http = makeHttp((request) => fetch(request));

  startTotp(enrolment_token: string): Promise<Schemas['TotpSetupView']> {
    return answerOf(this.http.POST('/v1/auth/enrolment/totp', { body: { enrolment_token, label: '' } }));
  }

  /** Answers with the ten recovery codes, which are never shown again. */
  async finishTotp(enrolment_token: string, factor_id: string, code: string): Promise<readonly string[]> {
    const body = { enrolment_token, factor_id, code, device: '' };
    const call = this.http.POST('/v1/auth/enrolment/totp/finish', { body, headers: BROWSER });
    const answer = await answerOf(call);
    await this.session.enter(answer);
    return answer.recovery_codes;
  }

  async addPasskey(enrolment_token: string): Promise<void> {
    const asked = { body: { enrolment_token, label: '' } };
    const { factor_id, options } = await answerOf(this.http.POST('/v1/auth/enrolment/passkey', asked));
    const body = { enrolment_token, factor_id: factor_id as string, credential: await makePasskey(options), device: '' };
    const call = this.http.POST('/v1/auth/enrolment/passkey/finish', { body, headers: BROWSER });
    await this.session.enter(await answerOf(call));
  }
}
