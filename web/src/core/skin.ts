/** Where a face shows bare skin, as `pixelfes.face.appearance.bare_skin` has it: not burnt out, and not covered. */
import { gaussian } from "./maps";
import { withRing } from "./mesh";
import { colourAt } from "./mouth";
import { smoothstep } from "./numbers";
import type { Colour, Part } from "./light";
import type { Model } from "./model";
import type { Points } from "./pose";

const BURNT = [232 / 255, 252 / 255] as const;
const OTHER_COLOUR = [0.25, 0.45] as const;
const BRIGHTER = [0.1, 0.3] as const;
const COLOURLESS = [0.3, 0.6] as const;
const COLOURED = [0.08, 0.16] as const;
const FLOOR = 0.05;
const SMOOTHING = 1.5;

/** A grid that maps are given on: its lips, and which triangle covers each of its pixels. */
export type SkinGrid = Pick<Model, "size" | "lips" | "surface">;

/** The share of the change that skin gets: less where it is burnt out or covered; 1 on and between the lips. */
export function skinShare(model: Model, landmarks: Points, part: Part, skin: Colour, grid: SkinGrid = model): Float32Array {
  const { size, lips } = grid;
  const colours = samples(model, grid, landmarks, part).map((channel) => gaussian(channel, size, SMOOTHING, SMOOTHING));
  const expected = chroma(skin);
  const bare = colours[0].map((_, p) => {
    const colour: Colour = [colours[0][p], colours[1][p], colours[2][p]];
    const middle = colour.reduce((sum, value) => sum + value) - Math.max(...colour) - Math.min(...colour);
    const departure = Math.max(...chroma(colour).map((value, k) => Math.abs(value - expected[k])));
    return (1 - smoothstep(middle, ...BURNT)) * (1 - smoothstep(departure, ...OTHER_COLOUR)) * (1 - whiter(colour, skin));
  });
  return gaussian(bare, size, SMOOTHING, SMOOTHING).map((value, p) => Math.max(value, lips[p]));
}

/** How far a colour is whiter than skin, 0 to 1: brighter, and with less of a colour than it has. */
function whiter(colour: Colour, skin: Colour): number {
  const departure = (of: Colour) => Math.max(...chroma(of).map(Math.abs));
  const luminance = ([red, green, blue]: Colour) => 0.299 * red + 0.587 * green + 0.114 * blue + FLOOR;
  const own = departure(skin);
  const left = departure(colour) / Math.max(own, COLOURED[0]);
  const brightness = smoothstep(Math.log(luminance(colour) / luminance(skin)), ...BRIGHTER);
  return smoothstep(own, ...COLOURED) * brightness * (1 - smoothstep(left, ...COLOURLESS));
}

/** The logarithms of red and blue in units of green. */
function chroma([red, green, blue]: Colour): [number, number] {
  const base = Math.log(green + FLOOR);
  return [Math.log(red + FLOOR) - base, Math.log(blue + FLOOR) - base];
}

/** The photo at the middle of every pixel of the model grid, three channels, 0 to 1; black outside the ring. */
function samples({ triangles, points }: Model, { size, surface }: SkinGrid, landmarks: Points, part: Part): Float32Array[] {
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
    colourAt(part, place as [number, number]).forEach((value, channel) => (out[channel][p] = value));
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
