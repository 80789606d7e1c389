/** Keeps the page for use without a network, and offers new versions of it. */
import { installedByUser, isApp } from "./installing";
import { MESSAGES } from "./messages";
import { cacheName, deleteAll, isLoopback } from "./places";
import { KEPT, WORKER, type Asked, type Told } from "./protocol";
import { BUILD, isReplaced, SCOPE } from "./version";

/** What the page is told: it is kept now, a new version is there (with what loads it), or nothing is kept any more. */
export interface OfflineNews {
  onKept?(): void;
  onUpdate?(apply: () => void): void;
  onForgotten?(): void;
}

/** Whether the page is kept, and whether a new version has been offered. */
export const offlineState = { kept: false, offered: false };

const LOOPBACK = isLoopback(location.hostname);
const REFUSED = "pixelfes-offline-refused"; // key of the one thing remembered: that the user wants nothing kept
const PAUSE = 1000; // milliseconds until what the page asks for once it is loaded, such as its pictures, is there too
const ACTIVATION = 3000; // milliseconds that a waiting worker gets to take over
let news: OfflineNews = {};
let quiet: Promise<unknown> = Promise.resolve(); // when the page asks for nothing any more by itself
let checking: Promise<void> | null = null;

/** Whether this browser can keep the page, at this address. */
export const canKeep = (): boolean => BUILD !== null && "serviceWorker" in navigator;

/**
 * Keep the page unless it is served on this machine, where other programs use the same address: there only if it is installed.
 *
 * New versions are looked for whenever the page comes to the front. `loaded` ends when the page has loaded its files, or cannot.
 */
export async function startOffline(told: OfflineNews, loaded: Promise<unknown>): Promise<void> {
  news = told;
  quiet = loaded.catch(() => undefined).then(() => new Promise((resolve) => setTimeout(resolve, PAUSE)));
  if (BUILD === null) return;
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && check());
  window.addEventListener("focus", check);
  window.addEventListener("vite:preloadError", check); // a file of this version is gone
  if (!canKeep()) return;
  navigator.serviceWorker.addEventListener("message", ({ data }: MessageEvent<Told>) => data.kind === "forgotten" && forgotten());
  navigator.serviceWorker.addEventListener("controllerchange", check);
  installedByUser(() => void keepOffline().catch(console.warn));
  holdVersion();
  const wanted = (isApp() || !LOOPBACK) && localStorage.getItem(REFUSED) === null;
  if (wanted || (await ownRegistration())) await register();
  if (navigator.serviceWorker.controller) void check();
}

/** Keep the page on this device; done when every file is. */
export async function keepOffline(): Promise<void> {
  if (!canKeep()) throw new Error(MESSAGES.cannotKeep);
  localStorage.removeItem(REFUSED);
  await register();
}

/** Delete what is kept of the page, and keep nothing until `keepOffline`. */
export async function forgetOffline(): Promise<void> {
  if (!canKeep()) return;
  localStorage.setItem(REFUSED, "yes");
  await (await ownRegistration())?.unregister();
  await deleteAll(SCOPE);
  forgotten();
}

/** Load the page again in its newest version. */
export async function applyUpdate(): Promise<void> {
  const waiting = canKeep() ? (await ownRegistration())?.waiting : null;
  if (waiting) {
    tell(waiting, { kind: "take over" });
    await activation(waiting);
  }
  location.reload();
}

async function ownRegistration(): Promise<ServiceWorkerRegistration | undefined> {
  const found = await navigator.serviceWorker.getRegistration(SCOPE);
  return found?.scope === SCOPE ? found : undefined; // not that of another page above this folder
}

async function register(): Promise<void> {
  const registration = await navigator.serviceWorker.register(`${SCOPE}${WORKER}${LOOPBACK ? KEPT : ""}`, { updateViaCache: "none" });
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  if (!worker || !(await reaches(worker, "activated"))) throw new Error(MESSAGES.notKept);
  registration.onupdatefound = () => void greet(registration);
  await greet(registration);
  tell(registration.active, { kind: "tidy" });
  offlineState.kept = true;
  news.onKept?.();
}

/** Let a new worker of the page's own version take over: no page needs the old one; while it answers, Chromium waits for long. */
async function greet({ installing, waiting }: ServiceWorkerRegistration): Promise<void> {
  const coming = installing ?? waiting;
  if (!coming || !(await reaches(coming, "installed"))) return;
  await quiet;
  tell(coming, { kind: "take over", build: BUILD ?? "" });
  await activation(coming);
}

/** Wait until a worker has taken over, but not for long. */
function activation(worker: ServiceWorker): Promise<unknown> {
  return Promise.race([reaches(worker, "activated"), new Promise((resolve) => setTimeout(resolve, ACTIVATION))]);
}

function tell(worker: ServiceWorker | null, asked: Asked): void {
  worker?.postMessage(asked);
}

/** Wait until a worker is so far; false if it never will be. */
function reaches(worker: ServiceWorker, wanted: "installed" | "activated"): Promise<boolean> {
  const order = ["parsed", "installing", "installed", "activating", "activated"];
  return new Promise((resolve) => {
    const look = (): void => {
      if (worker.state === "redundant") resolve(false);
      else if (order.indexOf(worker.state) >= order.indexOf(wanted)) resolve(true);
    };
    worker.addEventListener("statechange", look);
    look();
  });
}

/** Look for a new version; of several calls at the same time, the first does it. */
export function check(): Promise<void> {
  checking ??= lookForUpdate()
    .catch(console.warn)
    .finally(() => (checking = null));
  return checking;
}

async function lookForUpdate(): Promise<void> {
  const registration = canKeep() ? await ownRegistration() : undefined;
  await registration?.update().catch(forgetIfGone);
  if (offlineState.offered || !(await isReplaced())) return;
  if (registration?.installing) await reaches(registration.installing, "installed");
  offlineState.offered = true;
  news.onUpdate?.(() => void applyUpdate());
}

/** A server without the worker's file wants the page kept no more. */
async function forgetIfGone(): Promise<void> {
  const answer = await fetch(`${SCOPE}${WORKER}`, { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (answer?.status !== 404 && answer?.status !== 410) return;
  await (await ownRegistration())?.unregister();
  await deleteAll(SCOPE);
  forgotten();
}

function forgotten(): void {
  if (offlineState.kept) news.onForgotten?.();
  offlineState.kept = false;
}

/** Hold a lock named as this version's cache, so that the cache stays while this page is open. */
function holdVersion(): void {
  const open = (): Promise<never> => new Promise(() => undefined);
  void navigator.locks.request(cacheName(SCOPE, BUILD ?? ""), { mode: "shared" }, open);
}
