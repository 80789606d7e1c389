/**
 * A photo at half, a quarter, ... of its size, and square pictures cut out of it, as `pixelfes.face.detector.photo_pyramid` has it.
 *
 * Convention: image pixels are those of the photo, x right, y down, pixel centres at whole numbers; so are those of a picture.
 */

import { giveBack } from "../memory";

/** An affine map of the plane: x' = a x + b y + c, y' = d x + e y + f. */
export type Affine = [number, number, number, number, number, number];

/** What lies outside the photo: its outermost pixels once more, or black. */
export type Border = "replicate" | "black";

/** Pixels of four bytes, RGBA. */
export interface Level {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

const SMALLEST_LEVEL = 64;
const CHANNELS = 3;

/** The map from the pixels of a square picture to image pixels; the angle is the roll of the square, clockwise. */
export function squareMap(x: number, y: number, side: number, angle: number, size: number): Affine {
  const [cos, sin] = [(Math.cos(angle) * side) / size, (Math.sin(angle) * side) / size];
  return [cos, -sin, x - ((cos - sin) * size) / 2, sin, cos, y - ((sin + cos) * size) / 2];
}

/**
 * A photo and its halves, each the mean of 2 x 2 pixels of the one before, made when they are first looked at.
 *
 * A picture that is cut out of the level nearest to its own scale shows no artefacts of sampling, and costs the same for any
 * size of the photo.
 */
export class PhotoPyramid {
  readonly width: number;
  readonly height: number;
  private readonly levels: Level[];
  private readonly last: number;

  constructor(photo: Level) {
    [this.width, this.height] = [photo.width, photo.height];
    this.levels = [photo];
    this.last = Math.max(0, Math.floor(Math.log2(Math.min(photo.width, photo.height) / SMALLEST_LEVEL)) + 1);
  }

  /** Cut a square picture out of the photo, three bytes a pixel, by a map from its pixels to image pixels. */
  picture(toImage: Affine, size: number, border: Border = "replicate"): Uint8Array {
    const scale = Math.hypot(toImage[0], toImage[3]);
    const number = this.levelFor(scale);
    const toLevel = toImage.map((value) => value / 2 ** number) as Affine;
    for (const offset of [2, 5]) toLevel[offset] += (0.5 ** number - 1) / 2;
    return warped(this.level(number), toLevel, size, border);
  }

  /** The number of the smallest level whose pixels are no larger than a step, in image pixels. */
  levelFor(step: number): number {
    return Math.min(Math.max(0, Math.floor(Math.log2(Math.max(step, 1e-6)))), this.last);
  }

  /** The smallest level; its shorter side is below 64 pixels. */
  get smallest(): Level {
    return this.level(this.last);
  }

  /** Give its memory back: nothing can be looked at any more. */
  free(): void {
    giveBack(...this.levels.map(({ data }) => data));
  }

  /** A level; its pixels are 2^number x 2^number of the photo. */
  level(number: number): Level {
    while (this.levels.length <= number) this.levels.push(halved(this.levels[this.levels.length - 1]));
    return this.levels[number];
  }
}

/** A level of half the size; written out for each colour, as every frame of a camera comes here. */
export function halved({ data, width, height }: Level): Level {
  const [across, down] = [width >> 1, height >> 1];
  const half = new Uint8ClampedArray(4 * across * down);
  for (let y = 0, to = 0; y < down; y++) {
    let upper = 8 * y * width;
    let lower = upper + 4 * width;
    for (let x = 0; x < across; x++, upper += 8, lower += 8, to += 4) {
      half[to] = (data[upper] + data[upper + 4] + data[lower] + data[lower + 4] + 2) >> 2;
      half[to + 1] = (data[upper + 1] + data[upper + 5] + data[lower + 1] + data[lower + 5] + 2) >> 2;
      half[to + 2] = (data[upper + 2] + data[upper + 6] + data[lower + 2] + data[lower + 6] + 2) >> 2;
    }
  }
  return { data: half, width: across, height: down };
}

/** Sample a level bilinearly; whole levels are the nearest, halves the even ones, as in OpenCV 5. */
function warped(level: Level, [a, b, c, d, e, f]: Affine, size: number, border: Border): Uint8Array {
  const picture = new Uint8ClampedArray(CHANNELS * size * size); // rounds halves to even numbers
  const { width, height } = level;
  for (let row = 0, to = 0; row < size; row++) {
    for (let column = 0; column < size; column++, to += CHANNELS) {
      const [x, y] = [a * column + b * row + c, d * column + e * row + f];
      const inside = x >= 0 && y >= 0 && x < width - 1 && y < height - 1;
      (inside ? sampleInside : border === "black" ? sampleOnBlack : sampleReplicated)(level, x, y, picture, to);
    }
  }
  return new Uint8Array(picture.buffer);
}

function sampleInside({ data, width }: Level, x: number, y: number, picture: Uint8ClampedArray, to: number): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, low] = [x - left, y - top];
  const at = 4 * (top * width + left);
  for (let c = 0; c < CHANNELS; c++) {
    const upper = data[at + c] * (1 - right) + data[at + c + 4] * right;
    const lower = data[at + c + 4 * width] * (1 - right) + data[at + c + 4 * width + 4] * right;
    picture[to + c] = upper * (1 - low) + lower * low;
  }
}

function sampleReplicated(level: Level, x: number, y: number, picture: Uint8ClampedArray, to: number): void {
  const [across, down] = [Math.min(Math.max(x, 0), level.width - 1), Math.min(Math.max(y, 0), level.height - 1)];
  sampleSum(level, across, down, picture, to);
}

function sampleOnBlack(level: Level, x: number, y: number, picture: Uint8ClampedArray, to: number): void {
  if (x > -1 && y > -1 && x < level.width && y < level.height) sampleSum(level, x, y, picture, to);
}

/** The weighted sum of those of the four pixels around a place that lie in the level. */
function sampleSum({ data, width, height }: Level, x: number, y: number, picture: Uint8ClampedArray, to: number): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const sum = [0, 0, 0];
  for (const [column, row] of [
    [left, top],
    [left + 1, top],
    [left, top + 1],
    [left + 1, top + 1],
  ]) {
    if (column < 0 || row < 0 || column >= width || row >= height) continue;
    const weight = (1 - Math.abs(x - column)) * (1 - Math.abs(y - row));
    for (let c = 0; c < CHANNELS; c++) sum[c] += weight * data[4 * (row * width + column) + c];
  }
  picture.set(sum, to);
}
