/**
 * The inside of a mouth that facial actions open, as `pixelfes.expression.actions.draw.mouth` has it: teeth fixed to the skull,
 * lower teeth, tongue, and the dark behind them.
 */
import { clamp, smoothstep } from "../core/numbers";
import { toCanonical, type Points, type Pose } from "../core/pose";
import type { Colour } from "../core/light";
import type { Work } from "../core/work";
import type { Model } from "../core/model";
import { luminanceAt } from "./iris";
import type { ActionModel, Teeth } from "./model";
import type { NeutralPlan } from "./neutral";
import { takenOn, type Look } from "./look";
import { Box, Edges, localLine, sample, type Frame, type Picture } from "./opening";
import { lipGapOf, type ActionPlan } from "./planning";

const WIDTH_RATIOS = [0.85, 1.2] as const;
const OPENED = 0.004;
const SOFTNESS = 0.008;
const OWN_GAP = [0.02, 0.06] as const;
const WIDE = [0.05, 0.11] as const; // gap from which on what it shows is stretched with the lips
const DARK = 0.26;
const TONGUE = 0.72; // brightness in units of the lips
const TONGUE_FROM = [0.1, 0.22] as const;
const LOWER_TEETH_FROM = [0.06, 0.16] as const;
const [LIP_SHADOW, SHADOW_DEPTH] = [0.4, 0.03];
const GUM = 0.47;
const [GUM_HEIGHT, TOOTH_WIDTH] = [0.15, 0.13];
const MARGIN = 0.03;

/** The change of the inside of a mouth. */
export interface MouthChange {
  box: Box;
  before: Edges;
  after: Edges;
  /** The middle of the resting lips, local. */
  inner: [u: number, v: number];
  /** Distance of the lips before and after, canonical. */
  gaps: [before: number, after: number];
  /** Of the resting mouth. */
  width: number;
  /** How far the jaw went down, canonical. */
  jaw: number;
}

/** The change of the inside of a mouth; null where there is nothing to draw between the lips. */
export function mouthChange(model: Model, plan: ActionPlan, photo: { width: number; height: number }): MouthChange | null {
  const { points, plan: numbers } = model;
  const { landmarks, moved, head } = plan;
  const frame = frameOf(points, landmarks, head);
  const [before, after] = [landmarks, moved].map((shape) => edgesOf(points, frame, shape));
  if (after.height < OPENED || Math.abs(after.height - before.height) < OPENED) return null;
  const box = Box.around(frame, [...after.upper, ...after.lower], MARGIN, photo);
  if (box.isEmpty) return null;
  const [upper, lower] = localLine(frame, landmarks, points.inner_lips);
  const [resting, opened] = [toCanonical(head, landmarks), toCanonical(head, moved)];
  const [right, left] = points.mouth_corners;
  return {
    box,
    before,
    after,
    inner: [(upper[0] + lower[0]) / 2, upper[1]],
    gaps: [lipGapOf(model, head, landmarks), lipGapOf(model, head, moved)],
    width: Math.abs(resting[3 * left] - resting[3 * right]),
    jaw: Math.max(0, opened[3 * numbers.chin + 1] - resting[3 * numbers.chin + 1]),
  };
}

function frameOf({ mouth_corners: [right, left] }: Model["points"], landmarks: Points, head: Pose): Frame {
  const [x, y] = [head.rotation[0], head.rotation[3]];
  const length = Math.max(Math.hypot(x, y), 1e-6);
  const middle = (k: number) => (landmarks[3 * right + k] + landmarks[3 * left + k]) / 2;
  return { origin: [middle(0), middle(1)], along: [x / length, y / length], scale: head.scale };
}

function edgesOf(points: Model["points"], frame: Frame, landmarks: Points): Edges {
  return new Edges(localLine(frame, landmarks, points.upper_inner), localLine(frame, landmarks, points.lower_inner));
}

/** Draw the inside of a mouth into a photo; `before` is its box before any change. */
export function* drawMouth(change: MouthChange, teeth: Teeth, before: Picture, look: Look, photo: CanvasRenderingContext2D): Work<void> {
  const { box, after } = change;
  const colours = yield* takenOn(look, yield* behindLips(change, teeth, look), box.width, 3);
  const wide = smoothstep(change.gaps[0], ...WIDE);
  const stretched = wide > 0 ? yield* box.part(photo) : before;
  yield* box.forEach((p, u, v) => {
    const own = (1 - wide) * ownShare(change, u, v);
    for (let c = 3 * p; c < 3 * p + 3; c++) {
      colours[c] += wide * (stretched.data[c] - colours[c]);
      colours[c] += own * (before.data[c] - colours[c]);
    }
  });
  const softness = Math.max(SOFTNESS, 1.2 / box.frame.scale);
  const inside = yield* box.map((u, v) => after.inside(u, v, softness));
  yield* box.lay(photo, colours, yield* takenOn(look, inside, box.width, 1));
}

