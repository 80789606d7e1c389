/** The light in a photo, read from the face itself, as `pixelfes.face.appearance.light` has it. */
import { clamp, median, medianOfBytes, percentile, smoothstep } from "./numbers";
import { eyeDistance, type Points } from "./pose";
import { finish, type Work } from "./work";
import type { Model } from "./model";

export type Colour = [number, number, number];

/** What white and what skin look like in a photo, with 1 for 255. */
export interface Light {
  white: Colour;
  skin: Colour;
}

/** A part of a photo: its pixels (RGBA), and where its top left one lies in the photo. */
export interface Part {
  data: Uint8ClampedArray;
  width: number;
  height: number;
  left: number;
  top: number;
}

const EYE_WHITE_RANGE = [70, 92] as const;
const FEWEST_PIXELS = 12;
const DARKEST = 0.02;
const TYPICAL_LEVEL = 1.09;
const SKIN_POWER = 0.36;
const EYE_POWER = 0.1;
const MOST_WHITE = 2.6;
const EYE_BRIGHTNESS = 0.81;
const EYE_COLOUR = 0.4;
const BRIGHT_EYES = 0.7;
const BRIGHT_TO_TYPICAL = 1.65;
const TOO_BRIGHT = [0, 0.3] as const;
const TOO_DARK = [0.8, 1.1] as const;
const TINT_WEIGHTS = [1, 3, 1] as const;
const OTHER_TINT = [0.45, 0.75] as const;
const AT_LEAST_SKIN = 1.2;
const AT_LEAST_EYES = 1.5;
const LEVELS = [0.05, 1.35] as const;
const WHITE_TINT = 0.4;
const SKIN_TINT = 0.2;

const luminance = (r: number, g: number, b: number): number => 0.299 * r + 0.587 * g + 0.114 * b;

/** Read the light off a face; the part of the photo must hold all of it that lies in the photo. */
export function lightOf(part: Part, landmarks: Points, points: Model["points"]): Light {
  return finish(lightWork(part, landmarks, points));
}

/** The same in pieces, for large photos. */
export function* lightWork(part: Part, landmarks: Points, points: Model["points"]): Work<Light> {
  const skin = skinOf(part, landmarks, points).map((value) => Math.max(value, DARKEST)) as Colour;
  yield;
  const eyes = agreeing(yield* eyeWhite(part, landmarks, points), skin);
  const [bright, dark] = [luminance(...eyes), luminance(...skin)];
  const tint = eyes.map((value, c) => (value / bright) ** WHITE_TINT * (skin[c] / dark) ** SKIN_TINT) as Colour;
  return { white: tint.map((value) => (levelOf(bright, dark) * value) / luminance(...tint)) as Colour, skin };
}

/** The luminance of white from those of eyes and skin. */
function levelOf(eyes: number, skin: number): number {
  const typical = TYPICAL_LEVEL * skin ** SKIN_POWER * (eyes / skin) ** EYE_POWER;
  const least = Math.max(AT_LEAST_SKIN * skin, AT_LEAST_EYES * eyes);
  return clamp(Math.min(Math.max(typical, least), MOST_WHITE * Math.max(eyes, skin)), ...LEVELS);
}

/** The colour of the eyes as far as it agrees with the skin, else that of typical eyes of such skin. */
function agreeing(found: Colour | null, skin: Colour): Colour {
  const dark = luminance(...skin);
  const typical = skin.map((value) => EYE_BRIGHTNESS * dark * (value / dark) ** EYE_COLOUR) as Colour;
  if (!found) return typical;
  const eyes = found.map((value) => Math.max(value, DARKEST)) as Colour;
  const ratio = Math.log(luminance(...eyes) / luminance(...typical));
  const tint = eyes.map((value, c) => Math.log(value / typical[c]) - ratio);
  const brightest = Math.max(BRIGHT_EYES, BRIGHT_TO_TYPICAL * luminance(...typical));
  const brightness = 1 - smoothstep(Math.log(luminance(...eyes) / brightest), ...TOO_BRIGHT);
  const largest = Math.max(...tint.map((value, c) => Math.abs(TINT_WEIGHTS[c] * value)));
  const colour = (1 - smoothstep(largest, ...OTHER_TINT)) * (1 - smoothstep(-ratio, ...TOO_DARK));
  return typical.map((value, c) => value * Math.exp(brightness * ratio + brightness * colour * tint[c])) as Colour;
}

