// Runs before the rest of the client is there: asks for what the first screen waits for longest, while that is on
// its way. The session of an earlier visit is renewed as `core/session.ts` does it, and the list of chats is asked for
// as `core/store/sync.ts` does it; they take the answers over from here (`core/early.ts`).
const RENEWAL = '/v1/auth/refresh';
const CHATS = '/v1/conversations?limit=100&archived=false';

if (localStorage.getItem('charla.me')) {
  // One tab at a time: a refresh token that is used twice ends its session.
  const renew = () => fetch(RENEWAL, { method: 'POST', headers: { 'X-Charla-CSRF': '1' } });
  const renewal = navigator.locks ? navigator.locks.request('charla.refresh', renew) : renew();
  const chats = renewal.then(async (answer) => {
    if (!answer.ok) throw new Error('nobody is signed in');
    const { access_token } = await answer.clone().json();
    const list = await fetch(CHATS, { headers: { Authorization: `Bearer ${access_token}` } });
    // Read to its end, also where no page wants it: an answer that nobody reads keeps its connection busy.
    return new Response(await list.arrayBuffer(), list);
  });
  // Whoever takes them hears of it.
  [renewal, chats].forEach((each) => each.catch(() => undefined));
  globalThis.charlaEarly = new Map([[`POST ${RENEWAL}`, renewal], [`GET ${CHATS}`, chats]]);
}
