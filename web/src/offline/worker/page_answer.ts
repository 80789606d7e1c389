/** Answers for the page itself: the network's answer where there is one, the kept page where there is none. */
/// <reference lib="webworker" />
import { forget, forgetIfReplaced, isForeign, LOOPBACK } from "./forgetting";
import { keptPage } from "./keeping";

const PATIENCE = 3000; // milliseconds, for a network that does not answer; this machine's own servers are waited for

/** The page from the network, or the kept one; another site's answer ends the service worker, and is let through. */
export async function pageAnswer(event: FetchEvent): Promise<Response> {
  const coming = fromNetwork(event.request);
  event.waitUntil(coming); // a late answer may still be another site's
  const inTime = LOOPBACK ? await coming : await Promise.race([coming, patience()]);
  return inTime ?? (await keptPage()) ?? (await coming) ?? Response.error();
}

async function fromNetwork(request: Request): Promise<Response | null> {
  const answer = await fetch(request, { cache: "no-cache" }).catch(() => null);
  if (!answer || (!LOOPBACK && answer.status >= 500)) return null;
  if (answer.type === "opaqueredirect") await forgetIfReplaced();
  else if (await isForeign(answer)) await forget();
  return answer;
}

function patience(): Promise<null> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE, null));
}
