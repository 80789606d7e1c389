/**
 * Takes back what a face shows, as `pixelfes.expression.actions.neutral` does: the learned smile backwards, and of a face that does
 * not smile a frown or an open jaw. An open mouth closes.
 */
import { shownActions } from "../core/actions";
import { stateOf } from "../core/expression";
import { smoothstep } from "../core/numbers";
import { poseOf, toCanonical, turn, type Points, type Pose } from "../core/pose";
import type { Readouts } from "../tracking/readouts";
import type { Light } from "../core/light";
import type { Maps } from "../core/maps";
import type { Model } from "../core/model";
import { drawnNames } from "./mixing";
import type { ActionModel } from "./model";
import { lipGapOf } from "./planning";

const NOTICED = 1 / 512; // change of weight or bias

/** Where a face goes whose expression is taken back. */
export interface NeutralPlan {
  /** The landmarks, but the inner lips outside of the teeth between them. */
  here: Points;
  moved: Points;
  /** Of the face after the change. */
  head: Pose;
  /** Share of the smile's shading that is divided out. */
  shading: number;
  /** How surely there is a line between lips that close, 0 to 1. */
  line: number;
}

/**
 * Plan to take back a share of what a face shows; null where that is too little.
 *
 * `resting` is the share to which the mouth rests: one that speaks is not closed.
 */
export function planNeutral(model: Model, actions: ActionModel, landmarks: Points, amount: number, resting = 1): NeutralPlan | null {
  const { neutral: numbers } = actions;
  const { stable } = model.points;
  const head = poseOf(landmarks, model.head, stable);
  const pose = poseOf(landmarks, model.reference, stable);
  const sizes = shownActions(model, toCanonical(head, landmarks));
  const { strength, openness } = shownSmile(model, numbers, landmarks, sizes);
  const smile = Float64Array.from(model.movement, (value, i) => strength * value + resting * openness * model.opening[i]);
  const others = turn(head, otherActions(model, actions, sizes, resting));
  const back = turn(pose, smile).map((value, i) => amount * (value + others[i]));
  if (back.every((value) => Math.abs(value) < numbers.least_movement * pose.scale)) return null;
  const relaxed = landmarks.map((value, i) => value - back[i]);
  const { moved, closing } = withClosedLips(model, numbers, head, relaxed, resting * amount);
  const after = poseOf(moved, model.head, stable);
  return {
    here: aroundTeeth(model, numbers, head, landmarks, closing),
    moved,
    head: after,
    shading: numbers.shading_back * amount * strength,
    line: closing * smoothstep(lipGapOf(model, after, landmarks), ...numbers.was_open),
  };
}

/** The share to which a mouth rests; in a photo every mouth does. */
export function restingShare(model: Model, landmarks: Points, readouts: Readouts): number {
  const restless = readouts.restless("openness: neutral", stateOf(model, landmarks).openness);
  return 1 - smoothstep(restless, ...model.tracking.readouts.speaking);
}

/** How much of the smile a face shows: strength of the movement, share of the opening. */
function shownSmile(model: Model, { shown, strongest }: ActionModel["neutral"], landmarks: Points, sizes: Float64Array) {
  const state = stateOf(model, landmarks);
  const strength = (state.strength + Math.max(0, sizes[model.plan.smile])) / 2;
  const meant = smoothstep(strength, ...shown);
  return { strength: Math.min(strongest, strength) * meant, openness: Math.min(strongest, state.openness) * meant };
}

/** What a face that does not smile shows beside, canonical. */
function otherActions({ plan }: Model, actions: ActionModel, sizes: Float64Array, resting: number): Points {
  const out = new Float64Array(actions.displacement[0].length);
  const smiling = smoothstep(sizes[plan.smile], ...plan.smiling);
  actions.neutral.names.forEach((name, k) => {
    const size = k === plan.jaw_open ? resting * sizes[k] : sizes[k];
    const meant = actions.neutral.gains[k] * size * smoothstep(size, ...plan.clear) * (1 - smiling);
    if (meant === 0) return;
    for (const drawn of drawnNames(actions, name)) {
      const moves = actions.displacement[actions.index.get(drawn) as number];
      for (let i = 0; i < out.length; i++) out[i] += meant * moves[i];
    }
  });
  return out;
}

