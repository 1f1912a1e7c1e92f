import { EnrolmentRequired, FactorRequired, ProblemError, SessionEnded, Unreachable } from './errors.js';
import type { Schemas } from './wire.js';

/** A token that ends sooner than this is renewed before it is used. */
const MARGIN_MS = 30_000;
/** These say something of the token, unlike others that come with 401, such as `wrong_credentials`. */
const TOKEN_CODES = new Set(['unauthenticated', 'token_invalid', 'token_expired', 'session_ended']);

export type Me = Schemas['OwnUserView'];
type Answer = Schemas['SignedIn'] | Schemas['SecondFactorView'] | Schemas['EnrolmentView'];
export type Fetch = (request: Request) => Promise<Response>;

/**
 * Who is signed in. The access token lives in memory; each refresh token works once, and is told to `onRefreshToken`
 * for programs that stay signed in across restarts.
 */
export class Session {
  private access = '';
  private accessUntil = 0;
  private refreshToken = '';
  private password: { username: string; password: string; device: string } | null = null;
  private renewing: Promise<void> | null = null;
  private person: Me | null = null;

  constructor(
    private readonly url: string,
    private readonly fetch: Fetch,
    private readonly onRefreshToken: (token: string) => void = () => undefined,
  ) {}

  get user(): Me | null {
    return this.person;
  }

  /** Makes an account and signs in. */
  async register(username: string, password: string, displayName: string, device = ''): Promise<Me> {
    const body = { username, password, display_name: displayName, device };
    return this.enter(notOwing(await this.post<Answer>('register', body)));
  }

  /** Signs in; keeps the password in memory, to sign in again where the session has ended, unless told not to. */
  async login(username: string, password: string, { device = '', keep = true } = {}): Promise<Me> {
    const body = { username, password, device };
    const answer = notOwing(await this.post<Answer>('login', body));
    this.password = keep ? body : null;
    return this.enter(answer);
  }

  /** Ends a sign-in by the code of a second factor. */
  async loginWithCode(factorToken: string, code: string, device = ''): Promise<Me> {
    return this.enter(await this.post<Schemas['SignedIn']>('login/code', { factor_token: factorToken, code, device }));
  }

  /** Takes a session up again that `onRefreshToken` told of. */
  async resume(refreshToken: string): Promise<Me> {
    this.refreshToken = refreshToken;
    await this.renew();
    return this.person as Me;
  }

  /** Ends the session at the server, and here. */
  async logout(): Promise<void> {
    const body = { refresh_token: this.refreshToken };
    this.access = this.refreshToken = '';
    this.password = null;
    await this.post('logout', body);
  }

  /** Returns an access token that lives for a while yet. */
  async token(): Promise<string> {
    if (!this.access || Date.now() > this.accessUntil - MARGIN_MS) {
      // A refresh token that is used twice ends its session: one renewal for all who wait.
      this.renewing ??= this.renew().finally(() => (this.renewing = null));
      await this.renewing;
    }
    return this.access;
  }

  /** Sends a request for whoever is signed in; once more, with a new token, where this one is too old. */
  readonly send: Fetch = async (request) => {
    if (!this.person) return this.fetch(request);
    const again = request.clone();
    const token = await this.token();
    const answer = await this.fetch(signed(request, token));
    if (!(await isAboutToken(answer))) return answer;
    if (token === this.access) this.access = '';
    const second = await this.fetch(signed(again, await this.token()));
    if (await isAboutToken(second)) throw new SessionEnded(`refused: ${again.url}`);
    return second;
  };

  private async renew(): Promise<void> {
    if (!this.refreshToken) return this.signInAgain('nobody is signed in');
    try {
      this.enter(await this.post<Schemas['SignedIn']>('refresh', { refresh_token: this.refreshToken }));
    } catch (failure) {
      if (!(failure instanceof ProblemError) || failure.isTemporary) throw failure;
      this.access = this.refreshToken = '';
      await this.signInAgain(failure.message);
    }
  }

  /** An answer with new tokens may have been lost: then the old ones are worth nothing any more. */
  private async signInAgain(why: string): Promise<void> {
    if (!this.password) throw new SessionEnded(why);
    const { username, password, device } = this.password;
    try {
      await this.login(username, password, { device });
    } catch (failure) {
      if (failure instanceof Unreachable || (failure instanceof ProblemError && failure.isTemporary)) throw failure;
      throw new SessionEnded(why, { cause: failure });
    }
  }

  /** Takes over what another way of signing in has answered, such as a passkey's or a provider's. */
  enter(answer: Schemas['SignedIn']): Me {
    this.access = answer.access_token;
    this.accessUntil = Date.now() + answer.expires_in * 1000;
    this.refreshToken = answer.refresh_token ?? '';
    this.person = answer.user;
    this.onRefreshToken(this.refreshToken);
    return answer.user;
  }

  private async post<T>(what: string, body: unknown): Promise<T> {
    const headers = { 'Content-Type': 'application/json' };
    const url = `${this.url}/v1/auth/${what}`;
    const answer = await this.fetch(new Request(url, { method: 'POST', headers, body: JSON.stringify(body) }));
    if (!answer.ok) throw await problemOf(answer);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }
}

/** Returns what a sign-in handed out, unless something is owed for it. */
function notOwing(answer: Answer): Schemas['SignedIn'] {
  if ('factor_required' in answer) throw new FactorRequired(answer.factor_token, answer.factors);
  if ('enrolment_required' in answer) throw new EnrolmentRequired(answer.enrolment_token, answer.factors);
  return answer;
}

function signed(request: Request, token: string): Request {
  request.headers.set('Authorization', `Bearer ${token}`);
  return request;
}

async function isAboutToken(answer: Response): Promise<boolean> {
  return answer.status === 401 && TOKEN_CODES.has((await problemOf(answer.clone())).code);
}

/** Returns what an answer says; a proxy in between may have given one without a document. */
export async function problemOf(answer: Response): Promise<ProblemError> {
  const text = await answer.text();
  let facts: Record<string, unknown> = { code: `http_${answer.status}`, detail: text.slice(0, 200) };
  try {
    const found: unknown = JSON.parse(text);
    if (found && typeof found === 'object') facts = found as Record<string, unknown>;
  } catch {
    // not a document
  }
  const waiting = Number(answer.headers.get('Retry-After'));
  return new ProblemError(answer.status, waiting ? { retry_after_s: waiting, ...facts } : facts);
}
