/** What a photo shows between the lips, as `pixelfes.face.appearance.mouth_view` has it. */
import { clamp, median } from "./numbers";
import type { Colour, Part } from "./light";
import type { Model } from "./model";
import type { Points } from "./pose";

const ROWS = 7;
const TEETH_LUMINANCE = 0.723;
const DARKEST_TEETH = 0.5;
const REDDEST_TEETH = 0.55;
const LEAST_REDNESS = 0.15;
const FLOOR = 0.02;
const CHIN = 152;
const OUTER_EYE_CORNERS = [33, 263] as const;

type Place = [number, number];

const redness = ([red, green]: Colour): number => Math.log((red + FLOOR) / (green + FLOOR));
const luminance = ([red, green, blue]: Colour): number => 0.299 * red + 0.587 * green + 0.114 * blue;

/** The share of the area between the inner lips that looks like teeth. */
export function teethShare(part: Part, landmarks: Points, points: Model["points"], white: Colour): number {
  const at = (i: number): Place => [landmarks[3 * i], landmarks[3 * i + 1]];
  const down = downwards(at);
  const lips = [...middles(points.upper_inner, points.upper_outer, at), ...middles(points.lower_inner, points.lower_outer, at)];
  const limit = Math.max(median(lips.map((place) => redness(colourAt(part, place)))) - redness(white), LEAST_REDNESS);
  const [darkest, reddest] = [DARKEST_TEETH * TEETH_LUMINANCE * luminance(white), redness(white) + REDDEST_TEETH * limit];
  const [upper, lower] = [doubled(points.upper_inner, at), doubled(points.lower_inner, at)];
  let [area, teeth] = [0, 0];
  upper.forEach(([x0, y0], i) => {
    const [x1, y1] = lower[i];
    const gap = Math.max(0, (x1 - x0) * down[0] + (y1 - y0) * down[1]);
    for (let row = 0; gap > 0 && row < ROWS; row++) {
      const share = (row + 0.5) / ROWS;
      const colour = colourAt(part, [(1 - share) * x0 + share * x1, (1 - share) * y0 + share * y1]);
      area += gap;
      if (luminance(colour) > darkest && redness(colour) < reddest) teeth += gap;
    }
  });
  return area > 0 ? teeth / area : 0;
}

function downwards(at: (i: number) => Place): Place {
  const [right, left, chin] = [...OUTER_EYE_CORNERS, CHIN].map(at);
  const step: Place = [chin[0] - (right[0] + left[0]) / 2, chin[1] - (right[1] + left[1]) / 2];
  const length = Math.max(Math.hypot(...step), 1e-6);
  return [step[0] / length, step[1] / length];
}

const between = (a: Place, b: Place): Place => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

/** The points of a line and the middles between them. */
function doubled(line: readonly number[], at: (i: number) => Place): Place[] {
  return Array.from({ length: 2 * line.length - 1 }, (_, i) => between(at(line[i >> 1]), at(line[(i + 1) >> 1])));
}

function middles(inner: readonly number[], outer: readonly number[], at: (i: number) => Place): Place[] {
  return inner.slice(1, -1).map((point, i) => between(at(point), at(outer[i + 1])));
}

/** The colour of a part of a photo at a place of the photo, to 1/32 of a pixel, 1 for 255; its border goes on outside. */
export function colourAt(part: Part, [x, y]: Place): Colour {
  const place = (value: number, most: number) => Math.round(clamp(value, 0, most) * 32) / 32;
  const [u, v] = [place(x - part.left, part.width - 1), place(y - part.top, part.height - 1)];
  const [u0, v0] = [Math.floor(u), Math.floor(v)];
  const [u1, v1] = [Math.min(u0 + 1, part.width - 1), Math.min(v0 + 1, part.height - 1)];
  const [right, below] = [u - u0, v - v0];
  const level = (c: number, column: number, row: number) => part.data[4 * (row * part.width + column) + c];
  return [0, 1, 2].map((c) => {
    const above = (1 - right) * level(c, u0, v0) + right * level(c, u1, v0);
    const under = (1 - right) * level(c, u0, v1) + right * level(c, u1, v1);
    return ((1 - below) * above + below * under) / 255;
  }) as Colour;
}
