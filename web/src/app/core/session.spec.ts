import { TestBed } from '@angular/core/testing';

import { anAnswer, aProblem, fakeFetch, me } from '../../testing/wire';

import { Session } from './session';

const signedIn = (token = 'token-1', expires = 300) => ({
  user: me,
  access_token: token,
  refresh_token: null,
  token_type: 'Bearer',
  expires_in: expires,
});

function remembered(): Session {
  localStorage.setItem('charla.me', JSON.stringify(me));
  return TestBed.inject(Session);
}

describe('Session', () => {
  beforeEach(() => localStorage.clear());

  it('asks nothing of the server for who was never here', async () => {
    const calls = fakeFetch([]);
    const session = TestBed.inject(Session);
    await session.start();
    expect(session.state()).toBe('signed-out');
    expect(calls).toHaveLength(0);
  });

  it('keeps the access token out of the storage', async () => {
    fakeFetch([anAnswer(signedIn('secret-token'))]);
    const session = TestBed.inject(Session);
    await session.signIn('ana', 'x');
    expect(session.me()?.username).toBe('ana');
    expect(await session.token()).toBe('secret-token');
    expect(JSON.stringify({ ...localStorage })).not.toContain('secret-token');
  });

  it('says what is owed where a second factor is', async () => {
    const owed = { factor_required: true, factor_token: 'f', factors: ['totp'] };
    const calls = fakeFetch([anAnswer(owed), anAnswer(signedIn())]);
    const session = TestBed.inject(Session);
    await session.start();
    expect(await session.signIn('ana', 'x')).toEqual(owed);
    expect(session.isSignedIn()).toBe(false);
    await session.signInWithCode('f', '123456');
    expect(session.isSignedIn()).toBe(true);
    expect(await calls[1]!.clone().json()).toMatchObject({ factor_token: 'f', code: '123456' });
  });

  it('takes up the session of an earlier visit by its cookie', async () => {
    const calls = fakeFetch([anAnswer(signedIn('fresh'))]);
    const session = remembered();
    await session.start();
    expect(calls[0]!.url).toContain('/v1/auth/refresh');
    expect(calls[0]!.headers.get('X-Charla-CSRF')).toBe('1');
    expect(await session.token()).toBe('fresh');
  });

  it('stays signed in without network', async () => {
    fakeFetch([new TypeError('no network')]);
    const session = remembered();
    await session.start();
    expect(session.isSignedIn()).toBe(true);
  });

  it('ends where the server says that the session has ended', async () => {
    fakeFetch([aProblem(401, 'session_ended')]);
    const session = remembered();
    await session.start();
    expect(session.state()).toBe('signed-out');
    expect(localStorage.getItem('charla.me')).toBeNull();
  });

  it('refreshes once for all who wait for it', async () => {
    const calls = fakeFetch([anAnswer(signedIn('fresh'))]);
    const session = remembered();
    const started = session.start();
    const tokens = await Promise.all([session.token(), session.token(), session.token()]);
    await started;
    expect(tokens).toEqual(['fresh', 'fresh', 'fresh']);
    expect(calls).toHaveLength(1);
  });

  it('renews a token before it expires', async () => {
    const calls = fakeFetch([anAnswer(signedIn('old', 10)), anAnswer(signedIn('new'))]);
    const session = remembered();
    await session.start();
    expect(await session.token()).toBe('new');
    expect(calls).toHaveLength(2);
  });

  it('signs out though the session had ended already', async () => {
    fakeFetch([anAnswer(signedIn()), aProblem(401, 'token_invalid')]);
    const session = remembered();
    await session.start();
    await session.signOut();
    expect(session.state()).toBe('signed-out');
  });

  it('does not claim to be signed out while the server still holds the session', async () => {
    fakeFetch([anAnswer(signedIn()), new TypeError('no network')]);
    const session = remembered();
    await session.start();
    await expect(session.signOut()).rejects.toMatchObject({ code: 'offline' });
    expect(session.isSignedIn()).toBe(true);
  });
});
