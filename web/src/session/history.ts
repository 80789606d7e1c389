/** Undo and redo: the states of something, one after another. */

export interface History<T> {
  readonly past: readonly T[];
  readonly now: T;
  readonly future: readonly T[];
}

const MOST = 200; // steps that can be taken back

export const begun = <T>(now: T): History<T> => ({ past: [], now, future: [] });

/** Go on to a new state; what was undone before is gone. */
export function step<T>({ past, now }: History<T>, next: T): History<T> {
  return { past: [...past, now].slice(-MOST), now: next, future: [] };
}

/** Change the present state without a step, as while a slider is moved. */
export const amend = <T>(history: History<T>, now: T): History<T> => ({ ...history, now });

/** One step back, if there is one. */
export function undone<T>(history: History<T>): History<T> {
  const { past, now, future } = history;
  if (!past.length) return history;
  return { past: past.slice(0, -1), now: past[past.length - 1], future: [now, ...future] };
}

/** One step forward again, if there is one. */
export function redone<T>(history: History<T>): History<T> {
  const { past, now, future } = history;
  if (!future.length) return history;
  return { past: [...past, now], now: future[0], future: future.slice(1) };
}
