/** Photos that another app shares: the service worker takes them, the page reads them, and no server sees them. */
import { SHARE_PLACE, SHARED } from "./protocol";
import { sharedCacheName } from "./places";

const FIELD = "photos"; // as in manifest.webmanifest
const NAME = "X-Name";

/** Put the photos of a request aside, and lead to the page. */
export async function takeShared(request: Request, scope: string): Promise<Response> {
  await caches.delete(sharedCacheName(scope));
  const cache = await caches.open(sharedCacheName(scope));
  const files = (await request.formData()).getAll(FIELD).filter((entry): entry is File => entry instanceof File);
  for (const [i, file] of files.entries()) {
    const headers = { "Content-Type": file.type, [NAME]: encodeURIComponent(file.name) };
    await cache.put(`${SHARE_PLACE}/${i}`, new Response(file, { headers }));
  }
  return Response.redirect(new URL(SHARED, scope).href, 303);
}

/** Return the photos that were put aside, in their order, and delete them. */
export async function readShared(scope: string): Promise<File[]> {
  const cache = await caches.open(sharedCacheName(scope));
  const kept = await cache.matchAll();
  const files = await Promise.all(
    kept.map(async (response) => {
      const type = response.headers.get("Content-Type") ?? "";
      return new File([await response.blob()], decodeURIComponent(response.headers.get(NAME) ?? "photo"), { type });
    }),
  );
  await caches.delete(sharedCacheName(scope));
  return files;
}
