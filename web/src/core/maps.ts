/** What weight and bias become for one face: scaled by amount, mask and light, and only where it can be seen. */
import { smoothstep } from "./numbers";
import { finish, type Work } from "./work";
import type { Light } from "./light";
import type { Model } from "./model";
import type { Points } from "./pose";

const VISIBLE = [1 / 255, 3 / 255] as const;
const WIDEST_BLUR = 12; // pixels of the grid
const OUTER_LIPS = [0, 17] as const; // the middle of the outer edges of the lips
const PRODUCTS_AT_ONCE = 4e6; // of a blur
const REACH = 2; // of the box that smooths what can be seen

export interface Maps {
  /**
   * The change of weight and the bias in units of 255, in a square of (size + 2)^2 with a border of zeros, four numbers each:
   * `lit` is bias (red, green, blue) and change of weight (red, or all colours); `added` the change of weight alone.
   */
  lit: Float32Array;
  added: Float32Array | null;
  /** What can be seen (size, size), 0 to 1. */
  seen: Float32Array;
}

/** What the maps depend on beside the amounts: light, bare skin and sharpness of the photo. */
export interface Surroundings {
  light: Light;
  skin: Float32Array;
  blur: number;
}

export function computeMaps(
  model: Model,
  amount: { skin: number; mouth: number; teethLight: number },
  { light, skin, blur }: Surroundings,
  moved: Points,
): Maps {
  const { size, channels } = model;
  const side = size + 2;
  const lit = new Float32Array(4 * side * side);
  const added = channels === 3 ? new Float32Array(4 * side * side) : null;
  for (let p = 0; p < size * size; p++) {
    const mouth = model.mouth[p];
    const scale = ((1 - mouth) * amount.skin + mouth * amount.mouth) * model.face[p] * skin[p];
    const at = 4 * (side * (1 + ((p / size) | 0)) + 1 + (p % size));
    for (let c = 0; c < 3; c++) {
      const entry = channels === 3 ? 3 * p + c : p;
      const change = (model.weight[entry] - 1) * scale;
      const bias = model.bias[entry] * ((1 - mouth) * light.skin[c] + mouth * amount.teethLight * light.white[c]) * scale;
      lit[at + c] = bias;
      if (added) added[at + c] = change;
      if (c === 0) lit[at + 3] = change;
    }
  }
  if (blur > 0) for (const maps of [lit, added]) if (maps) soften(model, maps, blur, moved);
  const largest = largestOf(size, lit, added);
  const seen = blurred(largest, size).map((value) => smoothstep(value, ...VISIBLE));
  for (let p = 0; p < size * size; p++) {
    const at = 4 * (side * (1 + ((p / size) | 0)) + 1 + (p % size));
    for (let c = 0; c < 4; c++) {
      lit[at + c] *= seen[p];
      if (added) added[at + c] *= seen[p];
    }
  }
  return { lit, added, seen };
}

/** The largest change of weight or bias at every pixel of the grid. */
function largestOf(size: number, lit: Float32Array, added: Float32Array | null): Float32Array {
  return Float32Array.from({ length: size * size }, (_, p) => {
    const at = 4 * ((size + 2) * (1 + ((p / size) | 0)) + 1 + (p % size));
    let most = 0;
    for (let c = 0; c < 4; c++) most = Math.max(most, Math.abs(lit[at + c]), added ? Math.abs(added[at + c]) : 0);
    return most;
  });
}

/** Blur maps around the mouth as far as the photo is, given in pixels of the photo. */
function soften(model: Model, maps: Float32Array, blur: number, moved: Points): void {
  const { size, lips, vertices, points } = model;
  const scale = ([i, j]: readonly number[]) => {
    const apart = (a: ArrayLike<number>, step: number) => Math.hypot(a[step * j] - a[step * i], a[step * j + 1] - a[step * i + 1]);
    return Math.min(WIDEST_BLUR, (blur * apart(vertices, 2)) / Math.max(apart(moved, 3), 1e-3));
  };
  const [wide, high] = [scale(points.mouth_corners), scale(OUTER_LIPS)];
  const at = (p: number) => 4 * ((size + 2) * (1 + ((p / size) | 0)) + 1 + (p % size));
  for (let c = 0; c < 4; c++) {
    const channel = Float32Array.from({ length: size * size }, (_, p) => maps[at(p) + c]);
    gaussian(channel, size, wide, high).forEach((value, p) => (maps[at(p) + c] += lips[p] * (value - channel[p])));
  }
}

