/** Work that is done in slices is the same work, lets others have a turn, and ends when it is given up. */
import { describe, expect, it } from "vitest";
import { gaussian, gaussianWork } from "../src/core/maps";
import { finish, within, type Work } from "../src/core/work";
import { inSlices } from "../src/photos/slices";

/** Work of so many pieces, each of which takes so many milliseconds; it says how far it came, and whether it was ended. */
function* slow(pieces: number, milliseconds: number, log = { done: 0, isEnded: false }): Work<string> {
  try {
    for (let i = 0; i < pieces; i++) {
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
      log.done++;
      yield (i + 1) / pieces;
    }
    return "done";
  } finally {
    log.isEnded = true;
  }
}

describe("work in pieces", () => {
  it("gives the same at once and in slices", async () => {
    expect(finish(slow(3, 0))).toBe("done");
    expect(await inSlices(slow(3, 0))).toBe("done");
    const picture = Float32Array.from({ length: 300 * 200 }, (_, i) => Math.sin(i));
    expect(await inSlices(gaussianWork(picture, 300, 9, 12))).toEqual(gaussian(picture, 300, 9, 12));
  });

  it("is a share of other work", () => {
    const shares = [...within(slow(2, 0), 0.5, 0.9)];
    expect(shares).toEqual([0.7, 0.9]);
  });

  it("lets others have a turn, and is not slowed down by it", async () => {
    const turns: number[] = [];
    const timer = setInterval(() => turns.push(performance.now()), 1);
    await inSlices(slow(40, 5));
    clearInterval(timer);
    expect(turns.length).toBeGreaterThanOrEqual(3); // of 200 ms
  });

  it("says how much of it is done, and never less than before", async () => {
    const shares: number[] = [];
    const work = function* (): Work<void> {
      yield* slow(10, 5);
      yield* within(slow(10, 5), 0.3, 0.6);
    };
    await inSlices(work(), { progress: (share) => shares.push(share) });
    expect(shares.length).toBeGreaterThan(2);
    expect(shares).toEqual(shares.slice().sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it("ends when it is given up, with what it holds", async () => {
    const log = { done: 0, isEnded: false };
    const control = new AbortController();
    setTimeout(() => control.abort(), 20);
    const work = inSlices(within(slow(1000, 5, log), 0, 1), { signal: control.signal });
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
    expect(log.done).toBeLessThan(500);
    expect(log.isEnded).toBe(true);
  });

  it("does not begin where it was given up before", async () => {
    const log = { done: 0, isEnded: false };
    await expect(inSlices(slow(3, 0, log), { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(DOMException);
    expect(log.done).toBe(0);
  });

  it("fails as its pieces fail", async () => {
    const work = function* (): Work<void> {
      yield;
      throw new RangeError("no");
    };
    expect(() => finish(work())).toThrow(RangeError);
    await expect(inSlices(work())).rejects.toThrow(RangeError);
  });
});
