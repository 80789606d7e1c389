/**
 * The service worker: keeps the page on the device, so that it works without a network.
 *
 * The network comes first for the page itself, and each page gets the files of its own version, so a worker of one version may
 * serve pages of another. All it ever asks for is the page's own files.
 */
/// <reference lib="webworker" />
import { oldCaches } from "../places";
import { KEPT, SHARE_PLACE, type Asked } from "../protocol";
import { takeShared } from "../shared_photos";
import { fileAnswer } from "./file_answer";
import { forget, forgetIfReplaced, LOOPBACK } from "./forgetting";
import { BUILD, dropUnused, keepAll } from "./keeping";
import { pageAnswer } from "./page_answer";

declare const self: ServiceWorkerGlobalScope;

const SCOPE = new URL(self.registration.scope);
const WANTED = !LOOPBACK || self.location.search === KEPT; // version 0.1.0 kept itself at once, also on this machine

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", answer);
self.addEventListener("message", (event) => {
  const asked = event.data as Asked;
  if (asked.kind === "tidy") event.waitUntil(dropUnused());
  else if ((asked.build ?? BUILD) === BUILD) event.waitUntil(self.skipWaiting());
});

async function install(): Promise<void> {
  if (WANTED) await keepAll();
  if (!WANTED || (await oldCaches(SCOPE.href)).length) await self.skipWaiting(); // the old worker never lets a new page through
}

async function activate(): Promise<void> {
  const replacesOld = (await oldCaches(SCOPE.href)).length > 0;
  await self.clients.claim();
  await (WANTED ? dropUnused() : forget());
  if (replacesOld) await reloadPages();
}

/** Load the pages of version 0.1.0 again: their files are gone. */
async function reloadPages(): Promise<void> {
  for (const client of await self.clients.matchAll({ type: "window" })) client.navigate(client.url).catch(console.warn);
}

function answer(event: FetchEvent): void {
  const { method, mode, url } = event.request;
  const { origin, pathname, search } = new URL(url);
  if (origin !== SCOPE.origin || !pathname.startsWith(SCOPE.pathname)) return;
  const place = pathname.slice(SCOPE.pathname.length).replace(/^index\.html$/, "");
  if (method === "POST" && place === SHARE_PLACE) return event.respondWith(takeShared(event.request, SCOPE.href));
  if (method !== "GET") return;
  if (mode === "navigate") return navigation(event, place);
  const found = fileAnswer(event.request, place || "./", search);
  if (found) event.respondWith(found);
}

function navigation(event: FetchEvent, place: string): void {
  if (place === "") event.respondWith(pageAnswer(event));
  else if (LOOPBACK) event.waitUntil(forgetIfReplaced());
}
