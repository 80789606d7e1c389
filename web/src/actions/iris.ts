/**
 * Where the iris is in an eye, and what the eyeball looks like where a lid hides it, as
 * `pixelfes.expression.actions.draw.iris` has it. Places are in the local frame of the eye.
 */
import { gaussianWork } from "../core/maps";
import { clamp, smoothstep } from "../core/numbers";
import type { Work } from "../core/work";
import { toImage, type Box, type Edges, type Picture, type Place } from "./opening";

const RADIUS = 0.094; // of the iris of all people
const RADIUS_RANGE = [0.2, 0.32] as const; // shares of the width of the opening
const STEP = 0.008;
const [REACH_ACROSS, REACH_DOWN] = [0.09, 0.045];
const FAR_AWAY = 0.6;
const SIDES = [-40, -25, -10, 10, 25, 40, 140, 155, 170, 190, 205, 220].map((angle) => (angle * Math.PI) / 180);
const RIMS = [
  [0.8, 1.25],
  [0.65, 1.4],
] as const;
const LARGEST_STEP = 0.3;
const RINGS = 12;
const GLINT = 1.6; // brightness in units of the mean
const DARK_IRIS = 0.1;
const LASHES = 0.9; // brightness of what is beside the iris, in units of the mean, up to which it is no white
const ABOUT = 0.999; // rounding does not part values that are all the same
const WHITE_FROM = 1.12;
const IRIS_EDGE = [1, 1.14] as const;
const MARGINS = [0.022, 0.012] as const;

export const luminanceAt = (data: ArrayLike<number>, at: number): number => 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];

/** What a photo shows of an eyeball, and what it would show without lids. */
export class Eyeball {
  /** The colour of the iris from its middle to its edge, RINGS x 3. */
  private profile: Float64Array = new Float64Array(3 * RINGS);
  /** Colour of the white left and right of the iris: at the iris, and at the corner. */
  private whites: [near: number[], far: number[]][] = [];

  private constructor(
    private readonly box: Box,
    private readonly part: Picture,
    private readonly edges: Edges,
    private readonly centre: Place,
    private readonly radius: number,
  ) {}

  /** Find the iris in a box of a photo whose opening has these edges. */
  static *of(box: Box, part: Picture, edges: Edges): Work<Eyeball> {
    const shown = yield* box.map((u, v) => shownShare(edges, u, v));
    const eyeball = new Eyeball(box, part, edges, ...(yield* findIris(box, part, edges)));
    const distance = yield* box.map((u, v) => eyeball.distanceOf(u, v));
    eyeball.profile = profileOf(part, distance, shown);
    yield;
    eyeball.whites = yield* whitesOf(box, part, distance, shown, eyeball.centre[0]);
    return eyeball;
  }

  /** The eyeball without lids at the pixels of the box, its iris shifted. */
  *colours([across, down]: Place): Work<Float32Array> {
    const out = new Float32Array(this.part.data.length);
    const colour = new Float64Array(3);
    yield* this.box.forEach((p, u, v) => {
      this.whiteAt(p, u, v, colour);
      out.set(colour, 3 * p);
      const distance = this.distanceOf(u - across, v - down);
      if (distance >= IRIS_EDGE[1]) return;
      const share = 1 - smoothstep(distance, ...IRIS_EDGE);
      this.irisAt(u - across, v - down, distance, colour);
      for (let c = 0; c < 3; c++) out[3 * p + c] += share * (colour[c] - out[3 * p + c]);
    });
    return out;
  }

  private distanceOf(u: number, v: number): number {
    return Math.hypot(u - this.centre[0], v - this.centre[1]) / this.radius;
  }

  /** The iris: the photo's own where it is shown, else the opposite place, else its rings. */
  private irisAt(u: number, v: number, distance: number, out: Float64Array): void {
    const ring = clamp(distance * RINGS - 0.5, 0, RINGS - 1);
    const [low, high] = [Math.floor(ring), Math.min(Math.floor(ring) + 1, RINGS - 1)];
    for (let c = 0; c < 3; c++) out[c] = (1 - ring + low) * this.profile[3 * low + c] + (ring - low) * this.profile[3 * high + c];
    const [flippedU, flippedV] = [2 * this.centre[0] - u, 2 * this.centre[1] - v];
    const found = new Float64Array(3);
    for (const [x, y] of [
      [flippedU, flippedV],
      [u, flippedV],
      [u, v],
    ]) {
      const shown = shownShare(this.edges, x, y);
      if (shown === 0) continue;
      this.box.read(this.part, x, y, found);
      for (let c = 0; c < 3; c++) out[c] += shown * (found[c] - out[c]);
    }
  }

  /** The white of the eye: the photo's own where it is shown and white, else a line of colours. */
  private whiteAt(p: number, u: number, v: number, out: Float64Array): void {
    const { centre, radius, edges, whites } = this;
    const away = u - centre[0];
    const corner = away < 0 ? centre[0] - edges.left : edges.right - centre[0];
    const along = clamp((Math.abs(away) - radius) / Math.max(corner - radius, 0.02), 0, 1);
    const [near, far] = whites[away > 0 ? 1 : 0];
    const middle = smoothstep(away, -radius, radius);
    const own = shownShare(edges, u, v) * smoothstep(this.distanceOf(u, v), WHITE_FROM, WHITE_FROM + 0.15);
    for (let c = 0; c < 3; c++) {
      const across = (1 - middle) * whites[0][0][c] + middle * whites[1][0][c];
      const line = Math.abs(away) < radius ? across : (1 - along) * near[c] + along * far[c];
      out[c] = (1 - own) * line + own * this.part.data[3 * p + c];
    }
  }
}

