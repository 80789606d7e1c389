/** How long the network is waited for before what is kept is shown. */
import { LOOPBACK } from "./forgetting";

const PATIENCE = 3000; // milliseconds; this machine's own servers are waited for, as nothing but another site delays them

/** What comes, or null where it comes too late. */
export function inTime<T>(coming: Promise<T | null>): Promise<T | null> {
  return LOOPBACK ? coming : Promise.race([coming, new Promise<null>((resolve) => setTimeout(resolve, PATIENCE, null))]);
}