/** A Gaussian blur as OpenCV has it for floats: nine deviations wide, mirrored about the outermost entries. */
export function gaussian(values: Float32Array, width: number, across: number, down: number): Float32Array {
  return finish(gaussianWork(values, width, across, down));
}

/** The same in pieces, for large pictures. */
export function* gaussianWork(values: Float32Array, width: number, across: number, down: number): Work<Float32Array> {
  const rows = yield* blurredAcross(values, width, gaussianWeights(across));
  return yield* blurredDown(rows, width, gaussianWeights(down));
}

/** Weights that sum up to 1, the middle one in the middle. */
function gaussianWeights(deviation: number): Float64Array {
  const reach = (Math.round(deviation * 8 + 1) | 1) >> 1;
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Rows that are blurred between two pauses. */
const rowsAtOnce = (width: number, weights: Float64Array): number => Math.max(1, Math.floor(PRODUCTS_AT_ONCE / (width * weights.length)));

function* blurredAcross(values: Float32Array, width: number, weights: Float64Array): Work<Float32Array> {
  const reach = weights.length >> 1;
  const atOnce = rowsAtOnce(width, weights);
  const line = new Float64Array(width + 2 * reach);
  const out = new Float32Array(values.length);
  for (let start = 0, row = 1; start < values.length; start += width, row++) {
    if (row % atOnce === 0) yield;
    line.set(values.subarray(start, start + width), reach);
    for (let i = 0; i < reach; i++) {
      line[i] = values[start + mirroredInto(i - reach, width)];
      line[reach + width + i] = values[start + mirroredInto(width + i, width)];
    }
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * line[x + k];
      out[start + x] = sum;
    }
  }
  return out;
}

function* blurredDown(values: Float32Array, width: number, weights: Float64Array): Work<Float32Array> {
  const height = values.length / width;
  const reach = weights.length >> 1;
  const atOnce = rowsAtOnce(width, weights);
  const sums = new Float64Array(width);
  const out = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    if (y % atOnce === atOnce - 1) yield;
    sums.fill(0);
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k];
      const row = width * mirroredInto(y + k - reach, height);
      for (let x = 0; x < width; x++) sums[x] += weight * values[row + x];
    }
    out.set(sums, y * width);
  }
  return out;
}

/** An index of a line that is mirrored about its outermost entries. */
function mirroredInto(i: number, count: number): number {
  if (count === 1) return 0;
  const turn = 2 * count - 2;
  const place = ((i % turn) + turn) % turn;
  return place < count ? place : turn - place;
}

/** Mean of 2 reach + 1 entries in both directions, mirrored about the outermost ones at the border. */
export function blurred(values: Float32Array, size: number, reach = REACH): Float32Array {
  return boxAlong(boxAlong(values, size, 1, size, reach), size, size, 1, reach);
}

function boxAlong(values: Float32Array, size: number, step: number, stride: number, reach: number): Float32Array {
  const out = new Float32Array(values.length);
  const width = 2 * reach + 1;
  for (let line = 0; line < size; line++) {
    const at = (i: number) => values[line * stride + step * (i < 0 ? -i : i >= size ? 2 * size - 2 - i : i)];
    let sum = 0;
    for (let i = -reach; i <= reach; i++) sum += at(i);
    for (let i = 0; i < size; i++) {
      out[line * stride + step * i] = sum / width;
      sum += at(i + reach + 1) - at(i - reach);
    }
  }
  return out;
}
