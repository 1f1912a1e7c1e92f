/** People whom the tests write to and as, without the SDK: what is tested does not tell whether it works. */
import { randomBytes, randomUUID } from 'node:crypto';

export const URL_OF_STACK = process.env.CHARLA_URL?.replace(/\/$/, '');
const PASSWORD = 'correct horse battery 9 staple';
const PATIENCE_MS = 90_000;

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks until something is so. */
export async function until(fact, what) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await fact())) {
    if (Date.now() > end) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await wait(30);
  }
}

/** Asks again while the machine is too busy to answer in time; `also` are further answers that are as good. */
async function patiently(ask, ...also) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask().catch((failure) => new Response(String(failure.cause ?? failure), { status: 503 }));
    if (answer.ok || also.includes(answer.status)) return answer.status === 204 ? null : answer.json();
    if (![429, 502, 503, 504].includes(answer.status) || Date.now() > end) throw new Error(await answer.text());
    await wait(200);
  }
}

function send(method, path, body, token) {
  const headers = { ...(body && { 'Content-Type': 'application/json' }), ...(token && { Authorization: `Bearer ${token}` }) };
  return fetch(`${URL_OF_STACK}/v1${path}`, { method, headers, body: body ? JSON.stringify(body) : undefined });
}

export class Account {
  static async register() {
    const found = await patiently(() => {
      const username = `sdk${randomBytes(6).toString('hex')}`;
      return send('POST', '/auth/register', { username, password: PASSWORD, display_name: 'Of the SDK' });
    });
    const account = new Account();
    account.id = found.user.id;
    account.signedIn = found;
    return account;
  }

  ask(method, path, body) {
    return patiently(() => send(method, path, body, this.signedIn.access_token));
  }

  async makeGroup(...others) {
    const body = { kind: 'group', title: 'SDK', member_ids: others.map((each) => each.id) };
    return (await this.ask('POST', '/conversations', body)).id;
  }

  write(group, text) {
    return this.ask('POST', `/conversations/${group}/messages`, { client_msg_id: randomUUID(), text });
  }

  /** Ends the session; 401 says that an earlier attempt, which was not answered, has done so. */
  logOut() {
    return patiently(() => send('POST', '/auth/logout', null, this.signedIn.access_token), 401);
  }

  /** What was said, oldest first. */
  async texts(group) {
    const page = await this.ask('GET', `/conversations/${group}/messages?limit=100`);
    return page.items.filter((each) => each.kind !== 'system').map((each) => each.text);
  }
}
