/** Ends the service worker where the server is not the page's own any more. */
/// <reference lib="webworker" />
import { buildOf } from "../build_mark";
import { deleteAll, isLoopback } from "../places";
import type { Told } from "../protocol";

declare const self: ServiceWorkerGlobalScope;

export const LOOPBACK = isLoopback(self.location.hostname);

/** Unregister, and delete everything that was kept. */
export async function forget(): Promise<void> {
  await self.registration.unregister();
  await deleteAll(self.registration.scope);
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) {
    client.postMessage({ kind: "forgotten" } satisfies Told);
  }
}

/** Forget everything if the server now shows something else at the page's address. */
export async function forgetIfReplaced(): Promise<void> {
  const answer = await fetch(self.registration.scope, { cache: "no-store" }).catch(() => null);
  if (answer && (await isForeign(answer))) await forget();
}

/** Whether an answer to a request for the page shows that the page is not there any more; a server in trouble shows nothing. */
export async function isForeign(answer: Response): Promise<boolean> {
  if (answer.ok) return (await buildOf(answer)) === null;
  return LOOPBACK || answer.status === 404 || answer.status === 410;
}
