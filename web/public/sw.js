// The service worker: Angular's, which keeps the shell for times without network, and around it our
// own pushes, which Angular's does not know. What a push says stands in svc_subscriptions/README.md:
// who and where, never what was written.
const policy = self.trustedTypes?.createPolicy('charla-worker', { createScriptURL: (url) => url });
const inner = './ngsw-worker.js';
// Registered before Angular's listeners, which would show a push in their own way.
self.addEventListener('push', (event) => {
  event.stopImmediatePropagation();
  event.waitUntil(show(read(event.data)));
});
self.addEventListener('notificationclick', (event) => {
  event.stopImmediatePropagation();
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path ?? '/c'));
});
importScripts(policy ? policy.createScriptURL(inner) : inner);

const WORDS = {
  en: {
    post: ['New post', (count) => `${count} new posts`],
    mention: ['You were mentioned', (count) => `You were mentioned ${count} times`],
    reply: ['Somebody replied to you', (count) => `${count} replies to you`],
    comment: ['New comment on your post', (count) => `${count} new comments on your post`],
    media: ['There is news of a file of yours', (count) => `There is news of ${count} of your files`],
    system: ['Something needs your attention', (count) => `${count} things need your attention`],
  },
  es: {
    post: ['Nueva publicación', (count) => `${count} publicaciones nuevas`],
    mention: ['Te han mencionado', (count) => `Te han mencionado ${count} veces`],
    reply: ['Te han respondido', (count) => `${count} respuestas para ti`],
    comment: ['Comentario nuevo en tu publicación', (count) => `${count} comentarios nuevos en tu publicación`],
    media: ['Hay novedades de un archivo tuyo', (count) => `Hay novedades de ${count} archivos tuyos`],
    system: ['Algo necesita tu atención', (count) => `${count} cosas necesitan tu atención`],
  },
};

/** The language of the build that this worker belongs to: its scope is `/es/` or `/en/`. */
function language() {
  return new URL(self.registration.scope).pathname.startsWith('/es/') ? 'es' : 'en';
}

function read(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return {};
  }
}

/** Shows where something happened; one note for each place, which a later push of that place replaces. */
function show(push) {
  const place = push.conversation_id ?? push.channel_id ?? push.id ?? 'charla';
  return self.registration.showNotification(push.title || 'Charla', {
    body: wordsOf(push),
    lang: language(),
    icon: 'icons/charla-192.png',
    badge: 'icons/badge-96.png',
    tag: place,
    renotify: !push.silent,
    silent: Boolean(push.silent),
    data: { path: pathOf(push) },
  });
}

function wordsOf(push) {
  const [one, many] = WORDS[language()][push.kind] ?? WORDS[language()].system;
  return push.count > 1 ? many(push.count) : one;
}

/** The page that finds the place (features/notifications/go.ts). */
function pathOf(push) {
  const facts = {
    id: push.id,
    kind: push.kind,
    conversation: push.conversation_id,
    message: push.message_id,
    channel: push.channel_id,
    post: push.post_id,
  };
  const known = Object.entries(facts).filter(([, value]) => value);
  return known.length ? `/notifications/go?${new URLSearchParams(known)}` : '/notifications';
}

/** Goes to a page that is open already, or opens one. */
async function open(path) {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = pages.find((each) => each.url.startsWith(self.registration.scope));
  if (!page) return self.clients.openWindow(new URL(`.${path}`, self.registration.scope));
  page.postMessage({ t: 'open', path });
  return page.focus();
}
