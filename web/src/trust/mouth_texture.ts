/**
 * The lower half of a face, registered to the mean face, as `pixelfes.face.trust.mouth_texture` has it.
 *
 * Convention: image pixels, x right, y down, pixel centres at whole numbers; so are the pixels of the grid and of the fine grid,
 * which has 3 x 3 pixels for each of its pixels.
 */
import { gaussian } from "../core/maps";
import { withRing } from "../core/mesh";
import type { Points } from "../core/pose";
import { eyeDistance } from "../detector/face_look";
import type { PhotoPyramid } from "../detector/photo_pyramid";
import { type Picture, sampleCubic } from "./cubic_sampling";
import type { FineGrid, TrustModel } from "./trust_file";

/** The channels of a registered face on the grid: logarithms of luminance, and of red and blue in units of green. */
export interface MouthTexture {
  luminance: Float32Array;
  red: Float32Array;
  blue: Float32Array;
}

const FRACTIONS = 32; // of a pixel, at which Python reads photos
const BLUR = 0.4; // of what is then read every so many pixels
const LEAST_BLUR = 1e-3;
const MARGIN = 3; // pixels that a cubic needs around what it reads
const FLAT = 1e-9;

/** The channels of a face in a photo: registered, slightly blurred. */
export function mouthTexture(model: TrustModel, photo: PhotoPyramid, landmarks: Points): MouthTexture {
  const { size, facts } = model;
  const { smoothing, darkest, colour_floor: floor } = facts.texture;
  const fine = fineTexture(model, photo, landmarks);
  const [red, green, blue] = fine.map((channel) => gaussian(reduced(model, channel), size, smoothing, smoothing));
  return {
    luminance: red.map((r, p) => Math.log(Math.max(0.299 * r + 0.587 * green[p] + 0.114 * blue[p], darkest))),
    red: red.map((r, p) => Math.log((r + floor) / (green[p] + floor))),
    blue: blue.map((b, p) => Math.log((b + floor) / (green[p] + floor))),
  };
}

/** The photo at the needed pixels of the fine grid, three channels, 0 to 1. */
function fineTexture({ fine, facts }: TrustModel, photo: PhotoPyramid, landmarks: Points): Float32Array[] {
  const places = placesOf(fine, withRing(landmarks, landmarks, facts.oval));
  const step = eyeDistance(landmarks) / facts.eye_distance;
  const number = photo.levelFor(step);
  const scale = 2 ** number;
  for (let i = 0; i < places.length; i++) {
    const place = (places[i] + 0.5) / scale - 0.5;
    places[i] = number ? place : Math.round(FRACTIONS * place) / FRACTIONS;
  }
  return sampleCubic(...partOf(photo, number, places, blurAt(step, number)));
}

/** Where the needed pixels of the fine grid lie in the photo, x y x y .... */
function placesOf({ side, pixels, labels, triangles, vertices }: FineGrid, target: Float32Array): Float32Array {
  const maps = affineMaps(vertices, target, triangles);
  const places = new Float32Array(2 * pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const x = pixels[i] % side;
    const y = (pixels[i] - x) / side;
    const at = 6 * labels[i];
    places[2 * i] = maps[at] * x + maps[at + 1] * y + maps[at + 2];
    places[2 * i + 1] = maps[at + 3] * x + maps[at + 4] * y + maps[at + 5];
  }
  return places;
}

/** The affine map of each triangle, six numbers, from source to target; a flat one maps to the middle of its target. */
function affineMaps(source: Float32Array, target: Float32Array, triangles: Uint16Array): Float64Array {
  const maps = new Float64Array(2 * triangles.length);
  for (let t = 0; t < triangles.length; t += 3) {
    const [i, j, k] = triangles.subarray(t, t + 3);
    const [x, y] = [source[2 * i], source[2 * i + 1]];
    const [ux, uy] = [source[2 * j] - x, source[2 * j + 1] - y];
    const [vx, vy] = [source[2 * k] - x, source[2 * k + 1] - y];
    const area = ux * vy - uy * vx;
    const isFlat = Math.abs(area) < FLAT;
    for (let axis = 0; axis < 2; axis++) {
      const [first, second, third] = [target[2 * i + axis], target[2 * j + axis], target[2 * k + axis]];
      const [p, q] = [second - first, third - first];
      const [a, b] = isFlat ? [0, 0] : [(p * vy - q * uy) / area, (q * ux - p * vx) / area];
      maps.set([a, b, (isFlat ? (first + second + third) / 3 : first) - a * x - b * y], 2 * t + 3 * axis);
    }
  }
  return maps;
}

/** The blur that is left for a level of the pyramid, standard deviation in its pixels: its own pixels are means already. */
function blurAt(step: number, number: number): number {
  if (step <= 1) return 0;
  const wanted = BLUR * Math.sqrt(step ** 2 - 1) + LEAST_BLUR;
  return Math.sqrt(Math.max(0, wanted ** 2 - (4 ** number - 1) / 12)) / 2 ** number;
}

/** The part of a level around places, blurred, and the places, which are moved into it. */
function partOf(photo: PhotoPyramid, number: number, places: Float32Array, blur: number): [Picture, Float32Array] {
  const { data, width, height } = photo.level(number);
  const margin = MARGIN + Math.ceil(4 * blur);
  const [left, right] = reach(places, 0, width, margin);
  const [top, bottom] = reach(places, 1, height, margin);
  const size = { width: right - left, height: bottom - top };
  const count = size.width * size.height;
  const [red, green, blue] = [new Float32Array(count), new Float32Array(count), new Float32Array(count)];
  for (let y = top, to = 0; y < bottom; y++) {
    for (let x = left, at = 4 * (y * width + left); x < right; x++, at += 4, to++) {
      red[to] = data[at] / 255;
      green[to] = data[at + 1] / 255;
      blue[to] = data[at + 2] / 255;
    }
  }
  const channels = [red, green, blue];
  const smooth = blur > 0 ? channels.map((channel) => gaussian(channel, size.width, blur, blur)) : channels;
  for (let i = 0; i < places.length; i += 2) {
    places[i] -= left;
    places[i + 1] -= top;
  }
  return [{ channels: smooth, ...size }, places];
}

/** First and one past the last of the pixels around places along an axis, at least one. */
function reach(places: Float32Array, axis: number, count: number, margin: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = axis; i < places.length; i += 2) {
    low = Math.min(low, places[i]);
    high = Math.max(high, places[i]);
  }
  const first = Math.min(Math.max(Math.floor(low) - margin, 0), count - 1);
  return [first, Math.min(Math.max(Math.ceil(high) + margin + 1, first + 1), count)];
}

/** The mean of the 3 x 3 pixels of the fine grid for each pixel of the grid; 0 where they are not needed. */
function reduced({ size, fine }: TrustModel, values: Float32Array): Float32Array {
  const sums = new Float32Array(size * size);
  const share = (size / fine.side) ** 2;
  for (let i = 0; i < values.length; i++) sums[fine.coarse[i]] += share * values[i];
  return sums;
}
