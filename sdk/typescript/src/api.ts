import createClient, { type Client } from 'openapi-fetch';

import { Unreachable } from './errors.js';
import { problemOf, type Fetch } from './session.js';
import type { Paths } from './wire.js';

export type Http = Client<Paths>;

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The typed API; refusals are thrown as `ProblemError`. */
export class Api {
  private readonly http: Http;

  constructor(url: string, send: Fetch) {
    const fetch = async (request: Request): Promise<Response> => {
      const answer = await send(request);
      if (!answer.ok) throw await problemOf(answer);
      return answer;
    };
    this.http = createClient<Paths>({ baseUrl: url, fetch });
  }

  /** Asks: `await api.ask((http) => http.GET('/v1/users/me'))`. */
  async ask<T>(call: (http: Http) => Promise<Answer<T>>): Promise<T> {
    return (await call(this.http)).data as T;
  }
}

/** Returns a fetch that waits for an answer so long, and says `Unreachable` where there is none. */
export function patientFetch(answerMs: number): Fetch {
  return async (request) => {
    try {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(answerMs)]);
      return await fetch(new Request(request, { signal }));
    } catch (failure) {
      throw new Unreachable(String((failure as Error).message), { cause: failure });
    }
  };
}
