import { Injectable, computed, inject, signal } from '@angular/core';

import { Database } from './database';
import { takeEarly } from './early';
import { ProblemError, asProblem } from './problem';
import { type Schemas, answerOf, makeHttp } from './wire';

export type Me = Schemas['OwnUserView'];
export type SessionState = 'starting' | 'signed-out' | 'signed-in';
/** A right password where a code is still owed. */
export type FactorOwed = Schemas['SecondFactorView'];
/** A first factor has to be set up before anybody is signed in. */
export type EnrolmentOwed = Schemas['EnrolmentView'];

interface NewAccount {
  username: string;
  password: string;
  display_name: string;
  email?: string | null;
}

const ME = 'charla.me';
const LOCK = 'charla.refresh';
/** A token is renewed when it has less than this to live. */
const MARGIN_MS = 20_000;
const BROWSER = { 'X-Charla-CSRF': '1' };

/**
 * Who uses this browser. The access token lives in memory only; the refresh
 * token in a cookie that no script reads.
 */
@Injectable({ providedIn: 'root' })
export class Session {
  private readonly database = inject(Database);
  private readonly http = makeHttp((request) => takeEarly(request) ?? fetch(request));
  private readonly others = new BroadcastChannel('charla.session');
  private readonly person = signal<Me | null>(null);
  private readonly phase = signal<SessionState>('starting');
  private access: { token: string; until: number } | null = null;
  private refreshing: Promise<void> | null = null;

  readonly me = this.person.asReadonly();
  readonly state = this.phase.asReadonly();
  readonly isSignedIn = computed(() => this.phase() === 'signed-in');

  constructor() {
    this.others.onmessage = (event: MessageEvent<unknown>) => this.hear(event.data);
  }

  /** Takes up the session of an earlier visit. Without network its person is remembered, so that the shell opens. */
  async start(): Promise<void> {
    const known = remembered();
    if (!known) return this.phase.set('signed-out');
    this.person.set(known);
    this.phase.set('signed-in');
    await this.refresh().catch(() => undefined);
  }

  async register(account: NewAccount): Promise<Me | EnrolmentOwed> {
    const body = { ...account, device: '', locale: language(), time_zone: timeZone() };
    const answer = await answerOf(this.http.POST('/v1/auth/register', { body, headers: BROWSER }));
    return 'access_token' in answer ? this.enter(answer) : answer;
  }

  /** Signs in; answers with what is owed where a second factor is. */
  async signIn(username: string, password: string): Promise<Me | FactorOwed | EnrolmentOwed> {
    const body = { username, password, device: '' };
    const answer = await answerOf(this.http.POST('/v1/auth/login', { body, headers: BROWSER }));
    return 'access_token' in answer ? this.enter(answer) : answer;
  }

  async signInWithCode(factorToken: string, code: string): Promise<Me> {
    const body = { factor_token: factorToken, code, device: '' };
    return this.enter(await answerOf(this.http.POST('/v1/auth/login/code', { body, headers: BROWSER })));
  }

  /** Asks for the challenge of a passkey sign-in. */
  async beginPasskey(): Promise<Schemas['PasskeyOptions']> {
    return answerOf(this.http.POST('/v1/auth/passkey-login', {}));
  }

  async signInWithPasskey(challengeId: string, credential: Schemas['PasskeyLoginBody']['credential']): Promise<Me> {
    const body = { challenge_id: challengeId, credential, device: '' };
    return this.enter(await answerOf(this.http.POST('/v1/auth/passkey-login/finish', { body, headers: BROWSER })));
  }

  async providers(): Promise<readonly Schemas['OidcProviderView'][]> {
    return (await answerOf(this.http.GET('/v1/auth/oidc'))).items;
  }

  /** Returns the provider's address, to which the browser goes now. */
  async beginAtProvider(provider: string): Promise<string> {
    const call = this.http.POST('/v1/auth/oidc/{provider}/start', { params: { path: { provider } }, headers: BROWSER });
    return (await answerOf(call)).authorize_url;
  }

  async forgotPassword(email: string): Promise<void> {
    await this.http.POST('/v1/auth/password/forgot', { body: { email } });
  }

  async resetPassword(token: string, password: string): Promise<void> {
    await this.http.POST('/v1/auth/password/reset', { body: { reset_token: token, new_password: password } });
  }

  async verifyEmail(token: string): Promise<void> {
    await this.http.POST('/v1/auth/email/verify', { body: { verify_token: token } });
    if (this.isSignedIn()) await this.refresh();
  }

  /** Ends the session here and in the other tabs. */
  async signOut(): Promise<void> {
    const headers = this.access ? { ...BROWSER, Authorization: `Bearer ${this.access.token}` } : BROWSER;
    await this.http.POST('/v1/auth/logout', { headers }).catch((error: unknown) => {
      if (asProblem(error).status !== 401) throw error;
    });
    await this.leave();
    this.others.postMessage({ t: 'signed-out' });
  }

  /** Returns an access token that lives for a while yet; null when nobody is signed in. */
  async token(): Promise<string | null> {
    if (!this.isSignedIn()) return null;
    if (!this.access || this.access.until - MARGIN_MS < Date.now()) await this.refresh();
    return this.access?.token ?? null;
  }

  /** Says that a token was refused, so that the next one is new. */
  reject(token: string): void {
    if (this.access?.token === token) this.access = null;
  }

  /** Takes over the account as a change of it answered. */
  update(me: Me): void {
    this.person.set(me);
    remember(me);
  }

  /**
   * Trades the cookie for new tokens; once at a time in all tabs, since a
   * refresh token that is used twice ends its session.
   */
  refresh(): Promise<void> {
    this.refreshing ??= alone(() => this.renew()).finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  private async renew(): Promise<void> {
    try {
      await this.enter(await answerOf(this.http.POST('/v1/auth/refresh', { headers: BROWSER })));
    } catch (error) {
      const ended = error instanceof ProblemError && (error.status === 401 || error.status === 403);
      if (ended) await this.leave();
      throw error;
    }
  }

  /** Takes over what a sign-in handed out. */
  async enter(answer: Schemas['SignedIn']): Promise<Me> {
    const before = remembered();
    if (before && before.id !== answer.user.id) await this.database.forget(before.id);
    this.access = { token: answer.access_token, until: Date.now() + answer.expires_in * 1000 };
    this.update(answer.user);
    if (before?.id !== answer.user.id) this.others.postMessage({ t: 'signed-in', id: answer.user.id });
    this.phase.set('signed-in');
    return answer.user;
  }

  private async leave(): Promise<void> {
    const id = this.person()?.id;
    this.access = null;
    this.person.set(null);
    this.phase.set('signed-out');
    localStorage.removeItem(ME);
    if (id) await this.database.forget(id);
  }

  /** Another tab signed in or out. */
  private hear(said: unknown): void {
    const { t, id } = (said ?? {}) as { t?: string; id?: string };
    if (t === 'signed-out' && this.isSignedIn()) void this.leave();
    if (t === 'signed-in' && id !== this.person()?.id) {
      this.access = null;
      void this.start();
    }
  }
}

function alone<T>(work: () => Promise<T>): Promise<T> {
  if (!('locks' in navigator)) return work();
  return navigator.locks.request(LOCK, work) as Promise<unknown> as Promise<T>;
}

function remembered(): Me | null {
  try {
    return JSON.parse(localStorage.getItem(ME) ?? 'null') as Me | null;
  } catch {
    return null;
  }
}

function remember(me: Me): void {
  localStorage.setItem(ME, JSON.stringify(me));
}

function language(): string {
  return document.documentElement.lang || 'en';
}

function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
