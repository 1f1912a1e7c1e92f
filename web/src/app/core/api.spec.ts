import { TestBed } from '@angular/core/testing';

import { anAnswer, aProblem, fakeFetch, me } from '../../testing/wire';

import { Api } from './api';
import { Session } from './session';

const signedIn = (token: string) => ({ user: me, access_token: token, refresh_token: null, token_type: 'Bearer', expires_in: 300 });

async function apiOf(answers: (Response | Error)[]) {
  localStorage.setItem('charla.me', JSON.stringify(me));
  const calls = fakeFetch([anAnswer(signedIn('first')), ...answers]);
  await TestBed.inject(Session).start();
  return { api: TestBed.inject(Api), calls };
}

describe('Api', () => {
  beforeEach(() => localStorage.clear());
  afterEach(() => vi.useRealTimers());

  it('sends the access token', async () => {
    const { api, calls } = await apiOf([anAnswer(me)]);
    expect((await api.ask((http) => http.GET('/v1/users/me'))).id).toBe(me.id);
    expect(calls[1]!.headers.get('Authorization')).toBe('Bearer first');
  });

  it('refreshes a refused token once, and sends the same body again', async () => {
    const { api, calls } = await apiOf([aProblem(401, 'token_expired'), anAnswer(signedIn('second')), anAnswer({ items: [] })]);
    await api.ask((http) => http.POST('/v1/media/lookup', { body: { ids: ['a'] } }));
    expect(calls.slice(1).map((call) => call.headers.get('Authorization'))).toEqual(['Bearer first', null, 'Bearer second']);
    expect(await calls[3]!.clone().json()).toEqual({ ids: ['a'] });
  });

  it('tries a wrong password once', async () => {
    const { api, calls } = await apiOf([aProblem(401, 'wrong_credentials')]);
    const body = { password: 'guessed' };
    await expect(api.ask((http) => http.POST('/v1/auth/factors/totp', { body }))).rejects.toMatchObject({ code: 'wrong_credentials' });
    expect(calls).toHaveLength(2);
  });

  it('throws refusals with their code and their words', async () => {
    const { api } = await apiOf([aProblem(403, 'role_too_low')]);
    await expect(api.ask((http) => http.PATCH('/v1/users/me', { body: {} }))).rejects.toMatchObject({
      code: 'role_too_low',
      words: 'Your role here does not allow that.',
    });
  });

  it('tries a read again when the server was away for a moment', async () => {
    vi.useFakeTimers();
    const { api, calls } = await apiOf([aProblem(503, 'draining'), anAnswer(me)]);
    const asked = api.ask((http) => http.GET('/v1/users/me'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await asked).id).toBe(me.id);
    expect(calls).toHaveLength(3);
  });

  it('never sends a change twice by itself', async () => {
    const { api, calls } = await apiOf([aProblem(503, 'bus_lost')]);
    await expect(api.ask((http) => http.POST('/v1/ws-ticket', {}))).rejects.toMatchObject({ status: 503 });
    expect(calls).toHaveLength(2);
  });
});