/** Draw the dark line between lips that were closed into a photo. */
export function* drawLipLine(
  { points }: Model,
  { line: [width, darkness, brightness] }: ActionModel["neutral"],
  { moved, head, line: amount }: NeutralPlan,
  look: Look,
  photo: CanvasRenderingContext2D,
): Work<void> {
  const frame = frameOf(points, moved, head);
  const edges = edgesOf(points, frame, moved);
  const box = Box.around(frame, [...edges.upper, ...edges.lower], MARGIN, photo.canvas);
  if (box.isEmpty) return;
  const alpha = yield* box.map((u, v) => {
    const away = v - (edges.top(u) + edges.bottom(u)) / 2;
    return amount * darkness * Math.exp(-((away / width) ** 2)) * smoothstep(Math.min(u - edges.left, edges.right - u), 0, 0.06);
  });
  const colours = Float32Array.from({ length: 3 * alpha.length }, (_, i) => brightness * look.lips[i % 3]);
  yield* box.lay(photo, colours, yield* takenOn(look, alpha, box.width, 1));
}

/** The cavity, the tongue, the lower and the upper teeth and the gums, in the shadow of the lips. */
function* behindLips(change: MouthChange, teeth: Teeth, { light, lips }: Look): Work<Float32Array> {
  const { box, inner, jaw } = change;
  const out = new Float32Array(3 * box.width * box.height);
  const scale = clamp(change.width / teeth.mouthWidth, ...WIDTH_RATIOS);
  const lower = 0.55 * smoothstep(jaw, ...LOWER_TEETH_FROM);
  const gums = gumColour(light.white, lips);
  const layer = new Layer();
  const bite = new Float64Array(4);
  const lay = (u: number, v: number, brightness: number) => {
    readTeeth(teeth, u / scale, v / scale, bite);
    layer.mix(bite[3] * Math.min(1, 2 * brightness), (c) => bite[c] * brightness * light.white[c]);
  };
  yield* box.forEach((p, imageU, imageV) => {
    const [u, v] = [imageU - inner[0], imageV - inner[1]];
    layer.mix(1, (c) => DARK * lips[c]);
    const texture = 1 + 0.1 * Math.sin(38 * u + 1) * Math.sin(53 * v) - 0.18 * Math.exp(-((u / 0.012) ** 2));
    layer.mix(tongueAt(change, imageU, imageV), (c) => TONGUE * lips[c] * texture);
    lay(u * 1.25, 0.028 + jaw * 0.93 - v, lower);
    lay(u, v, 0.97);
    const line = -GUM_HEIGHT * scale + 0.008 * Math.cos((2 * Math.PI * u) / (TOOTH_WIDTH * scale));
    layer.mix(1 - smoothstep(v, line - 0.006, line + 0.006), (c) => gums[c]);
    layer.mix(1 - shadeAt(change, imageU, imageV), () => 0);
    out.set(layer.colour, 3 * p);
  });
  return out;
}

/** A colour that others are laid over. */
class Layer {
  readonly colour = new Float64Array(3);

  mix(share: number, of: (c: number) => number): void {
    for (let c = 0; c < 3; c++) this.colour[c] += share * (of(c) - this.colour[c]);
  }
}

function gumColour(white: Colour, lips: Colour): number[] {
  const brightness = (GUM * luminanceAt(white, 0)) / Math.max(luminanceAt(lips, 0), 0.02);
  return lips.map((value) => clamp(brightness * value, 0, 1));
}

/** Colour and alpha of the upper teeth at a place from the middle of the resting lips. */
function readTeeth({ width, height, colours, shown, step, halfWidth, above }: Teeth, u: number, v: number, out: Float64Array): void {
  const [column, row] = [(u + halfWidth) / step, Math.max((v + above) / step, 0)];
  sample(shown, width, height, 1, column, row, out);
  out[3] = out[0];
  sample(colours, width, height, 3, column, row, out);
}

/** The alpha of the tongue: a mound on the floor of a mouth that is wide open. */
function tongueAt({ after, gaps: [, gap] }: MouthChange, u: number, v: number): number {
  const shown = smoothstep(gap, ...TONGUE_FROM);
  if (shown === 0) return 0;
  const [middle, half] = [(after.left + after.right) / 2, (after.right - after.left) / 2];
  const across = (u - middle) / Math.max(0.72 * half, 1e-3);
  const surface = after.bottom(u) - Math.sqrt(clamp(1 - across ** 2, 0, 1)) * 0.48 * gap;
  const edge = 0.25 * gap + 1e-3;
  return smoothstep(v - surface, -edge, edge) * smoothstep(1 - Math.abs(across), 0, 0.45) * shown;
}

/** The light that the shadow of the lips and of the corners leaves. */
function shadeAt({ after }: MouthChange, u: number, v: number): number {
  const below = Math.max(v - after.top(u), 0);
  const above = Math.max(after.bottom(u) - v, 0);
  const corner = Math.max(Math.min(u - after.left, after.right - u), 0);
  const lips = LIP_SHADOW * Math.exp(-below / SHADOW_DEPTH) + 0.25 * Math.exp(-above / 0.02);
  const narrow = 0.25 * (1 - smoothstep(after.height, 0.03, 0.12));
  return clamp(1 - lips - 0.4 * Math.exp(-corner / 0.04) - narrow, 0.08, 1);
}

/** Where the photo's own mouth is kept: between lips that were open, and where they still are. */
function ownShare({ before, gaps: [gap], jaw }: MouthChange, u: number, v: number): number {
  const open = smoothstep(gap, ...OWN_GAP);
  if (open === 0) return 0;
  const upper = 1 - smoothstep((v - before.top(u)) / Math.max(gap, 1e-3), 0.4, 1);
  const still = 1 - smoothstep(jaw, 0.02, 0.1);
  return before.inside(u, v - 0.004, 0.02) * open * Math.max(upper, still);
}
