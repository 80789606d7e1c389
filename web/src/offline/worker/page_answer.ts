/** Answers for the page itself: the network's answer where there is one, the kept page where there is none. */
/// <reference lib="webworker" />
import { forget, forgetIfReplaced, isForeign, LOOPBACK } from "./forgetting";
import { keptPage } from "./keeping";
import { inTime } from "./patience";

/** The page from the network, or the kept one; another site's answer ends the service worker, and is let through. */
export async function pageAnswer(event: FetchEvent): Promise<Response> {
  const coming = fromNetwork(event.request);
  event.waitUntil(coming); // a late answer may still be another site's
  return (await inTime(coming)) ?? (await keptPage()) ?? (await coming) ?? Response.error();
}

async function fromNetwork(request: Request): Promise<Response | null> {
  const answer = await fetch(request, { cache: "no-cache" }).catch(() => null);
  if (!answer || (!LOOPBACK && answer.status >= 500)) return null;
  if (answer.type === "opaqueredirect") await forgetIfReplaced();
  else if (await isForeign(answer)) await forget();
  return answer;
}
