/**
 * Eyes whose lids and iris have moved, as `pixelfes.expression.actions.draw.eyes` has them: the eyeball of the photo, unwarped,
 * behind lids that have moved.
 */
import { clamp, smoothstep } from "../core/numbers";
import { eyeDistance, turn } from "../core/pose";
import type { Model } from "../core/model";
import type { Work } from "../core/work";
import { eyeAngles } from "./mixing";
import type { ActionModel } from "./model";
import { Eyeball } from "./iris";
import { CLOSING, closedLid, type Polyline } from "./lids";
import { takenOn, type Look } from "./look";
import { Box, Edges, localLine, toLocal, type Frame, type Picture, type Place } from "./opening";
import { LOWER_LID, outlineOf, SIDES, UPPER_LID, type ActionPlan } from "./planning";

const BALL_RADIUS = 0.19;
const SOFTNESS = 0.01;
const STILL = 0.002;
const SHUT = [0.85, 0.98] as const;
const [SHADOW, SHADOW_DEPTH] = [0.3, 0.03];
const MARGIN = 0.06;

/** The change of one eye; lines go from left to right. */
export interface EyeChange {
  box: Box;
  before: Edges;
  after: Edges;
  /** Where the iris goes, local. */
  shift: Place;
  blink: number;
  /** How far a blink hides even a slit between the lids, 0 to 1. */
  shut: number;
  /** The line above the eye from which on a closing lid is drawn, before and after, and the lower edge of the brow. */
  lidBefore: Polyline;
  lidAfter: Polyline;
  brow: Polyline;
}

/** The changes of the eyes that move and lie in the photo. */
export function eyeChanges(model: Model, actions: ActionModel, plan: ActionPlan, photo: { width: number; height: number }): EyeChange[] {
  return SIDES.map((_, s) => eyeChange(model, actions, plan, s, photo)).filter((change) => !change.box.isEmpty && !isStill(change));
}

function eyeChange(model: Model, actions: ActionModel, plan: ActionPlan, s: number, photo: { width: number; height: number }): EyeChange {
  const { landmarks, moved } = plan;
  const eye = outlineOf(model, SIDES[s]);
  const frame = frameOf(model, plan, eye);
  const [before, after] = [landmarks, moved].map((points) => edgesOf(localLine(frame, points, eye)));
  const brow = localLine(frame, landmarks, actions.points.lower_brow[s]);
  const [lidBefore, lidAfter] = [landmarks, moved].map((points) => localLine(frame, points, actions.points.lid_top[s]));
  const blink = plan.size(`eyeBlink${SIDES[s]}`);
  const skin = blink > CLOSING[0] ? [...lidBefore, ...brow] : [];
  const box = Box.around(frame, [...before.upper, ...before.lower, ...after.upper, ...after.lower, ...skin], MARGIN, photo);
  const shift = shiftOf(plan, frame, eyeAngles(actions, plan.size, SIDES[s]));
  const [from, to, above] = [lidBefore, lidAfter, brow].map(fromLeft);
  return { box, before, after, shift, blink, shut: smoothstep(blink, ...SHUT), lidBefore: from, lidAfter: to, brow: above };
}

function fromLeft(line: Place[]): Polyline {
  const sorted = line.slice().sort((a, b) => a[0] - b[0]);
  return { u: sorted.map(([u]) => u), v: sorted.map(([, v]) => v) };
}

function frameOf({ points }: Model, { landmarks }: ActionPlan, eye: number[]): Frame {
  const [x0, y0, x1, y1] = [eye[0], eye[8]].flatMap((i) => [landmarks[3 * i], landmarks[3 * i + 1]]);
  const length = Math.max(Math.hypot(x1 - x0, y1 - y0), 1e-6);
  const scale = eyeDistance(landmarks, points.right_eye_corners, points.left_eye_corners);
  return { origin: [(x0 + x1) / 2, (y0 + y1) / 2], along: [(x1 - x0) / length, (y1 - y0) / length], scale };
}

