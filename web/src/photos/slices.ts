/** Does long work in slices, so that the page answers meanwhile, and the work can be given up. */
import type { Work } from "../core/work";

export { finish, type Work } from "../core/work";

const SLICE = 30; // milliseconds until the page has a turn

export interface SliceOptions {
  /** Ends the work: an `AbortError` is thrown. */
  signal?: AbortSignal;
  /** Told the share of the work that is done, 0 to 1, whenever the page has had a turn, and at the end. */
  progress?: (share: number) => void;
}

/** Do work in slices of about 30 ms, with a turn for the page between them. */
export async function inSlices<T>(work: Work<T>, { signal, progress }: SliceOptions = {}): Promise<T> {
  let [start, share] = [performance.now(), 0];
  try {
    for (;;) {
      if (signal?.aborted) throw new DOMException("the work was given up", "AbortError");
      const { done, value } = work.next();
      if (done) {
        progress?.(1);
        return value;
      }
      share = Math.max(share, value ?? 0);
      if (performance.now() - start < SLICE) continue;
      progress?.(share);
      await turn();
      start = performance.now();
    }
  } finally {
    work.return(undefined as T);
  }
}

/** Let the page do what waits; sooner than a timeout would, and in a page in the background as well. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
