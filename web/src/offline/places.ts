/** Where the page's kept files lie, and which hosts count as this machine; for the page and its service worker. */

/** Whether a host is this machine, where other programs use the same address at other times. */
export function isLoopback(host: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(host);
}

/** The cache of one version of the page, and the lock that a page of this version holds while it is open. */
export function cacheName(scope: string, build: string): string {
  return `pixelfes-page:${new URL(scope).pathname}:${build}`;
}

/** The cache of photos that another app has shared, until the page has read them. */
export function sharedCacheName(scope: string): string {
  return `pixelfes-shared:${new URL(scope).pathname}`;
}

/** Names of all versions that are kept. */
export async function keptVersions(scope: string): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(cacheName(scope, "")));
}

/** Names of what version 0.1.0 of the page has kept. */
export async function oldCaches(scope: string): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(`pixelfes:${new URL(scope).pathname}:`));
}

/** Delete everything that the page keeps on this device. */
export async function deleteAll(scope: string): Promise<void> {
  const names = [...(await keptVersions(scope)), ...(await oldCaches(scope)), sharedCacheName(scope)];
  await Promise.all(names.map((name) => caches.delete(name)));
}
