/** Answers become values, errors, and new tokens. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Charla, EnrolmentRequired, FactorRequired, ProblemError, SessionEnded, Unreachable } from '../dist/index.js';

const USER = { id: 'me' };
const json = (status, body, headers = {}) => new Response(JSON.stringify(body), { status, headers });
const tokens = (number) =>
  json(200, { access_token: `a${number}`, refresh_token: `r${number}`, expires_in: 600, user: USER });

/** Puts an answer in the place of the network while a client is used. */
async function withServer(answer, act) {
  const real = globalThis.fetch;
  globalThis.fetch = async (request) => answer(request, new URL(request.url).pathname);
  const charla = await Charla.open('http://charla', { webSocket: class {} });
  try {
    await act(charla);
  } finally {
    globalThis.fetch = real;
    await charla.close();
  }
}

test('a refused token is renewed once for all who wait', async () => {
  const asked = [];
  const answer = (request, path) => {
    asked.push(path);
    if (path === '/v1/auth/login') return tokens(1);
    if (path === '/v1/auth/refresh') return tokens(2);
    if (request.headers.get('Authorization') === 'Bearer a2') return json(200, USER);
    return json(401, { code: 'token_expired' });
  };
  await withServer(answer, async (charla) => {
    await charla.login('ana', 'a password');
    await Promise.all([1, 2, 3, 4, 5].map(() => charla.api.ask((http) => http.GET('/v1/users/me'))));
  });
  assert.equal(asked.filter((each) => each === '/v1/auth/refresh').length, 1);
});

test('another 401 is not about the token', async () => {
  const asked = [];
  const answer = (_, path) => {
    asked.push(path);
    return path === '/v1/auth/login' ? tokens(1) : json(401, { code: 'wrong_credentials' });
  };
  await withServer(answer, async (charla) => {
    await charla.login('ana', 'a password');
    const body = { old_password: 'x', new_password: 'y' };
    const asking = charla.api.ask((http) => http.POST('/v1/auth/password', { body }));
    await assert.rejects(asking, (error) => error instanceof ProblemError && error.code === 'wrong_credentials');
  });
  assert.deepEqual(asked, ['/v1/auth/login', '/v1/auth/password']);
});

test('a session that cannot be renewed has ended', async () => {
  await withServer(() => json(401, { code: 'token_reused' }), async (charla) => {
    await assert.rejects(charla.session.resume('old'), SessionEnded);
  });
});

test('a second factor is asked for', async () => {
  const owed = { factor_required: true, factor_token: 'f', factors: ['totp'] };
  const answer = (_, path) => (path === '/v1/auth/login/code' ? tokens(1) : json(200, owed));
  await withServer(answer, async (charla) => {
    await assert.rejects(charla.login('ana', 'a password'), FactorRequired);
    assert.equal((await charla.session.loginWithCode('f', '123456')).id, 'me');
  });
});

test('a second factor that is demanded is to be set up first', async () => {
  const owed = { enrolment_required: true, enrolment_token: 'e', factors: ['totp', 'passkey'] };
  await withServer(() => json(200, owed), async (charla) => {
    await assert.rejects(charla.login('ana', 'a password'), (error) => error instanceof EnrolmentRequired && error.token === 'e');
    await assert.rejects(charla.session.register('ana', 'a password', 'Ana'), EnrolmentRequired);
    assert.equal(charla.session.user, null);
  });
});

test('refusals say how long to wait even without a document', async () => {
  const answer = () => new Response('<html>', { status: 503, headers: { 'Retry-After': '7' } });
  await withServer(answer, async (charla) => {
    await assert.rejects(charla.session.resume('x'), (error) => error.code === 'http_503' && error.retryAfterMs === 7_000);
  });
});

test('no answer is an error of its own', async () => {
  const answer = () => {
    throw new TypeError('nobody there');
  };
  await withServer(answer, async (charla) => assert.rejects(charla.session.resume('x'), Unreachable));
});
