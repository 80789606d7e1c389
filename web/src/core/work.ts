/** Work in pieces: between two of them somebody else may have a turn, or the work may end. */

/** Work that gives a result; between its pieces it yields the share of it that is done, or nothing where it cannot tell. */
export type Work<T> = Generator<number | undefined, T, void>;

/** Do all of some work at once. */
export function finish<T>(work: Work<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Do work as a part of other work: all of it is the share of the other from `from` to `to`. */
export function* within<T>(work: Work<T>, from: number, to: number): Work<T> {
  try {
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
      yield value === undefined ? undefined : from + (to - from) * value;
    }
  } finally {
    work.return(undefined as T); // nothing where it is at its end; where it was given up, it frees what it holds
  }
}
