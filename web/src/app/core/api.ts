import { Injectable, inject } from '@angular/core';

import { takeEarly } from './early';
import { Session } from './session';
import { type Http, answerOf, makeHttp } from './wire';

const RETRIES = 2;
const RETRY_MS = 400;
const LONGEST_WAIT_MS = 5_000;
/** What another access token may mend; a wrong password is 401 too, and would be tried twice. */
const TOKEN_CODES = new Set<unknown>(['unauthenticated', 'token_invalid', 'token_expired', 'session_ended']);

/**
 * The wire API, as the person who is signed in.
 *
 *     const page = await api.ask((http) => http.GET('/v1/conversations'));
 */
@Injectable({ providedIn: 'root' })
export class Api {
  private readonly session = inject(Session);
  readonly http: Http = makeHttp((request) => this.send(request));

  /** Returns what a call answers; throws a ProblemError when it is refused. */
  ask<R extends { data?: unknown; error?: unknown; response: Response }>(call: (http: Http) => Promise<R>) {
    return answerOf(call(this.http));
  }

  /** Sends a request with the access token; reads are tried again when the server was away for a moment. */
  async send(request: Request): Promise<Response> {
    const retries = request.method === 'GET' ? RETRIES : 0;
    for (let tried = 0; ; tried++) {
      const answer = await this.sendSigned(request.clone()).catch((error: unknown) => {
        if (tried >= retries || request.signal.aborted) throw error;
        return null;
      });
      if (answer && (tried >= retries || ![429, 502, 503, 504].includes(answer.status))) return answer;
      await pause(answer, tried);
    }
  }

  private async sendSigned(request: Request): Promise<Response> {
    const early = await takeEarly(request)?.catch(() => null);
    if (early?.ok) return early;
    const token = await this.session.token();
    const again = request.clone();
    const answer = await fetch(signed(request, token));
    if (answer.status !== 401 || !token || !TOKEN_CODES.has(await codeOf(answer))) return answer;
    this.session.reject(token);
    return fetch(signed(again, await this.session.token()));
  }
}

async function codeOf(answer: Response): Promise<unknown> {
  const problem = await answer.clone().json().catch(() => null);
  return (problem as { code?: unknown } | null)?.code;
}

function signed(request: Request, token: string | null): Request {
  if (token) request.headers.set('Authorization', `Bearer ${token}`);
  return request;
}

function pause(answer: Response | null, tried: number): Promise<void> {
  const asked = Number(answer?.headers.get('Retry-After') ?? 0) * 1000;
  const wait = Math.min(Math.max(asked, RETRY_MS * 2 ** tried), LONGEST_WAIT_MS);
  return new Promise((done) => setTimeout(done, wait * (0.75 + Math.random() / 2)));
}
