/** Parts of a photo that are drawn in pieces: too large for a graphics card, or for one go. */
import { clamp } from "./numbers";
import type { Box, Drawing } from "./mesh";

export interface Piece {
  /** What is to be made. */
  inner: Box;
  /** What has to be seen for it, inside the part. */
  outer: Box;
}

const MARGIN = 4; // pixels around a place that its colour depends on
const SMALLEST = 16;

/**
 * Cut a part into pieces whose sides are `largest` pixels at the most, and of which no more than `limit` has to be seen.
 *
 * `sourceOf` says which part of the photo a piece is made of; a piece of which nothing changes is left out.
 */
export function pieces(part: Box, largest: number, limit: number, sourceOf: (piece: Box) => Box | null): Piece[] {
  const cut = (inner: Box): Piece[] => {
    const source = sourceOf(inner);
    if (!source) return [];
    const outer = common(part, around(inner, source));
    const isSmall = Math.max(inner.width, inner.height) <= Math.min(largest, limit) && Math.max(outer.width, outer.height) <= limit;
    return isSmall || Math.max(inner.width, inner.height) <= SMALLEST ? [{ inner, outer }] : halves(inner).flatMap(cut);
  };
  return cut(part);
}

/** What says which part of a photo a piece of its changed face is made of, with a margin; null where no triangle reaches it. */
export function sourcesOf({ here, there, indices }: Drawing): (piece: Box) => Box | null {
  const count = indices.length / 3;
  const span = (of: (corner: number) => number, least: boolean) =>
    Float32Array.from({ length: count }, (_, t) => {
      const values = [3 * t, 3 * t + 1, 3 * t + 2].map((i) => of(2 * indices[i]));
      return least ? Math.min(...values) : Math.max(...values);
    });
  const sides = [0, 1].map((k) => {
    const place = (corner: number) => there[corner + k];
    const step = (corner: number) => here[corner + k] - there[corner + k]; // inside a triangle, between those of its corners
    return { from: span(place, true), to: span(place, false), least: span(step, true), most: span(step, false) };
  });
  const [x, y] = sides;
  return (piece) => {
    const [right, bottom] = [piece.left + piece.width + 1, piece.top + piece.height + 1];
    const found: number[] = [];
    for (let t = 0; t < count; t++)
      if (x.to[t] >= piece.left - 1 && x.from[t] <= right && y.to[t] >= piece.top - 1 && y.from[t] <= bottom) found.push(t);
    if (!found.length) return null;
    const [least, most] = [sides.map((side) => lowest(side.least, found)), sides.map((side) => -lowest(side.most, found, -1))];
    const [left, top] = [Math.floor(piece.left + least[0]) - MARGIN, Math.floor(piece.top + least[1]) - MARGIN];
    const width = Math.ceil(piece.left + piece.width + most[0]) + MARGIN - left;
    return { left, top, width, height: Math.ceil(piece.top + piece.height + most[1]) + MARGIN - top };
  };
}

function lowest(values: Float32Array, at: number[], sign = 1): number {
  return at.reduce((least, t) => Math.min(least, sign * values[t]), Infinity);
}

function halves({ left, top, width, height }: Box): [Box, Box] {
  if (width >= height) {
    const half = width >> 1;
    return [
      { left, top, width: half, height },
      { left: left + half, top, width: width - half, height },
    ];
  }
  const half = height >> 1;
  return [
    { left, top, width, height: half },
    { left, top: top + half, width, height: height - half },
  ];
}

function around(a: Box, b: Box): Box {
  const [left, top] = [Math.min(a.left, b.left), Math.min(a.top, b.top)];
  const [right, bottom] = [Math.max(a.left + a.width, b.left + b.width), Math.max(a.top + a.height, b.top + b.height)];
  return { left, top, width: right - left, height: bottom - top };
}

/** What two parts have in common. */
export function common(a: Box, b: Box): Box {
  const [left, top] = [Math.max(a.left, b.left), Math.max(a.top, b.top)];
  const right = clamp(b.left + b.width, left, Math.max(left, a.left + a.width));
  const bottom = clamp(b.top + b.height, top, Math.max(top, a.top + a.height));
  return { left, top, width: right - left, height: bottom - top };
}
