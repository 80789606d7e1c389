/**
 * Where the brows are in a photo, told from its pixels, as `pixelfes.expression.actions.read.brow_line` has it: the darkness of a
 * strip above each eye, column by column.
 */
import { gaussian } from "../core/maps";
import { clamp, percentile } from "../core/numbers";
import type { Box } from "../core/mesh";
import { common } from "../core/pieces";
import { eyeDistance, toImage, type Points, type Pose } from "../core/pose";
import type { Part } from "../core/light";
import type { Model } from "../core/model";
import type { ActionModel } from "./model";
import { sample } from "./opening";
import { SIDES } from "./planning";

type Numbers = ActionModel["reading"]["brows"];

const NEAREST = 6; // points of the mean face that give a place its depth
const SOFTNESS = 0.02; // deviation of the blur, distances between the eyes
const FINEST = 6; // deviation in pixels from which on the photo is reduced before it is blurred

/** The part of a photo that the strips above both eyes are read from. */
export function browBox(model: Model, { reading }: ActionModel, head: Pose, photo: { width: number; height: number }): Box {
  const strips = SIDES.map((_, s) => stripOf(model, reading.brows, head, s));
  return boxOf(strips, photo);
}

/** Where the dark band of a brow lies in the columns of its strip, and its spread, canonical; side 0 is the person's left. */
export function browLine(model: Model, { reading }: ActionModel, head: Pose, landmarks: Points, s: number, part: Part): number[] {
  const { columns, rows, up, dark_quantiles: quantiles, power, least_contrast: least } = reading.brows;
  const strip = brightness(model, reading.brows, head, landmarks, s, part);
  const heights = linspace(up, rows);
  const found = Array.from({ length: columns }, (_, column) => {
    const values = Float64Array.from({ length: rows }, (_, row) => strip[row * columns + column]);
    const [low, high] = quantiles.map((percent) => percentile(values.slice().sort(), percent));
    const dark = values.map((value) => clamp((high - value) / Math.max(high - low, least), 0, 1) ** power + 1e-3);
    const mean = (of: (height: number) => number) =>
      dark.reduce((sum, weight, row) => sum + weight * of(heights[row]), 0) / dark.reduce((sum, weight) => sum + weight, 0);
    const middle = mean((height) => height);
    return [middle, Math.sqrt(mean((height) => (height - middle) ** 2))];
  });
  return [...found.map(([middle]) => middle), ...found.map(([, spread]) => spread)];
}

/** The brightness of the strip above an eye, rows x columns, 1 for white. */
function brightness(model: Model, numbers: Numbers, head: Pose, landmarks: Points, s: number, part: Part): Float32Array {
  const { rows, columns, pixels_a_column: count } = numbers;
  const out = new Float32Array(rows * columns);
  const places = stripOf(model, numbers, head, s);
  const box = common(part, boxOf([places], { width: part.left + part.width, height: part.top + part.height }));
  if (Math.min(box.width, box.height) < 2) return out;
  const blur = Math.max(SOFTNESS * eyeDistance(landmarks, model.points.right_eye_corners, model.points.left_eye_corners), 0.3);
  const step = Math.max(1, Math.floor(blur / FINEST));
  const grey = greyOf(part, box, step);
  const deviation = Math.sqrt(blur ** 2 - (step ** 2 - 1) / 12) / step;
  const soft = gaussian(grey.data, grey.width, deviation, deviation);
  const level = new Float64Array(1);
  for (let n = 0; n < rows * columns * count; n++) {
    const [x, y] = [0, 1].map((k) => (places[3 * n + k] - [box.left, box.top][k] + 0.5) / step - 0.5);
    sample(soft, grey.width, grey.height, 1, clamp(x, 0, grey.width - 1), clamp(y, 0, grey.height - 1), level);
    out[Math.floor(n / count)] += level[0] / count;
  }
  return out;
}

/** The brightness of a part of a photo, as the means of squares of `step` pixels a side. */
function greyOf(part: Part, box: Box, step: number): { data: Float32Array; width: number; height: number } {
  const [width, height] = [Math.max(1, Math.floor(box.width / step)), Math.max(1, Math.floor(box.height / step))];
  const data = new Float32Array(width * height);
  for (let y = 0; y < height * step; y++)
    for (let x = 0; x < width * step; x++) {
      const at = 4 * ((box.top - part.top + y) * part.width + box.left - part.left + x);
      const level = Math.round(0.299 * part.data[at] + 0.587 * part.data[at + 1] + 0.114 * part.data[at + 2]);
      data[Math.floor(y / step) * width + Math.floor(x / step)] += level / (255 * step ** 2);
    }
  return { data, width, height };
}

/** The places of a strip in the image. */
function stripOf(model: Model, numbers: Numbers, head: Pose, s: number): Points {
  const places = placesOf(model, numbers);
  return toImage(
    head,
    places.map((value, i) => (s && i % 3 === 0 ? -value : value)),
  );
}

/** The part of a photo that holds some places, with pixels to spare. */
function boxOf(places: Points[], photo: { width: number; height: number }): Box {
  const [[left, right], [top, bottom]] = [photo.width, photo.height].map((size, k) => {
    let [low, high] = [Infinity, -Infinity];
    for (const points of places)
      for (let i = k; i < points.length; i += 3) [low, high] = [Math.min(low, points[i]), Math.max(high, points[i])];
    const first = clamp(Math.floor(low) - 2, 0, size);
    return [first, clamp(Math.trunc(high) + 3, first, size)];
  });
  return { left, top, width: right - left, height: bottom - top };
}

const strips = new WeakMap<Model, Points>();

/** The places of a left strip on the mean face, canonical, found once. */
function placesOf(model: Model, numbers: Numbers): Points {
  const found = strips.get(model) ?? findPlaces(model, numbers);
  strips.set(model, found);
  return found;
}

function findPlaces({ head }: Model, { across, up, columns, rows, pixels_a_column: count }: Numbers): Points {
  const [us, vs] = [linspace(across, columns * count), linspace(up, rows)];
  const places = vs.flatMap((v) =>
    us.map((u) => {
      const near = nearest(head, u, v);
      const weights = near.map(({ far }) => 1 / (Math.sqrt(far) + 0.02) ** 2);
      const depth = near.reduce((sum, { i }, n) => sum + weights[n] * head[3 * i + 2], 0);
      return [u, v, depth / weights.reduce((sum, weight) => sum + weight, 0)];
    }),
  );
  return Float64Array.from(places.flat());
}

/** The points of the mean face that are nearest to a place, and the squares of their distances. */
function nearest(head: Float32Array, u: number, v: number): { i: number; far: number }[] {
  const near: { i: number; far: number }[] = [];
  for (let i = 0; i < head.length / 3; i++) {
    const far = (head[3 * i] - u) ** 2 + (head[3 * i + 1] - v) ** 2;
    if (near.length === NEAREST && far >= near[NEAREST - 1].far) continue;
    near.splice(NEAREST - 1);
    near.push({ i, far });
    near.sort((a, b) => a.far - b.far);
  }
  return near;
}

function linspace([start, end]: readonly [number, number], count: number): number[] {
  return Array.from({ length: count }, (_, i) => start + ((end - start) * i) / (count - 1));
}
