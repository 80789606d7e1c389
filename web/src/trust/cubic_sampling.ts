/** A picture read between its pixels by OpenCV's cubic; coordinates in pixels, pixel centres at whole numbers. */

const A = -0.75;

/** A picture of numbers, one array a channel. */
export interface Picture {
  channels: Float32Array[];
  width: number;
  height: number;
}

/** The channels of a picture at places x y x y ..., limited to 0 and 1; its outermost pixels go on outside. */
export function sampleCubic({ channels, width, height }: Picture, places: Float32Array): Float32Array[] {
  const count = places.length / 2;
  const out = channels.map(() => new Float32Array(count));
  const weights = new Float64Array(8); // of four columns, then of four rows
  const at = new Int32Array(8);
  for (let i = 0; i < count; i++) {
    takeTaps(places[2 * i], width, weights, at, 0);
    takeTaps(places[2 * i + 1], height, weights, at, 4);
    for (let c = 0; c < channels.length; c++) out[c][i] = weighted(channels[c], width, weights, at);
  }
  return out;
}

/** Weights and indices of the four pixels around a place, along one axis; from an entry on. */
function takeTaps(place: number, count: number, weights: Float64Array, at: Int32Array, from: number): void {
  const base = Math.floor(place);
  const t = place - base;
  const [before, after] = [t + 1, 1 - t];
  weights[from] = ((A * before - 5 * A) * before + 8 * A) * before - 4 * A;
  weights[from + 1] = ((A + 2) * t - (A + 3)) * t * t + 1;
  weights[from + 2] = ((A + 2) * after - (A + 3)) * after * after + 1;
  weights[from + 3] = 1 - weights[from] - weights[from + 1] - weights[from + 2];
  for (let k = 0; k < 4; k++) at[from + k] = Math.min(Math.max(base + k - 1, 0), count - 1);
}

/** The weighted sum of 4 x 4 pixels, limited to 0 and 1. */
function weighted(channel: Float32Array, width: number, weights: Float64Array, at: Int32Array): number {
  let sum = 0;
  for (let j = 4; j < 8; j++) {
    const row = at[j] * width;
    const left = weights[0] * channel[row + at[0]] + weights[1] * channel[row + at[1]];
    sum += weights[j] * (left + weights[2] * channel[row + at[2]] + weights[3] * channel[row + at[3]]);
  }
  return Math.min(1, Math.max(0, sum));
}
