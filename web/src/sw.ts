/** Keeps the page on the device, so that it works without a network; all it ever asks for is the page's own files. */
/// <reference lib="webworker" />
export {};

declare const self: ServiceWorkerGlobalScope;
/** Name and hash of the content of every file of the page, and a hash of them all; filled in by the build. */
declare const __KEPT__: [name: string, hash: string][];
declare const __VERSION__: string;

const KEPT = __KEPT__;
const PREFIX = `pixelfes:${new URL(self.registration.scope).pathname}:`;
const CACHE = PREFIX + __VERSION__;
const MODEL = "model.safetensors"; // `pixelfes web --model` serves another one: the newest counts, the kept one without a network
const LATER = ["actions.safetensors", ...[1, 2, 3, 4, 5, 6].map((number) => `examples/face-${number}.jpg`)]; // kept when it is first asked for

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(dropOld().then(() => self.clients.claim())));

/** Keep every file, all or none; what an older version of the page has kept unchanged is not fetched again. */
async function keep(): Promise<void> {
  const cache = await caches.open(CACHE);
  await Promise.all(
    KEPT.filter(([name]) => !LATER.includes(name)).map(async ([name, hash]) => {
      const url = `${name}?kept=${hash}`;
      if (await cache.match(url)) return;
      const known = name === MODEL ? undefined : await caches.match(url);
      const response = known ?? (await fetch(name, { cache: "no-cache" }));
      if (!response.ok) throw new Error(`${name}: ${response.status}`);
      await cache.put(url, response);
    }),
  );
}

async function dropOld(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const scope = new URL(self.registration.scope);
  if (event.request.method !== "GET" || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return;
  const path = url.pathname.slice(scope.pathname.length);
  const name = path === "" || path === "index.html" ? "./" : path;
  const known = KEPT.find(([kept]) => kept === name);
  if (known) event.respondWith(answer(event.request, `${known[0]}?kept=${known[1]}`, name === MODEL));
});

async function answer(request: Request, url: string, newest: boolean): Promise<Response> {
  const cache = await caches.open(CACHE);
  if (newest) {
    try {
      const response = await fetch(request);
      if (response.ok) {
        await cache.put(url, response.clone());
        return response;
      }
    } catch {
      // no network: the kept one
    }
  }
  const kept = await cache.match(url);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(url, response.clone());
  return response;
}