/** Landmarks whose inner lips are outside of the teeth between them. */
function aroundTeeth({ points }: Model, numbers: ActionModel["neutral"], head: Pose, landmarks: Points, closing: number): Points {
  const shape = toCanonical(head, landmarks);
  const step = new Float64Array(shape.length);
  const height = (i: number, j: number) => Math.abs(shape[3 * i + 1] - shape[3 * j + 1]);
  const { upper_inner: upper, lower_inner: lower, upper_outer: above, lower_outer: below } = points;
  for (let n = 1; n < upper.length - 1; n++) {
    const gap = height(upper[n], lower[n]);
    const reach = (inner: number, outer: number) => closing * Math.min(numbers.lip_margin, 0.4 * height(inner, outer), gap);
    step[3 * upper[n] + 1] = -reach(upper[n], above[n]);
    step[3 * lower[n] + 1] = reach(lower[n], below[n]);
  }
  return turn(head, step).map((value, i) => landmarks[i] + value);
}

/** Landmarks whose inner lips meet if they are nearly closed, and never cross; and how far they are closed. */
function withClosedLips({ points }: Model, numbers: ActionModel["neutral"], head: Pose, relaxed: Points, amount: number) {
  const shape = toCanonical(head, relaxed);
  const step = new Float64Array(shape.length);
  const gapOf = (upper: number, lower: number) => shape[3 * lower + 1] - shape[3 * upper + 1];
  const [top, bottom] = points.inner_lips;
  const closing = amount * (1 - smoothstep(gapOf(top, bottom), numbers.closed, 1.5 * numbers.closed));
  points.upper_inner.slice(1, -1).forEach((upper, n) => {
    const lower = points.lower_inner[n + 1];
    const gap = gapOf(upper, lower);
    const surplus = gap < 0 ? gap : closing * gap;
    step[3 * upper + 1] = numbers.upper_lip_share * surplus;
    step[3 * lower + 1] = -(1 - numbers.upper_lip_share) * surplus;
  });
  return { moved: turn(head, step).map((value, i) => relaxed[i] + value), closing };
}

/** The maps that undo the smile's on bare skin outside the mouth: y = (x - b) / w. */
export function neutralMaps(model: Model, { neutral }: ActionModel, { shading }: NeutralPlan, light: Light, skin: Float32Array): Maps {
  const { size, channels } = model;
  const side = size + 2;
  const lit = new Float32Array(4 * side * side);
  const added = channels === 3 ? new Float32Array(4 * side * side) : null;
  const seen = new Float32Array(size * size);
  for (let p = 0; p < size * size; p++) {
    const mouth = model.mouth[p];
    const amount = model.face[p] * (1 - mouth) * skin[p] * shading;
    const at = 4 * (side * (1 + ((p / size) | 0)) + 1 + (p % size));
    for (let c = 0; c < 3; c++) {
      const entry = channels === 3 ? 3 * p + c : p;
      const forwards = Math.max(1 + amount * (model.weight[entry] - 1), neutral.least_weight);
      const [change, bias] = [1 / forwards - 1, (-amount * model.bias[entry] * inLight(light, mouth, c)) / forwards];
      lit[at + c] = bias;
      if (added) added[at + c] = change;
      if (c === 0) lit[at + 3] = change;
      if (Math.max(Math.abs(change), Math.abs(bias)) > NOTICED) seen[p] = 1;
    }
  }
  return { lit, added, seen };
}

function inLight({ skin, white }: Light, mouth: number, c: number): number {
  return (1 - mouth) * skin[c] + mouth * white[c];
}
