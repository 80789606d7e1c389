/** The skin and the lashes of a lid that closes, as `pixelfes.expression.actions.draw.eyes` has them. */
import { clamp, interpolated, median, smoothstep } from "../core/numbers";
import type { Work } from "../core/work";
import type { EyeChange } from "./eyes";
import { luminanceAt, meanOf } from "./iris";
import { blurredBy } from "./look";
import type { Box, Picture } from "./opening";

/** Sizes of a blink between which the painted lid appears. */
export const CLOSING = [0.35, 0.75] as const;
const LASHES = [0.35, 0.8] as const; // and its lashes
const LASH_BAND = 0.026; // what is above the upper lid's margin and belongs to its lashes
const LASH_WIDTH = 0.011;
const LOWER_MARGIN = 0.006;
const LOWER_FADE = [0.015, 0.045] as const;

/** A line of points, local, from left to right. */
export interface Polyline {
  u: number[];
  v: number[];
}

const lineAt = (line: Polyline, u: number): number => interpolated(u, line.u, line.v);

/** The lines of a closing lid, by u: its rows in the photo and where it is drawn. */
interface LidLines {
  /** Where the closed lid ends, and where it starts. */
  margin: number;
  start: number;
  /** The photo's rows that it is made of. */
  given: number;
  clear: number;
}

function linesAt({ before, after, shut, lidBefore, lidAfter, brow }: EyeChange, u: number): LidLines {
  const top = before.top(u);
  const margin = after.top(u) + shut * (after.bottom(u) - after.top(u));
  const given = Math.max(lineAt(lidBefore, u), Math.min(lineAt(brow, u) + 0.02, top - 2 * LASH_BAND));
  return { margin, start: lineAt(lidAfter, u), given, clear: Math.max(top - LASH_BAND, given + 0.01) };
}

/** Colours and alpha of a lid that closes: the skin above it, stretched down without its lashes, and their line. */
export function* closedLid(change: EyeChange, photo: Picture, skin: Picture): Work<{ colours: Float32Array; alpha: Float32Array }> {
  const { box, before, blink } = change;
  const lines: LidLines[] = new Array(box.width * box.height);
  yield* box.forEach((p, u) => (lines[p] = linesAt(change, u)));
  const share = yield* box.map((_, v, p) => clamp((v - lines[p].start) / Math.max(lines[p].margin - lines[p].start, 1e-3), 0, 1));
  const colours = yield* lidColours(change, photo, lines, share);
  const lashColour = lashColourOf(change, photo);
  const alpha = new Float32Array(share.length);
  const [closing, withLashes] = [smoothstep(blink, ...CLOSING), smoothstep(blink, ...LASHES)];
  yield* box.forEach((p, u, v) => {
    const ends = smoothstep(Math.min(u - before.left, before.right - u), -0.015, 0.035);
    const lid = closing * ends * coverAt(change, v, lines[p], share[p]);
    const lashes = withLashes * ends * lashesAt(v - lines[p].margin);
    for (let c = 0; c < 3; c++) {
      const at = 3 * p + c;
      colours[at] = (1 - lashes) * (lid > 0.01 ? colours[at] : skin.data[at]) + lashes * lashColour[c];
    }
    alpha[p] = lid + (1 - lid) * lashes;
  });
  return { colours, alpha };
}

/** How far the skin of the lid, and under a shut one that of the lower lid, covers the eye. */
function coverAt({ shut }: EyeChange, v: number, { margin, start }: LidLines, share: number): number {
  const inside = v > start ? smoothstep(share, 0, 0.35) * smoothstep(margin + 0.006 - v, -0.006, 0.006) : 0;
  return Math.max(inside, v > margin ? (1 - smoothstep(v - margin, ...LOWER_FADE)) * shut : 0);
}

/** The colours of the lid above its margin, rounded and no darker than skin, and of the lower lid below it. */
function* lidColours(change: EyeChange, photo: Picture, lines: LidLines[], share: Float32Array): Work<Float32Array> {
  const { box, before } = change;
  const colours = yield* stretched(box, photo, lines, share);
  const gain = yield* gainOf(change, photo);
  const lower = new Float64Array(3);
  yield* box.forEach((p, u, v) => {
    const below = v - lines[p].margin;
    if (below > 0) {
      box.read(photo, u, before.bottom(u) + below + LOWER_MARGIN, lower);
      colours.set(lower, 3 * p);
      return;
    }
    const lift = 1 + (gain - 1) * smoothstep(share[p], 0, 0.5);
    const rounded = 1 + 0.04 * Math.exp(-(((share[p] - 0.6) / 0.2) ** 2)) - 0.08 * smoothstep(share[p], 0.75, 1);
    for (let c = 3 * p; c < 3 * p + 3; c++) colours[c] = clamp(colours[c] * lift, 0, 1) * rounded;
  });
  return colours;
}

/** The skin above an eye, stretched down and softened. */
function* stretched(box: Box, photo: Picture, lines: LidLines[], share: Float32Array): Work<Float32Array> {
  const found = new Float32Array(photo.data.length);
  const colour = new Float64Array(3);
  yield* box.forEach((p, u) => {
    box.read(photo, u, lines[p].given + share[p] * (lines[p].clear - lines[p].given), colour);
    found.set(colour, 3 * p);
  });
  const { scale } = box.frame;
  return yield* blurredBy(found, box.width, 3, Math.max(0.6, 0.01 * scale), Math.max(0.6, 0.004 * scale));
}

/** The colour of the upper lashes: that of the dark line along the upper lid. */
function lashColourOf({ box, before }: EyeChange, photo: Picture): number[] {
  const darkest: Float64Array[] = [];
  for (let i = 4; i < 29; i++) {
    const u = before.left + ((before.right - before.left) * i) / 32;
    const column = Array.from({ length: 7 }, (_, k) => {
      const colour = new Float64Array(3);
      box.read(photo, u, before.top(u) - 0.015 + (0.023 * k) / 6, colour);
      return colour;
    });
    darkest.push(column.reduce((least, colour) => (luminanceAt(colour, 0) < luminanceAt(least, 0) ? colour : least)));
  }
  return [0, 1, 2].map((c) => median(darkest.map((colour) => colour[c])));
}

/** The alpha of the line of lashes this far below the margin of the closed lid. */
function lashesAt(below: number): number {
  const hairs = below > 0 ? Math.exp(-below / 0.018) : 0;
  return clamp(0.65 * Math.exp(-((below / LASH_WIDTH) ** 2)) + 0.25 * hairs, 0, 0.8);
}

/** The factor that brings a lid nearer in brightness to the skin below the eye; 1 where too little of it is seen. */
function* gainOf({ box, before, lidBefore }: EyeChange, photo: Picture): Work<number> {
  const [below, above]: [number[], number[]] = [[], []];
  yield* box.forEach((p, u, v) => {
    if (u <= before.left || u >= before.right) return;
    if (v > before.bottom(u) + 0.04) below.push(luminanceAt(photo.data, 3 * p));
    else if (v > lineAt(lidBefore, u) && v < before.top(u) - LASH_BAND) above.push(luminanceAt(photo.data, 3 * p));
  });
  if (below.length < 20 || above.length < 20) return 1;
  return Math.sqrt(clamp(meanOf(below) / Math.max(meanOf(above), 0.02), 0.85, 1.25));
}
