/** Cuts: frames that show another scene than the one before, as `pixelfes.tracking.cuts` has it. */
import type { CutNumbers } from "./numbers";
import { shrunk, type Picture } from "./small_picture";

const WHITE = 255;
const LEAST_CONTRAST = 1e-3;

/** Finds cuts by a small picture of each frame: how much it changes, and whether it is still like the last one. */
export class CutFinder {
  private last: Float32Array | null = null;
  private usual = 0;

  constructor(private readonly numbers: CutNumbers) {}

  /** Whether a frame begins another scene; the first one does not. */
  isCut(frame: Picture): boolean {
    const { size, change: least, likeness: alike, above_usual, memory } = this.numbers;
    const small = shrunk(frame, size).map((level) => level / WHITE);
    const last = this.last;
    this.last = small;
    if (!last) return false;
    const change = small.reduce((sum, value, i) => sum + Math.abs(value - last[i]), 0) / small.length;
    const isCut = change > Math.max(least, above_usual * this.usual) && likeness(last, small) < alike;
    this.usual = isCut ? 0 : memory * this.usual + (1 - memory) * change;
    return isCut;
  }
}

/** The correlation of two small pictures; 0 if one of them is uniform. */
function likeness(one: Float32Array, other: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middle, otherMiddle] = [mean(one), mean(other)];
  let [both, first, second] = [0, 0, 0];
  one.forEach((value, i) => {
    const [a, b] = [value - middle, other[i] - otherMiddle];
    [both, first, second] = [both + a * b, first + a * a, second + b * b];
  });
  return both / Math.max(Math.sqrt(first * second), LEAST_CONTRAST);
}
