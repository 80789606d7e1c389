/** What faces are judged with, as `pixelfes.export.web.trust` writes it. */
import { ModelFileError, N_POINTS, readTensorFile, type TensorFile } from "../core/model";

const KEY = "pixelfes-web-trust";
const VERSION = 1;
const NOT_NEEDED = 65535; // the label of a pixel that no verdict depends on
const SUPERSAMPLING = 3;
const REGIONS = ["face", "cheeks", "lips", "chin", "around_lips"] as const;

type Range = [number, number];
/** First row, one past the last, first column, one past the last. */
export type Box = [top: number, bottom: number, left: number, right: number];

/** Weights of the doubt about a face. */
export interface DoubtWeights {
  movement: number;
  score: number;
  likeness: number;
  unexplained: number;
  constant: number;
}

/** The tables of `pixelfes.face.trust`, by the names that they have there. */
interface Facts {
  version: number;
  regions: string[];
  parts: Box[];
  windows: Box[];
  /** Distance between the eyes on the fine grid. */
  eye_distance: number;
  oval: number[];
  mouth_corners: number[];
  texture: {
    darkest: number;
    colour_floor: number;
    smoothing: number;
    floor: number;
    largest_score: number;
    noise: number;
    clearly_alike: number;
    explained: number;
  };
  judging: {
    smallest_eye_distance: number;
    farthest_corner: number;
    largest_doubt: number;
    largest_cover: number;
    covered_likeness: number;
    unsteady: number;
    unsteady_pixels: number;
    movements: Range;
    doubt: DoubtWeights;
  };
}

/** Indices of the pixels of the grid in each region. */
export type Regions = Record<(typeof REGIONS)[number], Uint16Array>;

/** The fine grid as far as it is needed: its pixels, the triangle of each, and where the mesh lies on it. */
export interface FineGrid {
  side: number;
  pixels: Uint16Array;
  labels: Uint16Array;
  triangles: Uint16Array;
  vertices: Float32Array;
}

export interface TrustModel {
  /** Side of the grid. */
  size: number;
  facts: Facts;
  regions: Regions;
  fine: FineGrid;
  mean: Float32Array;
  /** Row by row. */
  components: Float32Array;
  spread: Float32Array;
  centre: Float32Array;
  scale: Float32Array;
  weights: Float32Array;
  bias: number;
}

/** Read the file; whatever is wrong with it is a `ModelFileError`. */
export function parseTrust(file: ArrayBuffer): TrustModel {
  const tensors = readTensorFile(file, KEY, checkFacts);
  const { facts, shapeOf, of, floats } = tensors;
  const [size] = shapeOf("regions");
  const [count] = shapeOf("mean");
  const [kept] = shapeOf("spread");
  const [features] = shapeOf("weights");
  const regions = regionsOf(of("regions", size, size));
  if (regions.face.length !== count) throw damaged();
  return {
    size,
    facts,
    regions,
    fine: fineGridOf(tensors, SUPERSAMPLING * size),
    mean: floats("mean", count),
    components: floats("components", kept, count),
    spread: floats("spread", kept),
    centre: floats("centre", features),
    scale: floats("scale", features),
    weights: floats("weights", features),
    bias: floats("bias", 1)[0],
  };
}

function regionsOf(bits: ArrayLike<number>): Regions {
  const all = Array.from(bits);
  const inside = (bit: number) => Uint16Array.from(all.flatMap((value, p) => ((value >> bit) & 1 ? [p] : [])));
  return Object.fromEntries(REGIONS.map((name, bit) => [name, inside(bit)])) as Regions;
}

function fineGridOf({ facts, of, shapeOf, floats }: TensorFile<Facts>, side: number): FineGrid {
  const corners = N_POINTS + facts.oval.length;
  const [count] = shapeOf("triangles");
  const triangles = Uint16Array.from(of("triangles", count, 3));
  const all = Uint16Array.from(of("labels", side, side));
  const pixels = Uint16Array.from(Array.from(all.keys()).filter((p) => all[p] !== NOT_NEEDED));
  const labels = pixels.map((p) => all[p]);
  if (triangles.some((corner) => corner >= corners) || labels.some((label) => label >= count)) throw damaged();
  return { side, pixels, labels, triangles, vertices: floats("vertices", corners, 2) };
}

function checkFacts(facts: Facts): void {
  if (facts.version !== VERSION) throw new ModelFileError(`the file of verdicts has version ${facts.version}; this page reads ${VERSION}`);
  const { movements, doubt, ...judging } = facts.judging;
  const numbers = [facts.eye_distance, ...Object.values(facts.texture), ...Object.values(judging), ...movements, ...Object.values(doubt)];
  const points = [...facts.oval, ...facts.mouth_corners];
  const whole = points.every((point) => Number.isInteger(point) && point >= 0 && point < N_POINTS);
  if (facts.regions.join() !== REGIONS.join() || !numbers.every(Number.isFinite) || !whole) throw damaged();
}

const damaged = () => new ModelFileError("the file of verdicts is damaged");
