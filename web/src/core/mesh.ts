/** The triangles of a face, in the order in which they are drawn, as `pixelfes.face.mesh` has it. */
import { clamp } from "./numbers";
import { eyeDistance, type Points } from "./pose";
import { N_POINTS, RING, SKIN, type Model } from "./model";

/** Size of the ring around the face, in sizes of the oval. */
export const RING_REACH = 1.25;
const STILL = 0.02; // pixels; a vertex that moves less stays
const EYE_DISTANCE_DRAWN = 56; // Python draws larger faces reduced to this, which says what counts as a sliver
const NEAR = 4; // entries of the model grid that count as near a vertex

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Corners of triangles, x y x y ...: in the photo and where they go, in image pixels, and on the model grid. */
export interface Corners {
  here: Float32Array;
  there: Float32Array;
  grid: Float32Array;
}

/** What is drawn of a face: the vertices of the mesh with its ring, and those of its mended triangles. */
export interface Drawing extends Corners {
  /** Corners of the triangles that change anything, those in front last. */
  indices: Uint16Array;
  /** What of the photo they cover, before and after. */
  box: Box;
}

/** Points (468, 3) and the ring, as x y x y ...: the oval of `base` enlarged about its middle. */
export function withRing(points: Points, base: Points, oval: readonly number[], reach = RING_REACH): Float32Array {
  const out = new Float32Array(2 * (N_POINTS + oval.length));
  for (let i = 0; i < N_POINTS; i++) [out[2 * i], out[2 * i + 1]] = [points[3 * i], points[3 * i + 1]];
  for (let k = 0; k < 2; k++) {
    const middle = oval.reduce((sum, i) => sum + base[3 * i + k] / oval.length, 0);
    oval.forEach((i, n) => (out[2 * (N_POINTS + n) + k] = middle + reach * (base[3 * i + k] - middle)));
  }
  return out;
}

/** Twice the area of a triangle, positive for the winding of the face mesh seen from the camera. */
function turning(v: Float32Array, a: number, b: number, c: number): number {
  return -((v[2 * b] - v[2 * a]) * (v[2 * c + 1] - v[2 * a + 1]) - (v[2 * b + 1] - v[2 * a + 1]) * (v[2 * c] - v[2 * a]));
}

function longestSide(v: Float32Array, a: number, b: number, c: number): number {
  const side = (p: number, q: number) => Math.hypot(v[2 * p] - v[2 * q], v[2 * p + 1] - v[2 * q + 1]);
  return Math.max(side(a, b), side(b, c), side(c, a));
}

/** At which vertices what can be seen is above 0, or near them. */
function seenAtVertices({ size, vertices }: DrawnGrid, seen: Float32Array): boolean[] {
  return Array.from({ length: vertices.length / 2 }, (_, i) => {
    const [x, y] = [vertices[2 * i], vertices[2 * i + 1]];
    if (x < 0 || y < 0 || x > size - 1 || y > size - 1) return false;
    const [column, row] = [Math.round(x), Math.round(y)];
    for (let v = Math.max(0, row - NEAR); v <= Math.min(size - 1, row + NEAR); v++)
      for (let u = Math.max(0, column - NEAR); u <= Math.min(size - 1, column + NEAR); u++) if (seen[v * size + u] > 0) return true;
    return false;
  });
}

/** The grid that maps are given on. */
export type DrawnGrid = Pick<Model, "size" | "vertices">;

interface Drawn {
  at: number;
  kind: number;
  nearness: number;
}

/**
 * Decide what to draw of a face, in which order: mended triangles, slivers, ring, then the face from far to near, without
 * what faces away.
 *
 * What neither moves nor changes is left out. `isFine` says that Python draws the mesh at the photo's own resolution. Null where nothing is left, or nothing of it lies in the photo.
 */
