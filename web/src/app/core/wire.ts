import createClient, { type Client, type Middleware } from 'openapi-fetch';

import type { components, paths } from '@api/schema';

import { ProblemError } from './problem';

/** The shapes of the wire API by name: `Schemas['OwnUserView']`. */
export type Schemas = components['schemas'];
export type Http = Client<paths>;

interface Raw {
  data?: unknown;
  error?: unknown;
  response: Response;
}
type Data<R extends Raw> = [Exclude<R['data'], undefined>] extends [never] ? void : Exclude<R['data'], undefined>;

const refusals: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await ProblemError.of(response);
  },
  onError({ error }) {
    return error instanceof ProblemError ? error : ProblemError.offline();
  },
};

/** Makes a typed client of the wire API; every refusal becomes a ProblemError. */
export function makeHttp(send: (request: Request) => Promise<Response>): Http {
  const http = createClient<paths>({ baseUrl: location.origin, fetch: send });
  http.use(refusals);
  return http;
}

/** Returns what a call answers. */
export async function answerOf<R extends Raw>(call: Promise<R>): Promise<Data<R>> {
  return (await call).data as Data<R>;
}
