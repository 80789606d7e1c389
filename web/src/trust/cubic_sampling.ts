/** A picture read between its pixels by OpenCV's cubic; coordinates in pixels, pixel centres at whole numbers. */
import { clamp } from "../core/numbers";

const A = -0.75;

/** A picture of numbers, one array a channel. */
export interface Picture {
  channels: Float32Array[];
  width: number;
  height: number;
}

/** The four weights of a cubic at a fraction of a pixel. */
export function cubicWeights(t: number, weights: Float64Array): void {
  const [before, after] = [t + 1, 1 - t];
  weights[0] = ((A * before - 5 * A) * before + 8 * A) * before - 4 * A;
  weights[1] = ((A + 2) * t - (A + 3)) * t * t + 1;
  weights[2] = ((A + 2) * after - (A + 3)) * after * after + 1;
  weights[3] = 1 - weights[0] - weights[1] - weights[2];
}

/** The channels of a picture at places x y x y ..., limited to 0 and 1; its outermost pixels go on outside. */
export function sampleCubic({ channels, width, height }: Picture, places: Float32Array): Float32Array[] {
  const count = places.length / 2;
  const out = channels.map(() => new Float32Array(count));
  const [across, down] = [new Float64Array(4), new Float64Array(4)];
  const [columns, rows] = [new Int32Array(4), new Int32Array(4)];
  for (let i = 0; i < count; i++) {
    taps(places[2 * i], width, across, columns);
    taps(places[2 * i + 1], height, down, rows);
    for (let c = 0; c < channels.length; c++) {
      const channel = channels[c];
      let sum = 0;
      for (let j = 0; j < 4; j++) {
        const row = rows[j] * width;
        sum +=
          down[j] *
          (across[0] * channel[row + columns[0]] +
            across[1] * channel[row + columns[1]] +
            across[2] * channel[row + columns[2]] +
            across[3] * channel[row + columns[3]]);
      }
      out[c][i] = Math.min(1, Math.max(0, sum));
    }
  }
  return out;
}

/** Weights and indices of the four pixels around a place, along one axis. */
function taps(place: number, count: number, weights: Float64Array, indices: Int32Array): void {
  const base = Math.floor(place);
  cubicWeights(place - base, weights);
  for (let k = 0; k < 4; k++) indices[k] = clamp(base + k - 1, 0, count - 1);
}
