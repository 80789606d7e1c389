/**
 * An opening of the face between an upper and a lower line, and the picture around it, as
 * `pixelfes.expression.actions.draw.opening` has them.
 *
 * Convention: a local frame has u along the opening, from the left of the image to the right for an upright face, and v down
 * the face; its unit is the distance between the eyes.
 */
import { clamp, interpolated } from "../core/numbers";
import type { Points } from "../core/pose";
import type { Work } from "../core/work";

export type Place = [number, number];

const UNSEEN = 1 / 512;
const FINE = 64; // points that a line is drawn with
const [DEGREE, END_WEIGHT] = [6, 41]; // of the polynomials that lines are smoothed by; what an end counts for
const SHORTEST = 1e-6;
const [PIXELS_AT_ONCE, BAND] = [4096, 2 ** 17];
const FRACTIONS = 32; // pictures are read at multiples of 1/32 pixel

/** A similarity from the local frame to image pixels. */
export interface Frame {
  origin: Place;
  /** The unit vector of u in the image. */
  along: Place;
  /** Distance between the eyes, image pixels. */
  scale: number;
}

export function toLocal({ origin, along: [c, s], scale }: Frame, x: number, y: number): Place {
  const [dx, dy] = [x - origin[0], y - origin[1]];
  return [(dx * c + dy * s) / scale, (-dx * s + dy * c) / scale];
}

export function toImage({ origin, along: [c, s], scale }: Frame, u: number, v: number): Place {
  return [origin[0] + scale * (u * c - v * s), origin[1] + scale * (u * s + v * c)];
}

/** Points of a face in a local frame. */
export function localLine(frame: Frame, landmarks: Points, indices: readonly number[]): Place[] {
  return indices.map((i) => toLocal(frame, landmarks[3 * i], landmarks[3 * i + 1]));
}

/** The upper and the lower line of an opening, local, from its left corner to its right one. */
export class Edges {
  readonly left: number;
  readonly right: number;
  /** Largest distance between the lines. */
  readonly height: number;
  private readonly smoothed: [Line, Line];

  constructor(
    readonly upper: Place[],
    readonly lower: Place[],
  ) {
    this.left = upper[0][0];
    this.right = upper[upper.length - 1][0];
    this.smoothed = [smooth(upper), smooth(lower)];
    const u = Array.from({ length: FINE }, (_, i) => this.left + ((this.right - this.left) * i) / (FINE - 1));
    this.height = Math.max(...u.map((at) => this.bottom(at) - this.top(at)));
  }

  /** V of the upper line at u. */
  top(u: number): number {
    return read(this.smoothed[0], u);
  }

  /** V of the lower line at u; nowhere above the upper one. */
  bottom(u: number): number {
    return Math.max(read(this.smoothed[1], u), this.top(u));
  }

  /** How far inside the opening a place is, 0 to 1: a ramp of this width across each line. */
  inside(u: number, v: number, softness: number): number {
    const width = Math.max(softness, 1e-6);
    const across = Math.min((v - this.top(u)) / width, (this.bottom(u) - v) / width, (u - this.left) / width, (this.right - u) / width);
    return clamp(across + 0.5, 0, 1);
  }
}

/** A line with equal steps of u. */
interface Line {
  start: number;
  span: number;
  v: Float64Array;
}

function read({ start, span, v }: Line, u: number): number {
  const place = clamp(((u - start) / span) * (FINE - 1), 0, FINE - 1);
  const i = Math.min(Math.floor(place), FINE - 2);
  return v[i] + (place - i) * (v[i + 1] - v[i]);
}

/** A line at places u that are evenly spaced, as smooth as lids and lips are; its ends stay. */
function smooth(line: Place[]): Line {
  const curve = smoother(line.length).map((row) => [0, 1].map((k) => row.reduce((sum, share, i) => sum + share * line[i][k], 0)));
  let rightmost = -Infinity;
  const u = curve.map(([x]) => (rightmost = Math.max(rightmost, x)));
  const span = Math.max(rightmost - u[0], SHORTEST);
  const heights = curve.map(([, y]) => y);
  const v = Float64Array.from({ length: FINE }, (_, i) => interpolated(u[0] + (span * i) / (FINE - 1), u, heights));
  return { start: u[0], span, v };
}

const smoothers = new Map<number, number[][]>();

/** The matrix (64, count) from the points of a line to a smooth curve along it, made once. */
function smoother(count: number): number[][] {
  const made = smoothers.get(count) ?? makeSmoother(count);
  smoothers.set(count, made);
  return made;
}

/** The least-squares fit of polynomials in the number of the point; what they miss at the ends is taken from the chord. */
function makeSmoother(count: number): number[][] {
  const along = (n: number) => Array.from({ length: n }, (_, i) => (2 * i) / (n - 1) - 1);
  const weights = Array.from({ length: count }, (_, i) => (i === 0 || i === count - 1 ? END_WEIGHT ** 2 : 1));
  const basis = polynomials([...along(count), ...along(FINE)], weights);
  const fit = along(FINE).map((_, n) => weights.map((weight, i) => weight * basis.reduce((sum, one) => sum + one[count + n] * one[i], 0)));
  return fit.map((row, n) => {
    const share = n / (FINE - 1);
    const missed = (i: number) => (1 - share) * (Number(i === 0) - fit[0][i]) + share * (Number(i === count - 1) - fit[FINE - 1][i]);
    return row.map((value, i) => value + missed(i));
  });
}

