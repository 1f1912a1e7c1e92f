// The service worker: Angular's, which keeps the shell for times without network, and around it our
// own pushes, which Angular's does not know. What a push says stands in svc_subscriptions/README.md.
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
// Angular's would answer for a server that cannot be reached; the client has to know the difference.
self.addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname.startsWith('/v1')) event.stopImmediatePropagation();
});
importScripts(policy ? policy.createScriptURL(inner) : inner);

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
    icon: 'icons/charla-192.png',
    badge: 'icons/badge-96.png',
    tag: place,
    renotify: !push.silent,
    silent: Boolean(push.silent),
    data: { path: pathOf(push) },
  });
}

function pathOf(push) {
  if (push.conversation_id) return `/c/${push.conversation_id}${push.message_id ? `?message=${push.message_id}` : ''}`;
  if (push.channel_id) return `/channels/${push.channel_id}${push.post_id ? `?post=${push.post_id}` : ''}`;
  return '/notifications';
}

/** Goes to a page that is open already, or opens one. */
async function open(path) {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = pages.find((each) => each.url.startsWith(self.registration.scope));
  if (!page) return self.clients.openWindow(new URL(`.${path}`, self.registration.scope));
  page.postMessage({ t: 'open', path });
  return page.focus();
}
