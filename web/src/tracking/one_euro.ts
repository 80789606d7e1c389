/** The one-euro filter (Casiez et al., CHI 2012), as `pixelfes.tracking.one_euro` has it; times in seconds. */
import type { OneEuroSettings } from "./numbers";

/** Gives the speed of each entry of a value from its derivative. */
export type SpeedOf = (derivative: Float64Array) => (entry: number) => number;

/** The share of a new value that a low-pass of a cut-off frequency (Hz) takes after a step (s). */
export function gain(cutoff: number, step: number): number {
  const turns = 2 * Math.PI * cutoff * step;
  return turns / (turns + 1);
}

/** A filter of arrays of one length. */
export class OneEuro {
  private time = 0;
  private given: Float64Array | null = null;
  private value = new Float64Array(0);
  private derivative = new Float64Array(0);

  constructor(
    private readonly settings: OneEuroSettings,
    private readonly speedOf: SpeedOf,
  ) {}

  /** The filtered value at a time; the first value passes, and so does one whose time does not go on. */
  filtered(given: Float64Array, time: number): Float64Array {
    const step = time - this.time;
    if (!this.given || step <= 0) [this.value, this.derivative] = [given.slice(), new Float64Array(given.length)];
    else this.follow(given, this.given, step);
    [this.given, this.time] = [given, time];
    return this.value;
  }

  private follow(given: Float64Array, last: Float64Array, step: number): void {
    const { cutoff, slope, speed_cutoff } = this.settings;
    const share = gain(speed_cutoff, step);
    this.derivative = this.derivative.map((value, i) => value + share * ((given[i] - last[i]) / step - value));
    const speed = this.speedOf(this.derivative);
    this.value = this.value.map((value, i) => value + gain(cutoff + slope * speed(i), step) * (given[i] - value));
  }
}
