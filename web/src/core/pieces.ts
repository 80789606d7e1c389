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

/** The part of a photo that a piece of its changed face is made of, with a margin; null where no triangle reaches it. */
export function sourceOf({ here, there, indices }: Drawing, piece: Box): Box | null {
  const [x, y] = [new Span(piece.left, piece.left + piece.width), new Span(piece.top, piece.top + piece.height)];
  const [right, down] = [new Span(), new Span()]; // steps back to the photo; inside a triangle they lie between those of its corners
  for (let t = 0; t < indices.length; t += 3) {
    const corners = [2 * indices[t], 2 * indices[t + 1], 2 * indices[t + 2]];
    const [columns, rows] = [0, 1].map((k) => new Span(...corners.map((corner) => there[corner + k])));
    if (!x.meets(columns) || !y.meets(rows)) continue;
    for (const corner of corners) {
      right.add(here[corner] - there[corner]);
      down.add(here[corner + 1] - there[corner + 1]);
    }
  }
  if (right.isEmpty) return null;
  const [left, top] = [Math.floor(x.low + right.low) - MARGIN, Math.floor(y.low + down.low) - MARGIN];
  const [width, height] = [Math.ceil(x.high + right.high) + MARGIN - left, Math.ceil(y.high + down.high) + MARGIN - top];
  return { left, top, width, height };
}

/** What some numbers span. */
class Span {
  low = Infinity;
  high = -Infinity;

  constructor(...values: number[]) {
    for (const value of values) this.add(value);
  }

  add(value: number): void {
    this.low = Math.min(this.low, value);
    this.high = Math.max(this.high, value);
  }

  meets(other: Span): boolean {
    return other.high >= this.low - 1 && other.low <= this.high + 1;
  }

  get isEmpty(): boolean {
    return this.low > this.high;
  }
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