export function planDrawing(
  model: Model,
  landmarks: Points,
  moved: Points,
  seen: Float32Array,
  { width, height }: { width: number; height: number },
  { grid = model, reach = RING_REACH, isFine = false }: { grid?: DrawnGrid; reach?: number; isFine?: boolean } = {},
): Drawing | null {
  const { triangles, region, points } = model;
  const here = withRing(landmarks, landmarks, points.oval, reach);
  const there = withRing(moved, landmarks, points.oval, reach);
  const visible = seenAtVertices(grid, seen);
  const changing = visible.map((is, i) => is || Math.hypot(there[2 * i] - here[2 * i], there[2 * i + 1] - here[2 * i + 1]) > STILL);
  const drawn: Drawn[] = [];
  const reached = new Set<number>();
  const leftOut = new Set<number>();
  const eyes = eyeDistance(landmarks, points.right_eye_corners, points.left_eye_corners);
  const factor = isFine ? 1 : Math.max(1, Math.round(eyes / EYE_DISTANCE_DRAWN));
  const near = (i: number) => (i < N_POINTS ? -moved[3 * i + 2] : -1e30);
  for (let t = 0; t < region.length; t++) {
    const [a, b, c] = cornersOf(triangles, t);
    if (!changing[a] && !changing[b] && !changing[c]) continue;
    for (const corner of [a, b, c]) reached.add(corner);
    const hidden = region[t] === SKIN && turning(here, a, b, c) < 0;
    const area = turning(there, a, b, c);
    if (region[t] !== RING && (hidden || area < 0)) {
      for (const corner of [a, b, c]) leftOut.add(corner);
      continue;
    }
    const sliver = Math.abs(area) < longestSide(there, a, b, c) * factor;
    drawn.push({ at: t, kind: region[t] === RING ? 1 : sliver ? 0 : 2, nearness: near(a) + near(b) + near(c) });
  }
  const box = boxAround([here, there], reached, width, height);
  if (!drawn.length || !box.width || !box.height) return null;
  drawn.sort((p, q) => p.kind - q.kind || p.nearness - q.nearness || p.at - q.at);
  const order = drawn.map(({ at }) => cornersOf(triangles, at));
  const beside = order.filter((corners) => corners.some((corner) => leftOut.has(corner)));
  const all = mended({ here, there, grid: grid.vertices }, beside, factor);
  const first = Array.from({ length: 3 * beside.length }, (_, i) => here.length / 2 + i);
  return { ...all, indices: Uint16Array.from([...first, ...order.flat()]), box };
}

function cornersOf(triangles: Uint16Array, t: number): [number, number, number] {
  return [triangles[3 * t], triangles[3 * t + 1], triangles[3 * t + 2]];
}

/**
 * Add triangles again whose sides are moved outwards by `reach` pixels, what they say of photo and grid going on beyond them.
 *
 * Where a triangle that faces away is left out, its neighbours may not meet; drawn under all others, these close the gap,
 * as drawing every pixel that a triangle touches does in Python.
 */
function mended({ here, there, grid }: Corners, triangles: [number, number, number][], reach: number): Corners {
  const grown = (points: Float32Array) => {
    const out = new Float32Array(points.length + 6 * triangles.length);
    out.set(points);
    return out;
  };
  const out = { here: grown(here), there: grown(there), grid: grown(grid) };
  triangles.forEach((corners, n) => {
    const [a, b, c] = corners;
    const side = (p: number, q: number) => Math.hypot(there[2 * p] - there[2 * q], there[2 * p + 1] - there[2 * q + 1]);
    const sides = [side(b, c), side(c, a), side(a, b)];
    const around = sides[0] + sides[1] + sides[2];
    const inradius = Math.abs(turning(there, a, b, c)) / around;
    const farthest = Math.max(...sides);
    const growth = 1 + Math.min(reach / Math.max(inradius, 1e-9), (4 * reach) / Math.max(farthest, 1e-9));
    for (const name of ["here", "there", "grid"] as const) {
      for (let k = 0; k < 2; k++) {
        const values = corners.map((corner) => out[name][2 * corner + k]);
        const middle = values.reduce((sum, value, i) => sum + (sides[i] * value) / around, 0);
        values.forEach((value, i) => (out[name][here.length + 6 * n + 2 * i + k] = middle + growth * (value - middle)));
      }
    }
  });
  return out;
}

/** The part of a photo that holds some vertices, with a pixel to spare; may be empty. */
export function boxAround(shapes: Float32Array[], vertices: Iterable<number>, width: number, height: number): Box {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const i of vertices) {
    for (const shape of shapes) {
      [x0, x1] = [Math.min(x0, shape[2 * i]), Math.max(x1, shape[2 * i])];
      [y0, y1] = [Math.min(y0, shape[2 * i + 1]), Math.max(y1, shape[2 * i + 1])];
    }
  }
  if (x0 > x1) return { left: 0, top: 0, width: 0, height: 0 };
  const left = clamp(Math.floor(x0) - 2, 0, width);
  const top = clamp(Math.floor(y0) - 2, 0, height);
  return { left, top, width: clamp(Math.ceil(x1) + 3, left, width) - left, height: clamp(Math.ceil(y1) + 3, top, height) - top };
}

/** The part of a photo around a whole face with its ring, with room for what moves inside it. */
export function faceBox(model: Model, landmarks: Points, width: number, height: number, reach = RING_REACH): Box {
  const shape = withRing(landmarks, landmarks, model.points.oval, reach);
  const vertices = Array.from({ length: shape.length / 2 }, (_, i) => i);
  return boxAround([shape], vertices, width, height);
}

/** Whether two parts of a photo have pixels in common. */
export function overlap(a: Box, b: Box): boolean {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;
}
