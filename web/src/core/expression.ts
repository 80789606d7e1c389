/** How a face is to change, as `pixelfes.expression.plan` and `pixelfes.expression.displacement` have it. */
import { AS_READ, steadyNumber, type Readouts } from "../tracking/readouts";
import { childlikeness, shownActions } from "./actions";
import { clamp, smoothstep } from "./numbers";
import { poseOf, toCanonical, turn, yawOf, type Points, type Pose } from "./pose";
import type { Model } from "./model";

/** What a face shows before it is changed. */
export interface FaceState {
  /** Strength of the movement, share of the opening; 0 none, 1 full. */
  strength: number;
  openness: number;
  /** Sizes of the facial actions. */
  actions: Float64Array;
  /** Share of the area between the lips that shows teeth. */
  teeth: number;
}

/** Where the points go, and what that adds. */
export interface Plan {
  moved: Points;
  movement: number;
  /** Share of the opening after the change. */
  opened: number;
  /** 1 where the mouth keeps its inside, 0 where teeth are painted. */
  own: number;
  /** Share to which the inside of the mouth stays where it is. */
  still: number;
}

const CLOSED_UNTIL = 0.25;
const WIDEST_OPEN = 6;
const N = 3;

/** Read what a face shows; `teeth` comes from the photo. */
export function faceState(model: Model, landmarks: Points, teeth: number): FaceState {
  const shape = toCanonical(poseOf(landmarks, model.head, model.points.stable), landmarks);
  return { ...stateOf(model, landmarks), actions: shownActions(model, shape), teeth };
}

/**
 * Plan a change: what opposes it is taken back, and what is missing is added.
 *
 * Before a camera, a mouth that speaks keeps its inside, and is not opened further.
 */
export function plan(model: Model, landmarks: Points, state: FaceState, intensity: number, readouts: Readouts = AS_READ): Plan {
  const { plan: numbers, points, tracking } = model;
  const head = poseOf(landmarks, model.head, points.stable);
  const frame = poseOf(landmarks, model.reference, points.stable);
  const sizes = readouts.steady("shown", () => state.actions);
  const speaking = smoothstep(readouts.restless("openness", state.openness), ...tracking.readouts.speaking);
  const own = Math.max(speaking, readouts.switch("own inside", ownInside(model, state), 1));
  const back = turn(head, takenBack(model, sizes, own));
  const relaxed = steadyState(stateOf(model, sum(landmarks, back)), readouts);
  const relaxing = Math.min(1, intensity / numbers.taken_back_at);
  const shown = 1 - smoothstep(Math.abs(yawOf(head)), ...numbers.turned);
  const movement = shown * missingMovement(relaxed.strength, intensity);
  const childlike = steadyNumber(readouts, "childlike", () => childlikeness(model, toCanonical(head, landmarks), sizes));
  const closed = readouts.switch("child", childlike, numbers.childlike);
  const missing = (1 - closed) * openingAt(intensity) - relaxed.openness;
  const opening = missing * (missing < 0 ? relaxing : 1) * (1 - own) * shown;
  const added = turn(
    frame,
    Float64Array.from(model.movement, (value, i) => movement * value + opening * model.opening[i]),
  );
  const seen = seenShare(model, head);
  const step = added.map((value, i) => (shown * relaxing * back[i] + value) * seen[Math.floor(i / N)]);
  const moved = sealed(model, head, sum(landmarks, step));
  const opened = stateOf(model, moved, frame).openness;
  return { moved, movement, opened, own, still: (1 - speaking) * stillShare(model, landmarks, moved, own) };
}

/** How much of the change skin and the inside of the mouth get, and how bright painted teeth are, in units of white. */
export function amounts(model: Model, { movement, opened, own }: Plan): { skin: number; mouth: number; teethLight: number } {
  const { teeth_from: from, shade, in_the_light: range } = model.plan;
  const teethLight = shade + (1 - shade) * smoothstep(opened, ...range);
  if (!model.fullGap) return { skin: movement, mouth: movement, teethLight };
  return { skin: movement, mouth: (1 - own) * clamp(opened / from, 0, 1), teethLight };
}

