/** Answers for the page's files: each page gets those of its own version. */
/// <reference lib="webworker" />
import { isOwn, keptFile, ownFile } from "./keeping";
import { inTime } from "./patience";

const HASHED = /^assets\//; // names that hold a hash of the content

/** The answer for a file by its place below the page, or null where the browser asks the network itself. */
export function fileAnswer(request: Request, place: string, search: string): Promise<Response> | null {
  if (HASHED.test(place)) return kept(request, place, true);
  if (/^\?v=\w+$/.test(search)) return kept(request, place + search, false);
  return isOwn(place) ? newest(request, place) : null;
}

/** What an address says the content of: no matter which version has kept it. */
async function kept(request: Request, key: string, ignoreSearch: boolean): Promise<Response> {
  return (await keptFile(key, ignoreSearch)) ?? fetch(request);
}

/** What may have changed, or belong to another site at the same address: the network's, and the kept one without a network. */
async function newest(request: Request, name: string): Promise<Response> {
  const coming = fetch(request).catch(() => null);
  return (await inTime(coming)) ?? (await ownFile(name)) ?? (await coming) ?? Response.error();
}
