/** Where a face shows bare skin, as `pixelfes.face.appearance.bare_skin` has it: not burnt out, and not covered. */
import { gaussian } from "./maps";
import { withRing } from "./mesh";
import { clamp, smoothstep } from "./numbers";
import type { Colour, Part } from "./light";
import type { Model } from "./model";
import type { Points } from "./pose";

const BURNT = [232 / 255, 252 / 255] as const;
const OTHER_COLOUR = [0.25, 0.45] as const;
const FLOOR = 0.05;
const SMOOTHING = 1.5;

/** The share of the change that skin gets: less where it is burnt out or covered; 1 on and between the lips. */
export function skinShare(model: Model, landmarks: Points, part: Part, skin: Colour): Float32Array {
  const { size, lips } = model;
  const colours = samples(model, landmarks, part).map((channel) => gaussian(channel, size, SMOOTHING, SMOOTHING));
  const expected = chroma(skin);
  const bare = colours[0].map((_, p) => {
    const colour: Colour = [colours[0][p], colours[1][p], colours[2][p]];
    const middle = colour.reduce((sum, value) => sum + value) - Math.max(...colour) - Math.min(...colour);
    const departure = Math.max(...chroma(colour).map((value, k) => Math.abs(value - expected[k])));
    return (1 - smoothstep(middle, ...BURNT)) * (1 - smoothstep(departure, ...OTHER_COLOUR));
  });
  return gaussian(bare, size, SMOOTHING, SMOOTHING).map((value, p) => Math.max(value, lips[p]));
}

/** The logarithms of red and blue in units of green. */
function chroma([red, green, blue]: Colour): [number, number] {
  const base = Math.log(green + FLOOR);
  return [Math.log(red + FLOOR) - base, Math.log(blue + FLOOR) - base];
}

/** The photo at the middle of every pixel of the model grid, three channels, 0 to 1; black outside the ring. */
function samples({ size, surface, triangles, points }: Model, landmarks: Points, part: Part): Float32Array[] {
  const places = withRing(landmarks, landmarks, points.oval);
  const out = [0, 1, 2].map(() => new Float32Array(size * size));
  for (let p = 0; p < size * size; p++) {
    const t = surface.triangle[p];
    if (t < 0) continue;
    const [b, c] = [surface.shares[2 * p], surface.shares[2 * p + 1]];
    const place = [0, 1].map((k) => {
      const corner = (i: number) => places[2 * triangles[3 * t + i] + k];
      return (1 - b - c) * corner(0) + b * corner(1) + c * corner(2);
    });
    const x = clamp(Math.round(place[0]) - part.left, 0, part.width - 1);
    const y = clamp(Math.round(place[1]) - part.top, 0, part.height - 1);
    for (let channel = 0; channel < 3; channel++) out[channel][p] = part.data[4 * (y * part.width + x) + channel] / 255;
  }
  return out;
}

/** Which triangle covers each pixel of the model grid, -1 for none, and the shares of its second and third corner there. */
export interface Surface {
  triangle: Int16Array;
  shares: Float32Array;
}

export function surfaceOf(vertices: Float32Array, triangles: Uint16Array, size: number): Surface {
  const surface = { triangle: new Int16Array(size * size).fill(-1), shares: new Float32Array(2 * size * size) };
  for (let t = 0; t < triangles.length / 3; t++) {
    const [a, b, c] = [0, 1, 2].map((i) => [vertices[2 * triangles[3 * t + i]], vertices[2 * triangles[3 * t + i] + 1]]);
    const area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    if (Math.abs(area) < 1e-9) continue;
    const span = (k: number) => [a[k], b[k], c[k]];
    for (let y = Math.max(0, Math.ceil(Math.min(...span(1)))); y <= Math.min(size - 1, Math.max(...span(1))); y++)
      for (let x = Math.max(0, Math.ceil(Math.min(...span(0)))); x <= Math.min(size - 1, Math.max(...span(0))); x++) {
        const second = ((x - a[0]) * (c[1] - a[1]) - (y - a[1]) * (c[0] - a[0])) / area;
        const third = ((b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])) / area;
        if (second < -1e-6 || third < -1e-6 || second + third > 1 + 1e-6) continue;
        surface.triangle[y * size + x] = t;
        surface.shares.set([second, third], 2 * (y * size + x));
      }
  }
  return surface;
}