/** Strength and openness of the expression that a face shows. */
export function stateOf(model: Model, landmarks: Points, frame = poseOf(landmarks, model.reference, model.points.stable)) {
  const shape = toCanonical(frame, landmarks);
  let strength = model.readoutOffset;
  for (let i = 0; i < shape.length; i++) strength += model.readout[i] * shape[i];
  const [upper, lower] = model.points.inner_lips;
  const gap = shape[N * lower + 1] - shape[N * upper + 1] - model.restingGap;
  return { strength, openness: model.fullGap ? Math.min(WIDEST_OPEN, Math.max(0, gap) / model.fullGap) : 0 };
}

/** What decides whether a mouth keeps its inside: it does above 1. */
function ownInside({ plan: { parted, own_teeth: least, broad } }: Model, { strength, openness, teeth }: FaceState): number {
  return Math.min(openness / parted, Math.max((teeth * Math.max(1, openness)) / least, strength / broad));
}

function steadyState({ strength, openness }: Pick<FaceState, "strength" | "openness">, readouts: Readouts) {
  const [steadyStrength, steadyOpenness] = readouts.steady("state", () => Float64Array.of(strength, openness));
  return { strength: steadyStrength, openness: steadyOpenness };
}

/** The displacement, canonical for the head, that takes back the actions that oppose the expression. */
function takenBack({ plan: numbers, takenActions }: Model, sizes: Float64Array, own: number): Points {
  const smiling = smoothstep(sizes[numbers.smile], ...numbers.smiling);
  const out = new Float64Array(N * 468);
  numbers.taken.forEach((action, t) => {
    let size = sizes[action];
    if (action === numbers.jaw_open) size *= 1 - own;
    if (action === numbers.brow_down) size = Math.max(0, size - sizes[numbers.brow_up]);
    const meant = numbers.gains[t] * size * smoothstep(size, ...numbers.clear) * (1 - smiling);
    for (let i = 0; i < out.length; i++) out[i] -= meant * takenActions[t * out.length + i];
  });
  return out;
}

function missingMovement(strength: number, intensity: number): number {
  const shown = Math.max(strength * smoothstep(Math.abs(strength), 0.1, 0.4), -0.3 * Math.min(1, intensity));
  return Math.max(0, intensity - shown);
}

function openingAt(intensity: number): number {
  return intensity >= 1 ? intensity : Math.max(0, (intensity - CLOSED_UNTIL) / (1 - CLOSED_UNTIL));
}

/** How well each point of a turned face is seen, in units of how well it is seen from the front. */
export function seenShare({ normals, plan: { from_front: front } }: Model, { rotation: r }: Pose): Float64Array {
  return Float64Array.from(front, (well, i) => {
    const facing = -(normals[N * i] * r[6] + normals[N * i + 1] * r[7] + normals[N * i + 2] * r[8]);
    return clamp(facing / well, 0, 1);
  });
}

/** Close inner lips that cross; the lower lip goes most of the way. */
function sealed({ points, plan: { upper_lip_share: share } }: Model, head: Pose, landmarks: Points): Points {
  const shape = toCanonical(head, landmarks);
  const step = new Float64Array(shape.length);
  points.upper_inner.slice(1, -1).forEach((upper, i) => {
    const lower = points.lower_inner[i + 1];
    const crossed = Math.max(0, shape[N * upper + 1] - shape[N * lower + 1]);
    step[N * upper + 1] = -share * crossed;
    step[N * lower + 1] = (1 - share) * crossed;
  });
  return sum(landmarks, turn(head, step));
}

function stillShare({ points, plan: { room_for_lips: room } }: Model, landmarks: Points, moved: Points, own: number): number {
  const [upper, lower] = points.inner_lips;
  const apart = (a: Points, i: number, b: Points, j: number) => Math.hypot(a[N * i] - b[N * j], a[N * i + 1] - b[N * j + 1]);
  const step = Math.max(apart(landmarks, upper, moved, upper), apart(landmarks, lower, moved, lower));
  return own * Math.min(1, (room * apart(landmarks, upper, landmarks, lower)) / Math.max(step, 1e-6));
}

function sum(a: Points, b: Points): Points {
  return a.map((value, i) => value + b[i]);
}
