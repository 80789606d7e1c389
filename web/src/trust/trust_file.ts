/** What faces are judged with, as `pixelfes.export.web.trust` writes it. */
import { ModelFileError, N_POINTS, readTensorFile, type TensorFile } from "../core/model";

const KEY = "pixelfes-web-trust";
const VERSION = 1;
const NOT_NEEDED = 65535; // the label of a pixel that no verdict depends on
const SUPERSAMPLING = 3;
const REGIONS = ["face", "cheeks", "lips", "chin", "around_lips"] as const;

type Range = [number, number];
/** First row, one past the last, first column, one past the last. */
type Box = [top: number, bottom: number, left: number, right: number];

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

/** Indices of pixels of the grid, or of the lower face. */
export type Indices = Uint16Array;

/** The pixels of the grid in each region. */
type Regions = Record<(typeof REGIONS)[number], Indices>;

/** Parts of the mouth and larger windows around it. */
export interface Parts {
  /** The parts on the grid. */
  parts: Indices[];
  /** The parts and the windows as far as they lie in the lower face, counted in it. */
  partsInFace: Indices[];
  windowsInFace: Indices[];
  /** The lips and their surroundings on the grid, by thirds from left to right. */
  lipThirds: { inside: Indices; outside: Indices }[];
}

/** The fine grid as far as it is needed: pixels, the triangle and the pixel of the grid of each, and where the mesh lies. */
export interface FineGrid {
  side: number;
  pixels: Indices;
  labels: Uint16Array;
  coarse: Indices;
  triangles: Uint16Array;
  vertices: Float32Array;
}

export interface TrustModel {
  /** Side of the grid. */
  size: number;
  facts: Facts;
  regions: Regions;
  parts: Parts;
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
    parts: partsOf(facts, regions, size),
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

function partsOf({ parts, windows }: Facts, regions: Regions, size: number): Parts {
  const grid = Uint16Array.from({ length: size * size }, (_, p) => p);
  const [face, all] = [regions.face, (box: Box) => grid.filter((p) => isInside(box, p, size))];
  const inFace = (box: Box) => grid.subarray(0, face.length).filter((i) => isInside(box, face[i], size));
  const columns = [...new Set(Array.from(regions.lips, (p) => p % size))].sort((a, b) => a - b);
  const lipThirds = thirdsOf(columns).map((third) => {
    const [inside, outside] = [regions.lips, regions.around_lips].map((region) => region.filter((p) => third.has(p % size)));
    return { inside, outside };
  });
  return { parts: parts.map(all), partsInFace: parts.map(inFace), windowsInFace: windows.map(inFace), lipThirds };
}

function isInside([top, bottom, left, right]: Box, p: number, size: number): boolean {
  const [row, column] = [Math.floor(p / size), p % size];
  return row >= top && row < bottom && column >= left && column < right;
}

/** Columns cut into three, the first ones larger by one where they cannot be equal. */
function thirdsOf(columns: number[]): Set<number>[] {
  const [whole, left] = [Math.floor(columns.length / 3), columns.length % 3];
  const start = (third: number) => third * whole + Math.min(third, left);
  return [0, 1, 2].map((third) => new Set(columns.slice(start(third), start(third + 1))));
}

function fineGridOf({ facts, of, shapeOf, floats }: TensorFile<Facts>, side: number): FineGrid {
  const corners = N_POINTS + facts.oval.length;
  const [count] = shapeOf("triangles");
  const triangles = Uint16Array.from(of("triangles", count, 3));
  const all = Uint16Array.from(of("labels", side, side));
  const pixels = Uint16Array.from(Array.from(all.keys()).filter((p) => all[p] !== NOT_NEEDED));
  const labels = pixels.map((p) => all[p]);
  if (triangles.some((corner) => corner >= corners) || labels.some((label) => label >= count)) throw damaged();
  const size = side / SUPERSAMPLING;
  const coarse = pixels.map((p) => size * Math.floor(p / side / SUPERSAMPLING) + Math.floor((p % side) / SUPERSAMPLING));
  return { side, pixels, labels, coarse, triangles, vertices: floats("vertices", corners, 2) };
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
