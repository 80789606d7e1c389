/** A model file, as `pixelfes.export.web.model` writes it: safetensors with one JSON entry. */

import { areNumbers, type TrackingModel, type TrackingNumbers } from "../tracking/numbers";
import { surfaceOf, type Surface } from "./skin";

export const N_POINTS = 468;
export const SKIN = 0;
export const RING = 3;

const KEY = "pixelfes-web";
const VERSION = 3;
const NAMES = [
  "right_eye_corners",
  "left_eye_corners",
  "inner_lips",
  "right_eye",
  "left_eye",
  "cheeks_and_forehead",
  "stable",
  "oval",
  "mouth_corners",
  "outer_mouth",
  "upper_inner",
  "lower_inner",
  "upper_outer",
  "lower_outer",
] as const;

type Range = [number, number];

/** The numbers of a plan, by their names in `pixelfes.export.web.model`. */
export interface PlanNumbers {
  offsets: number[];
  scale: number[];
  /** K x K, row by row. */
  inverse: number[];
  from_front: number[];
  adult_deviations: number[];
  /** K x 3, row by row. */
  action_measures: number[];
  mean_measures: number[];
  taken: number[];
  gains: number[];
  clear: Range;
  smiling: Range;
  turned: Range;
  in_the_light: Range;
  smile: number;
  jaw_open: number;
  brow_down: number;
  brow_up: number;
  chin: number;
  childlike: number;
  rounds: number;
  step: number;
  taken_back_at: number;
  parted: number;
  own_teeth: number;
  broad: number;
  room_for_lips: number;
  upper_lip_share: number;
  teeth_from: number;
  shade: number;
}

export type PointName = (typeof NAMES)[number];

export interface Model {
  expression: string;
  attribution: string;
  packageVersion: string;
  bytes: number;
  /** Side of the model grid. */
  size: number;
  /** 1 where all colours share one weight and one bias, else 3; of `weight` and `bias`. */
  channels: 1 | 3;
  weight: Float32Array;
  bias: Float32Array;
  face: Float32Array;
  mouth: Float32Array;
  /** 1 on the lips and between them, and deep between the lips, falling to 0 around. */
  lips: Float32Array;
  deep: Float32Array;
  /** The reference shape with its ring on the model grid, x y x y ... */
  vertices: Float32Array;
  reference: Float32Array;
  /** The mean face that facial actions are read against. */
  head: Float32Array;
  actionReadouts: Float32Array;
  takenActions: Float32Array;
  normals: Float32Array;
  plan: PlanNumbers;
  /** What a camera's faces are followed with. */
  tracking: TrackingModel;
  surface: Surface;
  movement: Float32Array;
  opening: Float32Array;
  readout: Float32Array;
  readoutOffset: number;
  restingGap: number;
  fullGap: number;
  triangles: Uint16Array;
  region: Uint8Array;
  points: Record<PointName, number[]>;
}

export class ModelFileError extends Error {}

interface Tensor {
  shape: number[];
  values: Float32Array | Uint16Array | Uint8Array | Int8Array;
}

/** A file of arrays, and the JSON object in its metadata; an array of another shape is a `ModelFileError`. */
export interface TensorFile<Facts> {
  facts: Facts;
  shapeOf(name: string): number[];
  of(name: string, ...shape: number[]): Tensor["values"];
  floats(name: string, ...shape: number[]): Float32Array;
  /** Numbers from 0 to 1, stored as 0 to 255. */
  share(name: string, ...shape: number[]): Float32Array;
}