function edgesOf(outline: Place[]): Edges {
  const line = (lid: readonly number[]) => [outline[0], ...lid.map((at) => outline[at]), outline[8]];
  return new Edges(line(UPPER_LID), line(LOWER_LID));
}

/** Where the iris goes in the local frame when the eye turns by these angles, to the person's left and up. */
function shiftOf({ head }: ActionPlan, frame: Frame, angles: [number, number]): Place {
  const [left, up] = angles.map((angle) => (angle * Math.PI) / 180);
  const turned = [Math.sin(left) * Math.cos(up), -Math.sin(up), 1 - Math.cos(left) * Math.cos(up)];
  const [x, y] = turn(
    head,
    Float64Array.from(turned, (value) => BALL_RADIUS * value),
  );
  return toLocal(frame, frame.origin[0] + x, frame.origin[1] + y);
}

function isStill({ before, after, shift }: EyeChange): boolean {
  const step = (a: Place[], b: Place[]) => Math.max(...a.map(([u, v], i) => Math.max(Math.abs(u - b[i][0]), Math.abs(v - b[i][1]))));
  return Math.max(step(before.upper, after.upper), step(before.lower, after.lower)) < STILL && isFixed(shift);
}

function isFixed([across, down]: Place): boolean {
  return Math.max(Math.abs(across), Math.abs(down)) < STILL;
}

/** Draw an eye into a photo; `before` is its box before any change, `skin` after its skin has moved. */
export function* drawEye(change: EyeChange, before: Picture, look: Look, photo: CanvasRenderingContext2D): Work<void> {
  const { box, after, shut, blink } = change;
  const skin = blink > CLOSING[0] ? yield* box.part(photo) : before;
  if (shut < 1 && after.height > 2 / box.frame.scale) {
    const softness = Math.max(SOFTNESS, 1.2 / box.frame.scale);
    const alpha = yield* box.map((u, v) => after.inside(u, v, softness) * (1 - shut));
    yield* box.lay(photo, yield* eyeballColours(change, before), yield* takenOn(look, alpha, box.width, 1));
  }
  if (blink <= CLOSING[0]) return;
  const lid = yield* closedLid(change, before, skin);
  yield* box.lay(photo, yield* takenOn(look, lid.colours, box.width, 3), yield* takenOn(look, lid.alpha, box.width, 1));
}

/** The eyeball in the shadow of a lid that has moved; the photo's own wherever nothing moves. */
function* eyeballColours(change: EyeChange, photo: Picture): Work<Float32Array> {
  const { box, before, after, shift } = change;
  const eyeball = yield* Eyeball.of(box, photo, before);
  const colours = yield* eyeball.colours(shift);
  const fixed = isFixed(shift);
  yield* box.forEach((p, u, v) => {
    const [raised, lowered] = [Math.abs(after.top(u) - before.top(u)), Math.abs(after.bottom(u) - before.bottom(u))];
    const corner = Math.min(u - after.left, after.right - u);
    const under = SHADOW * Math.exp(-Math.max(v - after.top(u), 0) / SHADOW_DEPTH) * smoothstep(raised, 0, 0.02);
    const light = 1 - clamp(under + 0.25 * Math.exp(-Math.max(corner, 0) / 0.02), 0, 0.6);
    const near = [1 - smoothstep(v - before.top(u), 0.02, 0.05), 1 - smoothstep(before.bottom(u) - v, 0.01, 0.03)];
    const moved = Math.max(near[0] * smoothstep(raised, 0, 0.01), near[1] * smoothstep(lowered, 0, 0.01));
    const own = fixed ? (1 - moved) * before.inside(u, v, 0.01) : 0;
    for (let c = 3 * p; c < 3 * p + 3; c++) colours[c] = (1 - own) * light * colours[c] + own * photo.data[c];
  });
  return colours;
}
