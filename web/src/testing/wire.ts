import type { Me } from '@core/session';

/** Somebody who is signed in. */
export const me: Me = {
  id: '01890000-0000-7000-8000-000000000001',
  username: 'ana',
  display_name: 'Ana Ramírez',
  created_at: '2026-01-01T00:00:00Z',
  deactivated: false,
  email: null,
  email_verified: false,
  locale: 'en',
  time_zone: 'UTC',
  roles: ['user'],
  factors: [],
  has_password: true,
};

export function anAnswer(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
}

export function aProblem(status: number, code: string, facts: Record<string, unknown> = {}): Response {
  return new Response(JSON.stringify({ status, code, title: code, ...facts }), {
    status,
    headers: { 'Content-Type': 'application/problem+json' },
  });
}

/** Answers the next requests in this order; returns what was asked. A request too many fails the test. */
export function fakeFetch(answers: (Response | Error)[]): Request[] {
  const calls: Request[] = [];
  const left = [...answers];
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    calls.push(request);
    const answer = left.shift();
    if (!answer) throw new Error(`nobody expected ${request.method} ${request.url}`);
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return calls;
}