/** Read a model file; whatever is wrong with it is a `ModelFileError`. */
export function parseModel(file: ArrayBuffer): Model {
  const { facts, shapeOf, of, floats, share } = readTensorFile(file, KEY, checkFacts);
  const [size, , depth] = shapeOf("weight");
  const maps = depth === undefined ? [size, size] : [size, size, 3];
  const corners = N_POINTS + facts.points.oval.length;
  const [count] = shapeOf("region");
  const triangles = Uint16Array.from(of("triangles", count, 3));
  if (triangles.some((corner) => corner >= corners)) throw new ModelFileError("the model's triangles have corners that are not there");
  const vertices = floats("vertices", corners, 2);
  const head = floats("head", N_POINTS, 3);
  return {
    expression: facts.expression,
    attribution: facts.attribution,
    packageVersion: facts.package_version,
    bytes: file.byteLength,
    size,
    channels: depth === undefined ? 1 : 3,
    weight: floats("weight", ...maps),
    bias: floats("bias", ...maps),
    face: share("face", size, size),
    mouth: share("mouth", size, size),
    lips: share("lips", size, size),
    deep: share("deep", size, size),
    vertices,
    surface: surfaceOf(vertices, triangles, size),
    head,
    actionReadouts: floats("action_readouts", facts.plan.offsets.length, N_POINTS, 3),
    takenActions: floats("taken_actions", facts.plan.taken.length, N_POINTS, 3),
    normals: floats("normals", N_POINTS, 3),
    plan: facts.plan,
    tracking: { ...facts.tracking, head, parts: Uint8Array.from(of("parts", N_POINTS)), stable: facts.points.stable },
    reference: floats("reference", N_POINTS, 3),
    movement: floats("movement", N_POINTS, 3),
    opening: floats("opening", N_POINTS, 3),
    readout: floats("readout", N_POINTS, 3),
    readoutOffset: facts.readout_offset,
    restingGap: facts.resting_gap,
    fullGap: facts.full_gap,
    triangles,
    region: Uint8Array.from(of("region", count)),
    points: facts.points,
  };
}

interface Facts {
  version: number;
  expression: string;
  attribution: string;
  package_version: string;
  readout_offset: number;
  resting_gap: number;
  full_gap: number;
  points: Record<PointName, number[]>;
  plan: PlanNumbers;
  tracking: TrackingNumbers;
}

/** Read a safetensors file; whatever is wrong with it is a `ModelFileError`. */
export function readTensorFile<Facts>(file: ArrayBuffer, key: string, check: (facts: Facts) => void): TensorFile<Facts> {
  const { tensors, facts } = parseSafetensors(file, key, check);
  const of = (name: string, ...shape: number[]) => {
    const tensor = tensors.get(name);
    if (!tensor || tensor.shape.join() !== shape.join()) throw new ModelFileError(`the model has no array ${name} of shape ${shape}`);
    return tensor.values;
  };
  return {
    facts,
    shapeOf: (name) => tensors.get(name)?.shape ?? [0],
    of,
    floats: (name, ...shape) => Float32Array.from(of(name, ...shape)),
    share: (name, ...shape) => Float32Array.from(of(name, ...shape), (value) => value / 255),
  };
}

function parseSafetensors<Facts>(
  file: ArrayBuffer,
  key: string,
  check: (facts: Facts) => void,
): { tensors: Map<string, Tensor>; facts: Facts } {
  try {
    const length = Number(new DataView(file).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length))) as Record<string, any>;
    const facts = JSON.parse(header.__metadata__[key]) as Facts;
    check(facts);
    const tensors = new Map<string, Tensor>();
    for (const [name, entry] of Object.entries(header)) {
      if (name !== "__metadata__") tensors.set(name, readTensor(file, 8 + length, entry));
    }
    return { tensors, facts };
  } catch (error) {
    if (error instanceof ModelFileError) throw error;
    throw new ModelFileError("the model file is damaged", { cause: error });
  }
}

function checkFacts(facts: Facts): void {
  if (facts.version !== VERSION) throw new ModelFileError(`the model file has version ${facts.version}; this page reads ${VERSION}`);
  const numbers = [facts.readout_offset, facts.resting_gap, facts.full_gap, ...Object.values(facts.plan).flat()];
  const points = NAMES.flatMap((name) => facts.points[name]);
  const areFinite = numbers.every(Number.isFinite) && areNumbers(facts.tracking);
  if (!areFinite || !points.every((point) => Number.isInteger(point) && point >= 0 && point < N_POINTS)) {
    throw new ModelFileError("the model file is damaged");
  }
}

function readTensor(file: ArrayBuffer, base: number, entry: { dtype: string; shape: number[]; data_offsets: [number, number] }): Tensor {
  const [start, end] = entry.data_offsets;
  const data = file.slice(base + start, base + end); // a copy is aligned
  const count = entry.shape.reduce((a, b) => a * b, 1);
  const kinds: Record<string, () => Tensor["values"]> = {
    F32: () => new Float32Array(data),
    F16: () => Float32Array.from(new Uint16Array(data), halfToFloat),
    U16: () => new Uint16Array(data),
    U8: () => new Uint8Array(data),
    I8: () => new Int8Array(data),
  };
  const values = kinds[entry.dtype]?.();
  if (!values || values.length !== count) throw new ModelFileError("the model file is damaged");
  return { shape: entry.shape, values };
}

/** The number that sixteen bits of IEEE 754 stand for. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
