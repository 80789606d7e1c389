/** What weight and bias become for one face: scaled by amount, mask and light, and only where it can be seen. */
import { smoothstep } from "./numbers";
import type { Light } from "./light";
import type { Model } from "./model";

const VISIBLE = [1 / 255, 3 / 255] as const;
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

export function computeMaps(model: Model, amount: { skin: number; mouth: number }, light: Light): Maps {
  const { size, channels } = model;
  const side = size + 2;
  const lit = new Float32Array(4 * side * side);
  const added = channels === 3 ? new Float32Array(4 * side * side) : null;
  const largest = new Float32Array(size * size);
  for (let p = 0; p < size * size; p++) {
    const mouth = model.mouth[p];
    const scale = ((1 - mouth) * amount.skin + mouth * amount.mouth) * model.face[p];
    const at = 4 * (side * (1 + ((p / size) | 0)) + 1 + (p % size));
    for (let c = 0; c < 3; c++) {
      const entry = channels === 3 ? 3 * p + c : p;
      const change = (model.weight[entry] - 1) * scale;
      const bias = model.bias[entry] * ((1 - mouth) * light.skin[c] + mouth * light.white[c]) * scale;
      lit[at + c] = bias;
      if (added) added[at + c] = change;
      if (c === 0) lit[at + 3] = change;
      largest[p] = Math.max(largest[p], Math.abs(change), Math.abs(bias));
    }
  }
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

/** Mean of 5 x 5 entries, mirrored about the outermost ones at the border. */
export function blurred(values: Float32Array, size: number): Float32Array {
  return boxAlong(boxAlong(values, size, 1, size), size, size, 1);
}

function boxAlong(values: Float32Array, size: number, step: number, stride: number): Float32Array {
  const out = new Float32Array(values.length);
  const width = 2 * REACH + 1;
  for (let line = 0; line < size; line++) {
    const at = (i: number) => values[line * stride + step * (i < 0 ? -i : i >= size ? 2 * size - 2 - i : i)];
    let sum = 0;
    for (let i = -REACH; i <= REACH; i++) sum += at(i);
    for (let i = 0; i < size; i++) {
      out[line * stride + step * i] = sum / width;
      sum += at(i + REACH + 1) - at(i - REACH);
    }
  }
  return out;
}
