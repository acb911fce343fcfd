// The service worker keeps the App's own shell for a phone without a network, and shows notifications. Answers of cloud
// and VMS Locals, pictures and tokens never enter its cache: it only ever looks at the addresses named here.
const cacheName = 'vigil-app-shell-1';
const shell = ['/', '/manifest.webmanifest', '/icon.svg', '/icon-192.png', '/icon-512.png', '/color-scheme.js'];

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then(async (cache) => {
        await cache.addAll(shell);
        // What the page of this build is made of: it was loaded before this worker listened.
        const page = await (await cache.match('/')).text();
        await cache.addAll([...new Set(page.match(/\/assets\/[\w.-]+/g) ?? [])]);
      })
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

const keep = async (request, response) => {
  if (response.ok) await (await caches.open(cacheName)).put(request, response.clone());
  return response;
};

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  // Hashed names never change: what is kept is right.
  if (url.pathname.startsWith('/assets/')) {
    event.respondWith(
      caches.match(request).then((kept) => kept ?? fetch(request).then((response) => keep(request, response))),
    );
  } else if (shell.includes(url.pathname)) {
    event.respondWith(
      fetch(request)
        .then((response) => keep(url.pathname, response))
        .catch(async () => (await caches.match(url.pathname)) ?? Response.error()),
    );
  }
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(
    self.clients.matchAll({ type: 'window' }).then((windows) => {
      const [first] = windows;
      return first ? first.focus() : self.clients.openWindow('/#/events');
    }),
  );
});
