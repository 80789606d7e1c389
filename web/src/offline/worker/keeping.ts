/** Keeps the files of one version of the page on the device, and drops those of versions that nobody uses any more. */
/// <reference lib="webworker" />
import { buildOf, hashOf } from "../build_mark";
import { cacheName, keptVersions, oldCaches } from "../places";

declare const self: ServiceWorkerGlobalScope;
/** Address and content hash of every file of the page, and the name of this version; filled in by the build. */
declare const __KEPT__: [address: string, hash: string][];
declare const __BUILD__: string;

export const BUILD = __BUILD__;
const PAGE = "./";
const SCOPE = self.registration.scope;
const CACHE = cacheName(SCOPE, BUILD);

const keyOf = (address: string, hash: string): string => (address.includes("?") ? address : `${address}?v=${hash}`);

/** Keep every file of this version, all or none; what another version has kept unchanged is not fetched again. */
export async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  await Promise.all(
    __KEPT__.map(async ([address, hash]) => {
      const key = keyOf(address, hash);
      if (await cache.match(key)) return;
      await cache.put(key, (await keptFile(key)) ?? (await fetched(address, hash)));
    }),
  );
}

/** Fetch a file, which must be of this very version: the server may have moved on meanwhile. */
async function fetched(address: string, hash: string): Promise<Response> {
  const response = await fetch(address, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  const found = address === PAGE ? await buildOf(response) : await hashOf(await response.clone().arrayBuffer());
  if (found !== hash) throw new Error(`${address} is of another version`);
  return response;
}

/** A file that any kept version has; `ignoreSearch` finds it by its name alone. */
export async function keptFile(key: string, ignoreSearch = false): Promise<Response | undefined> {
  for (const cacheName of await keptVersions(SCOPE)) {
    const found = await caches.match(key, { cacheName, ignoreSearch });
    if (found) return found;
  }
  return undefined;
}

/** A file of this version by its name, or undefined where it is none. */
export async function ownFile(name: string): Promise<Response | undefined> {
  const known = __KEPT__.find(([address]) => address.split("?")[0] === name);
  return known && (await caches.match(keyOf(...known), { cacheName: CACHE }));
}

/** The kept page itself. */
export const keptPage = (): Promise<Response | undefined> => ownFile(PAGE);

/** Whether a name is that of a file of this version. */
export const isOwn = (name: string): boolean => __KEPT__.some(([address]) => address.split("?")[0] === name);

/** Drop the versions that no open page runs. */
export async function dropUnused(): Promise<void> {
  const { held = [] } = await self.navigator.locks.query();
  const used = new Set([CACHE, ...held.map(({ name }) => name)]);
  const names = [...(await keptVersions(SCOPE)), ...(await oldCaches(SCOPE))];
  await Promise.all(names.filter((name) => !used.has(name)).map((name) => caches.delete(name)));
}
