/**
 * The windows of a photo in which a detector looks for faces: the whole photo first, then ever smaller squares.
 *
 * As `pixelfes.face.detector.windows` has it. What a detector can resolve decides on them: it finds a face if its box is at least
 * `SMALLEST_SHARE` of the window's side. Windows are measured from the outer edge of the photo.
 */
import type { FaceBox } from "./boxes";

const SMALLEST_FACE = 20;
const SMALLEST_SHARE = 0.137;
const LARGEST_SHARE = 8;
const FACES_ACROSS = 50;
const STEP = 0.6;
const FIRST_SHRINK = 0.625;
const SHRINK = 0.42;

/** A square window: its left and upper edge and its side, image pixels; the part of it outside the photo is empty. */
export interface Window {
  x: number;
  y: number;
  side: number;
}

interface Size {
  width: number;
  height: number;
}

/** Whether a box reaches over an edge of the window that lies inside the photo. */
export function cuts({ x, y, side }: Window, box: FaceBox, { width, height }: Size): boolean {
  const over = (start: number, middle: number, length: number) =>
    (middle - box.side / 2 < start && start > 0) || (middle + box.side / 2 > start + side && start + side < length);
  return over(x, box.x, width) || over(y, box.y, height);
}

/** Side of the smallest box that is looked for in any photo of this size, pixels. */
export const smallestFace = ({ width, height }: Size): number => Math.max(SMALLEST_FACE, Math.sqrt(height * width) / FACES_ACROSS);

/** The windows of each size, the largest first; none if no such box fits into the photo. */
export function windowLevels(photo: Size, smallest: number): Window[][] {
  const { width, height } = photo;
  if (Math.min(height, width) < smallest) return [];
  const largest = Math.min(Math.max(height, width), LARGEST_SHARE * Math.min(height, width));
  const least = smallest / SMALLEST_SHARE;
  const sides = least < largest ? [largest, Math.max(least, largest * FIRST_SHRINK)] : [largest];
  return [...sides, ...sidesBetween(sides[sides.length - 1], least)].map((side) => windows(photo, side));
}

/** The windows that follow those of `windowLevels` down to the smallest face of any photo. */
export function finerLevels(photo: Size, smallest: number): Window[][] {
  if (Math.min(photo.height, photo.width) < smallest) return [];
  return sidesBetween(smallest / SMALLEST_SHARE, SMALLEST_FACE / SMALLEST_SHARE).map((side) => windows(photo, side));
}

/** Sides that shrink by the same factor from below one to another. */
function sidesBetween(side: number, least: number): number[] {
  if (least >= side) return [];
  const steps = Math.ceil(Math.log(least / side) / Math.log(SHRINK));
  const shrink = (least / side) ** (1 / steps);
  return Array.from({ length: steps }, (_, i) => side * shrink ** (i + 1));
}

function windows({ width, height }: Size, side: number): Window[] {
  return starts(height, side).flatMap((y) => starts(width, side).map((x) => ({ x, y, side })));
}

/** Where windows start along a side of the photo; a window larger than the photo is centred on it. */
function starts(length: number, side: number): number[] {
  if (side >= length) return [(length - side) / 2];
  const count = Math.ceil((length - side) / (STEP * side) - 1e-9) + 1;
  return Array.from({ length: count }, (_, i) => (i * (length - side)) / (count - 1));
}
