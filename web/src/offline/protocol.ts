/** What the page and its service worker tell each other. */

/** From the page: take over now, or if you are of this version; or: drop what no page uses any more. */
export type Asked = { kind: "take over"; build?: string } | { kind: "tidy" };

/** From the service worker: it has ended, and deleted what it kept. */
export type Told = { kind: "forgotten" };

/** The worker's file; where the page is served on this machine, `KEPT` says that the user wants it kept. */
export const WORKER = "sw.js";
export const KEPT = "?kept";

/** Where other apps send photos to (see manifest.webmanifest), and what the page's address then ends with. */
export const SHARE_PLACE = "share";
export const SHARED = "?shared";