/** The median colour of small squares on cheeks and forehead. */
function skinOf(part: Part, landmarks: Points, points: Model["points"]): Colour {
  const { width, height, left, top, data } = part;
  const reach = Math.max(1, Math.floor(0.06 * eyeDistance(landmarks, points.right_eye_corners, points.left_eye_corners)));
  const colours: number[][] = [[], [], []];
  for (const point of points.cheeks_and_forehead) {
    const x = Math.floor(clamp(landmarks[3 * point] - left, 0, width - 1));
    const y = Math.floor(clamp(landmarks[3 * point + 1] - top, 0, height - 1));
    const [x0, x1] = [Math.max(0, x - reach), Math.min(width, x + reach + 1)];
    const [y0, y1] = [Math.max(0, y - reach), Math.min(height, y + reach + 1)];
    for (let c = 0; c < 3; c++) {
      const values = new Uint8Array((x1 - x0) * (y1 - y0));
      let n = 0;
      for (let v = y0; v < y1; v++) for (let u = x0; u < x1; u++) values[n++] = data[4 * (v * width + u) + c];
      colours[c].push(medianOfBytes(values));
    }
  }
  return colours.map((values) => median(values) / 255) as Colour;
}

/** The mean colour of the bright part of the eyes, or null where too little of them shows. */
function* eyeWhite(part: Part, landmarks: Points, points: Model["points"]): Work<Colour | null> {
  const found: number[] = [];
  for (const eye of [points.right_eye, points.left_eye]) {
    const outline = eye.map((i) => [landmarks[3 * i] - part.left, landmarks[3 * i + 1] - part.top] as const);
    for (const [x, y] of insidePolygon(outline, part.width, part.height)) found.push(4 * (y * part.width + x));
    yield;
  }
  if (found.length < FEWEST_PIXELS) return null;
  const { data } = part;
  const bright = Float64Array.from(found, (at) => luminance(data[at], data[at + 1], data[at + 2]) / 255);
  const sorted = bright.slice().sort();
  yield;
  const [low, high] = EYE_WHITE_RANGE.map((percent) => percentile(sorted, percent));
  const sum = [0, 0, 0];
  let count = 0;
  found.forEach((at, i) => {
    if (bright[i] < low || bright[i] > high) return;
    count++;
    for (let c = 0; c < 3; c++) sum[c] += data[at + c] / 255;
  });
  return sum.map((value) => value / count) as Colour;
}

/**
 * The pixels (x, y) of a polygon whose corners are rounded to whole numbers, its outline included, inside a picture.
 *
 * A row of the outline belongs to it as far as its edge reaches within half a row up and down, which is what drawing the edge
 * as a line of pixels covers.
 */
export function* insidePolygon(
  corners: readonly (readonly [number, number])[],
  width: number,
  height: number,
): Generator<[number, number]> {
  const rounded = corners.map(([x, y]) => [Math.round(x), Math.round(y)] as const);
  const rows = rounded.map(([, y]) => y);
  for (let y = Math.max(0, Math.min(...rows)); y <= Math.min(height - 1, Math.max(...rows)); y++) {
    const covered = new Set<number>();
    const crossings: number[] = [];
    rounded.forEach(([x0, y0], i) => {
      const [x1, y1] = rounded[(i + 1) % rounded.length];
      for (const x of linePixels(x0, y0, x1, y1, y)) covered.add(x);
      if (y0 <= y !== y1 <= y) crossings.push(x0 + ((y - y0) * (x1 - x0)) / (y1 - y0));
    });
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      for (let x = Math.ceil(crossings[i]); x <= Math.floor(crossings[i + 1]); x++) covered.add(x);
    }
    for (const x of covered) if (x >= 0 && x < width) yield [x, y];
  }
}

function linePixels(x0: number, y0: number, x1: number, y1: number, y: number): number[] {
  if (y < Math.min(y0, y1) || y > Math.max(y0, y1)) return [];
  const [dx, dy] = [x1 - x0, y1 - y0];
  if (Math.abs(dx) <= Math.abs(dy)) return [Math.round(x0 + (dy === 0 ? 0 : ((y - y0) * dx) / dy))];
  const out: number[] = [];
  for (let x = Math.min(x0, x1); x <= Math.max(x0, x1); x++) if (Math.round(y0 + ((x - x0) * dy) / dx) === y) out.push(x);
  return out;
}
