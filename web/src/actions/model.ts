/** The file of facial actions, as `pixelfes.export.web.actions` writes it. */
import { N_POINTS, readTensorFile, type Model } from "../core/model";
import { surfaceOf, type SkinGrid } from "../core/skin";
import type { DrawnGrid } from "../core/mesh";

const KEY = "pixelfes-web-actions";
const VERSION = 2;

type Range = [number, number];

/** An expression with a name; sizes of actions by the names of `ActionModel`. */
export interface Preset {
  actions: Record<string, number>;
  /** Intensity of the learned expression. */
  smile: number;
  /** Share of what the face shows that is taken back first. */
  neutral: number;
  experimental: boolean;
}

/** A fold of skin: its curve on the left side, in pixels of the grid that shading is drawn on; the right side mirrors it. */
export interface Furrow {
  action: string;
  /** Logarithm of its darkness where the action has the size 1. */
  depth: number;
  width: number;
  /** Whether it is a line across the middle, of which each side has its half. */
  crosses: boolean;
  curve: [number, number][];
}

/** The tables of Python's mixing, planning, shading and reading, by the names that they have there. */
interface Facts {
  version: number;
  names: string[];
  rows: number[];
  mirrored: boolean[];
  presets: Record<string, Preset>;
  mixing: {
    caps: number[];
    largest: number;
    largest_smile: number;
    /** Intensity of a preset from which on what a face shows is taken back wholly. */
    neutral_from: number;
    antagonists: [string, string][];
    pucker: string;
    stretch: [string, string];
  };
  gaze: { sideways: number; up: number; down: number; largest: number };
  planning: {
    typical_opening: number;
    lid_scales: Range;
    lid_actions: string[];
    /** How much each action means to open the lips. */
    opening: number[];
    meant: Range;
    lip_rings: [share: number, upper: number[], lower: number[]][];
    jaw_reach: number;
  };
  shading: {
    stored_size: number;
    size: number;
    unit: number;
    shaded: Range;
    /** What 1 is stored as in the masks of shading. */
    mask_steps: number;
    blurred: Range;
    childlike: Range;
    middle: number;
    depth_steps: number;
    furrows: Furrow[];
  };
  neutral: {
    /** The actions that are read off a face, as `shownActions` has them. */
    names: string[];
    /** How much of each is moved back, in units of its size. */
    gains: number[];
    shown: Range;
    strongest: number;
    closed: number;
    lip_margin: number;
    shading_back: number;
    upper_lip_share: number;
    least_weight: number;
    was_open: Range;
    least_movement: number;
    /** Of the line between closed lips. */
    line: [width: number, darkness: number, brightness: number];
  };
  reading: {
    /** The names of the learned expression's movement and opening. */
    smile: string[];
    /** How well each action is read, by its name without a side. */
    reliability: Record<string, number>;
    meant: Range;
    sided: string[];
    /** Of the normal equations of the sides' differences, row by row. */
    inverse: number[];
    brows: {
      names: string[];
      /** The edges of the person's left brow. */
      points: number[];
      offset: number[];
      /** Sizes up to which resting faces reach. */
      rest: number[];
      across: Range;
      up: Range;
      columns: number;
      rows: number;
      pixels_a_column: number;
      dark_quantiles: Range;
      power: number;
      least_contrast: number;
    };
  };
  /** Of the left and of the right eye. */
  points: { lid_top: [number[], number[]]; lower_brow: [number[], number[]] };
  teeth: { mouth_width: number; step: number; half_width: number; above: number };
}

/** Upper teeth around the middle of resting lips: colours in units of white, and 1 where there are teeth. */
export interface Teeth {
  width: number;
  height: number;
  colours: Float32Array;
  shown: Float32Array;
  mouthWidth: number;
  step: number;
  halfWidth: number;
  above: number;
}

export interface ActionModel extends Omit<Facts, "version" | "rows" | "mirrored" | "teeth"> {
  /** Row of each action by its name. */
  index: ReadonlyMap<string, number>;
  /** Which point is the mirror image of each. */
  mirror: ArrayLike<number>;
  /** Of each feature of a brow its mean, its scale and its three weights. */
  brows: Float32Array;
  /** Where each action of size 1 moves the points, canonical. */
  displacement: Float64Array[];
  /** Logarithm of the factor of skin of each action. */
  shades: Float32Array[];
  /** The grid that shading is drawn on. */
  grid: SkinGrid & DrawnGrid & Record<"shaded" | "calm", Float32Array>;
  teeth: Teeth;
}

/** Read the file; whatever is wrong with it is a `ModelFileError`. */
export function parseActions(file: ArrayBuffer, model: Model): ActionModel {
  const { facts, shapeOf, of, floats, share } = readTensorFile<Facts>(file, KEY, checkFacts);
  const { names, rows, mirrored, shading } = facts;
  const [count] = shapeOf("displacement");
  const [side, cells] = [shading.stored_size, shading.stored_size ** 2];
  const moves = floats("displacement", count, N_POINTS, 3);
  const shades = of("shading", count, side, side);
  const mirror = of("mirror", N_POINTS);
  const own = <T>(make: (row: number, isMirrored: boolean) => T) => names.map((_, k) => make(rows[k], mirrored[k]));
  const vertices = floats("vertices", model.vertices.length / 2, 2);
  const { size, mask_steps: steps } = shading;
  const mask = (name: string) => Float32Array.from(of(name, size, size), (value) => value / steps);
  const surface = surfaceOf(vertices, model.triangles, size);
  const grid = { size, vertices, surface, lips: share("lips", size, size), shaded: mask("shaded"), calm: mask("calm") };
  return {
    ...facts,
    index: new Map(names.map((name, k) => [name, k])),
    displacement: own((row, flip) => moved(moves.subarray(3 * N_POINTS * row, 3 * N_POINTS * (row + 1)), flip ? mirror : null)),
    shades: own((row, flip) => shaded(shades.subarray(cells * row, cells * (row + 1)), side, shading.unit, flip)),
    mirror,
    brows: floats("brows", ...shapeOf("brows")),
    grid,
    teeth: teethOf(facts, of("teeth", ...shapeOf("teeth")), shapeOf("teeth")),
  };
}

function moved(left: ArrayLike<number>, mirror: ArrayLike<number> | null): Float64Array {
  return Float64Array.from(left, (value, i) => {
    if (!mirror) return value;
    const other = left[3 * mirror[Math.floor(i / 3)] + (i % 3)];
    return i % 3 === 0 ? -other : other;
  });
}

function shaded(left: ArrayLike<number>, side: number, unit: number, flip: boolean): Float32Array {
  return Float32Array.from(left, (value, p) => unit * (flip ? left[p - (p % side) + side - 1 - (p % side)] : value));
}

function teethOf({ teeth }: Facts, levels: ArrayLike<number>, [height, width]: number[]): Teeth {
  const shown = Float32Array.from({ length: width * height }, (_, p) => levels[4 * p + 3] / 255);
  const colours = Float32Array.from({ length: 3 * width * height }, (_, i) => levels[4 * Math.floor(i / 3) + (i % 3)] / 255);
  const { mouth_width: mouthWidth, step, half_width: halfWidth, above } = teeth;
  return { width, height, colours, shown, mouthWidth, step, halfWidth, above };
}

function checkFacts({ version, names, rows, mirrored }: Facts): void {
  if (version !== VERSION) throw new Error(`the file of actions has version ${version}; this page reads ${VERSION}`);
  if (names.length !== rows.length || names.length !== mirrored.length) throw new Error("the file of actions is damaged");
}
