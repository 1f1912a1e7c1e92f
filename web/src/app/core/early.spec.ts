import { takeEarly } from './early';

const asked = (method: string, path: string) => new Request(new URL(path, location.origin), { method });

describe('takeEarly', () => {
  const page = globalThis as { charlaEarly?: Map<string, Promise<Response>> };
  const chats = Promise.resolve(new Response('chats'));

  beforeEach(() => (page.charlaEarly = new Map([['GET /v1/conversations?limit=100&archived=false', chats]])));
  afterEach(() => delete page.charlaEarly);

  it('gives the answer to the same question, once', () => {
    const question = asked('GET', '/v1/conversations?limit=100&archived=false');
    expect(takeEarly(question)).toBe(chats);
    expect(takeEarly(question)).toBeUndefined();
  });

  it('gives it to no other question', () => {
    expect(takeEarly(asked('POST', '/v1/conversations?limit=100&archived=false'))).toBeUndefined();
    expect(takeEarly(asked('GET', '/v1/conversations?limit=100&archived=true'))).toBeUndefined();
  });

  it('has nothing where nothing was asked', () => {
    delete page.charlaEarly;
    expect(takeEarly(asked('GET', '/v1/conversations?limit=100&archived=false'))).toBeUndefined();
  });
});