/** Polynomials at some places that are orthonormal at the first of them, which have weights. */
function polynomials(places: number[], weights: number[]): number[][] {
  const product = (a: number[], b: number[]) => weights.reduce((sum, weight, i) => sum + weight * a[i] * b[i], 0);
  const out: number[][] = [];
  for (let degree = 0; degree <= DEGREE; degree++) {
    let next = places.map((x, i) => (degree ? x * out[degree - 1][i] : 1));
    for (const lower of out) {
      const share = product(next, lower);
      next = next.map((value, i) => value - share * lower[i]);
    }
    const length = Math.sqrt(product(next, next));
    out.push(next.map((value) => value / length));
  }
  return out;
}

/** Colours of a picture, three numbers a pixel, 1 for 255. */
export interface Picture {
  data: Float32Array;
  width: number;
  height: number;
}

/** A box of a photo around an opening. */
export class Box {
  private constructor(
    readonly frame: Frame,
    readonly left: number,
    readonly top: number,
    readonly width: number,
    readonly height: number,
  ) {}

  /** The box around local places, and a margin, in a photo of this size; may be empty. */
  static around(frame: Frame, places: Place[], margin: number, photo: { width: number; height: number }): Box {
    const ends = [0, 1].map((k) => {
      const values = places.map((place) => place[k]);
      return [Math.min(...values) - margin, Math.max(...values) + margin];
    });
    const corners = ends[0].flatMap((u) => ends[1].map((v) => toImage(frame, u, v)));
    const spans = [photo.width, photo.height].map((size, k) => {
      const values = corners.map((corner) => corner[k]);
      const low = clamp(Math.floor(Math.min(...values)), 0, size);
      return [low, clamp(Math.ceil(Math.max(...values)) + 1, low, size)];
    });
    return new Box(frame, spans[0][0], spans[1][0], spans[0][1] - spans[0][0], spans[1][1] - spans[1][0]);
  }

  get isEmpty(): boolean {
    return this.width === 0 || this.height === 0;
  }

  /** Call with each pixel and its local place. */
  *forEach(call: (p: number, u: number, v: number) => void): Work<void> {
    for (let y = 0, p = 0, done = 0; y < this.height; y++, done += this.width) {
      if (done > PIXELS_AT_ONCE) {
        done = 0;
        yield;
      }
      for (let x = 0; x < this.width; x++, p++) {
        const [u, v] = toLocal(this.frame, this.left + x, this.top + y);
        call(p, u, v);
      }
    }
  }

  /** A number for each pixel. */
  *map(value: (u: number, v: number, p: number) => number): Work<Float32Array> {
    const out = new Float32Array(this.width * this.height);
    yield* this.forEach((p, u, v) => (out[p] = value(u, v, p)));
    return out;
  }

  /** The pixels of a photo in the box. */
  *part(photo: CanvasRenderingContext2D): Work<Picture> {
    const { width, height } = this;
    const out = new Float32Array(3 * width * height);
    for (const [row, rows] of this.bands()) {
      const { data } = photo.getImageData(this.left, this.top + row, width, rows);
      const start = row * width;
      for (let p = 0; p < rows * width; p++) for (let c = 0; c < 3; c++) out[3 * (start + p) + c] = data[4 * p + c] / 255;
      yield;
    }
    return { data: out, width, height };
  }

  /** Rows of the box that are read in one go: the first, and how many. */
  private *bands(): Generator<[row: number, rows: number]> {
    const rows = Math.max(1, Math.floor(BAND / this.width));
    for (let row = 0; row < this.height; row += rows) yield [row, Math.min(rows, this.height - row)];
  }

  /** Read a part of the box at a local place into three numbers; its border goes on outside. */
  read(part: Picture, u: number, v: number, out: Float64Array): void {
    const [x, y] = toImage(this.frame, u, v);
    const [column, row] = [clamp(x - this.left, 0, part.width - 1), clamp(y - this.top, 0, part.height - 1)];
    sample(part.data, part.width, part.height, 3, column, row, out);
  }

  /** Lay colours over the box of a photo as far as alpha says; alpha 0 changes nothing. */
  *lay(photo: CanvasRenderingContext2D, colours: Float32Array, alpha: Float32Array): Work<void> {
    for (const [row, rows] of this.bands()) {
      const shares = alpha.subarray(row * this.width, (row + rows) * this.width);
      if (!shares.some((share) => share > UNSEEN)) continue;
      const image = photo.getImageData(this.left, this.top + row, this.width, rows);
      const { data } = image;
      shares.forEach((share, p) => {
        const at = 3 * (row * this.width + p);
        if (share > UNSEEN) for (let c = 0; c < 3; c++) data[4 * p + c] = (1 - share) * data[4 * p + c] + share * 255 * colours[at + c];
      });
      photo.putImageData(image, this.left, this.top + row);
      yield;
    }
  }
}

/** Read a picture linearly; what lies outside is 0. */
export function sample(
  data: Float32Array,
  width: number,
  height: number,
  channels: number,
  column: number,
  row: number,
  out: Float64Array,
): void {
  const [x, y] = [Math.round(column * FRACTIONS) / FRACTIONS, Math.round(row * FRACTIONS) / FRACTIONS];
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [right, below] = [x - x0, y - y0];
  for (let c = 0; c < channels; c++) out[c] = 0;
  for (let j = 0; j < 2; j++)
    for (let i = 0; i < 2; i++) {
      const weight = (i ? right : 1 - right) * (j ? below : 1 - below);
      if (weight === 0 || x0 + i < 0 || y0 + j < 0 || x0 + i >= width || y0 + j >= height) continue;
      const at = channels * ((y0 + j) * width + x0 + i);
      for (let c = 0; c < channels; c++) out[c] += weight * data[at + c];
    }
}