/** How surely a photo shows the eyeball at a place: clear of lids, lashes and their shadow. */
function shownShare(edges: Edges, u: number, v: number): number {
  const height = Math.max(edges.height, 1e-3);
  const [above, below] = [Math.min(MARGINS[0], 0.25 * height), Math.min(MARGINS[1], 0.15 * height)];
  const top = smoothstep(v - edges.top(u), 0.5 * above, 1.5 * above);
  return top && top * smoothstep(edges.bottom(u) - v, 0.5 * below, 1.5 * below);
}

/** Middle and radius of the iris: the dark disc whose left and right edges are steepest. */
function* findIris(box: Box, part: Picture, edges: Edges): Work<[Place, number]> {
  const u = (edges.left + edges.right) / 2;
  const v = (edges.top(u) + edges.bottom(u)) / 2;
  const width = edges.right - edges.left;
  const radius = clamp(RADIUS, RADIUS_RANGE[0] * width, RADIUS_RANGE[1] * width);
  const grey = Float32Array.from({ length: part.data.length / 3 }, (_, p) => luminanceAt(part.data, 3 * p));
  const deviation = Math.max(0.8, 0.01 * box.frame.scale);
  const soft = yield* gaussianWork(grey, part.width, deviation, deviation);
  const steps = (reach: number) => Array.from({ length: Math.floor((2 * reach + 1e-9) / STEP) + 1 }, (_, i) => i * STEP - reach);
  let [found, best]: [Place, number] = [[u, v], -Infinity];
  for (const across of steps(REACH_ACROSS))
    for (const down of steps(REACH_DOWN)) {
      const score = contrast(box, soft, edges, [u + across, v + down], radius) - FAR_AWAY * (Math.abs(across) + Math.abs(down));
      if (score > best) [found, best] = [[u + across, v + down], score];
    }
  return [found, radius];
}

/** How much brighter it is outside the sides of a disc than inside, where the eyeball is shown. */
function contrast(box: Box, grey: Float32Array, edges: Edges, [u, v]: Place, radius: number): number {
  let [total, weight] = [0, 2];
  for (const [near, far] of RIMS)
    for (const angle of SIDES) {
      const at = (share: number): Place => [u + radius * share * Math.cos(angle), v + radius * share * Math.sin(angle)];
      const [inner, outer] = [at(near), at(far)];
      const shown = Math.min(shownShare(edges, ...inner), shownShare(edges, ...outer));
      if (shown === 0) continue;
      total += shown * clamp(nearest(box, grey, outer) - nearest(box, grey, inner), -LARGEST_STEP, LARGEST_STEP);
      weight += shown;
    }
  return total / weight;
}

function nearest(box: Box, grey: Float32Array, place: Place): number {
  const [x, y] = toImage(box.frame, ...place);
  return grey[clamp(Math.round(y - box.top), 0, box.height - 1) * box.width + clamp(Math.round(x - box.left), 0, box.width - 1)];
}

export const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function meanColour({ data }: Picture, pixels: number[]): number[] {
  return [0, 1, 2].map((c) => meanOf(pixels.map((p) => data[3 * p + c])));
}

/** The mean colour of rings of the iris without glints. */
function profileOf(part: Picture, distance: Float32Array, shown: Float32Array): Float64Array {
  const iris = [...distance.keys()].filter((p) => shown[p] > 0.5 && distance[p] < 1);
  if (!iris.length) return new Float64Array(3 * RINGS).fill(DARK_IRIS);
  const brightest = GLINT * meanOf(iris.map((p) => luminanceAt(part.data, 3 * p)));
  const clear = iris.filter((p) => luminanceAt(part.data, 3 * p) <= brightest);
  const rings: number[][] = Array.from({ length: RINGS }, () => []);
  for (const p of clear) rings[Math.floor(distance[p] * RINGS)].push(p);
  return Float64Array.from(rings.flatMap((ring) => meanColour(part, ring.length > 3 ? ring : clear)));
}

/** The colour of the white left and right of the iris, at the iris and at the corner. */
function* whitesOf(box: Box, part: Picture, distance: Float32Array, shown: Float32Array, middle: number): Work<[number[], number[]][]> {
  const white: { p: number; away: number }[] = [];
  yield* box.forEach((p, u) => shown[p] > 0.5 && distance[p] > WHITE_FROM && white.push({ p, away: u - middle }));
  const everywhere = brightColour(part, white.length > 5 ? white.map(({ p }) => p) : [...distance.keys()]);
  return [-1, 1].map((side) => {
    const here = white.filter(({ away }) => side * away > 0).map(({ p, away }) => ({ p, away: Math.abs(away) }));
    if (here.length <= 12) return [everywhere, everywhere];
    const limit = meanOf(here.map(({ away }) => away));
    const colour = (isNear: boolean) => {
      const pixels = here.filter(({ away }) => ABOUT * away <= limit === isNear).map(({ p }) => p);
      return pixels.length ? brightColour(part, pixels) : everywhere;
    };
    return [colour(true), colour(false)];
  });
}

/** The colour of white among pixels: a little brighter than the mean of those that are no lashes. */
function brightColour(part: Picture, pixels: number[]): number[] {
  const brighterThan = (share: number, all: number[]) => {
    const least = share * meanOf(all.map((p) => luminanceAt(part.data, 3 * p)));
    return all.filter((p) => luminanceAt(part.data, 3 * p) >= least);
  };
  const clear = brighterThan(LASHES, pixels);
  const bright = meanColour(part, brighterThan(ABOUT, clear));
  return meanColour(part, clear).map((value, c) => (value + bright[c]) / 2);
}
