/** Where landmarks go under facial actions, as `pixelfes.expression.actions.planning` has it; shapes are canonical. */
import { RING_REACH } from "../core/mesh";
import { clamp, interpolated, smoothstep } from "../core/numbers";
import { poseOf, toCanonical, turn, yawOf, type Points, type Pose } from "../core/pose";
import { seenShare } from "../core/expression";
import type { Model } from "../core/model";
import type { ActionModel } from "./model";

export const SIDES = ["_L", "_R"] as const;
/** Places of an eye's outline that lie on its lids, from one corner to the other, without the corners. */
export const LOWER_LID = [1, 2, 3, 4, 5, 6, 7] as const;
export const UPPER_LID = [15, 14, 13, 12, 11, 10, 9] as const;

export interface ActionPlan {
  landmarks: Points;
  moved: Points;
  /** From the frame of the mean face to the image. */
  head: Pose;
  /** Sizes of the actions as they are drawn. */
  sizes: Float64Array;
  size(name: string): number;
  /** How far around the face the change reaches, in sizes of its oval. */
  ringReach: number;
}

/** Plan where the landmarks of a face go under actions of these sizes. */
export function planActions(model: Model, actions: ActionModel, landmarks: Points, wanted: Float64Array): ActionPlan {
  const head = poseOf(landmarks, model.head, model.points.stable);
  const shown = 1 - smoothstep(Math.abs(yawOf(head)), ...model.plan.turned);
  const sizes = wanted.map((size) => shown * size);
  const size = (name: string) => sizes[actions.index.get(name) as number];
  const before = toCanonical(head, landmarks);
  const step = new Float64Array(before.length);
  sizes.forEach((amount, k) => amount && addTo(step, actions.displacement[k], amount));
  moveLids(model, actions, before, size, step);
  const seen = seenShare(model, head);
  step.forEach((value, i) => (step[i] = value * seen[Math.floor(i / 3)]));
  const meant = sizes.reduce((sum, amount, k) => sum + amount * actions.planning.opening[k], 0);
  moveLips(model, actions, before, step, Math.max(0, meant));
  const moved = turn(head, step).map((value, i) => landmarks[i] + value);
  return { landmarks, moved, head, sizes, size, ringReach: RING_REACH + actions.planning.jaw_reach * size("jawOpen") };
}

function addTo(step: Points, displacement: Points, amount: number): void {
  for (let i = 0; i < step.length; i++) step[i] += amount * displacement[i];
}

/** The outline of an eye. */
export function outlineOf({ points }: Model, side: "_L" | "_R"): number[] {
  return side === "_L" ? points.left_eye : points.right_eye;
}

/** Put the lids of a step in units of the person's own opening. */
function moveLids(model: Model, actions: ActionModel, before: Points, size: ActionPlan["size"], step: Points): void {
  const { typical_opening: typical, lid_scales: scales, lid_actions: names } = actions.planning;
  for (const side of SIDES) {
    const eye = outlineOf(model, side);
    const scale = clamp(openingOf(before, eye) / typical, ...scales);
    const moves = (name: string) => actions.displacement[actions.index.get(name) as number];
    const blink = Math.min(1, size(`eyeBlink${side}`));
    const closing = moves(`eyeBlink${side}`);
    for (const point of eye)
      for (let i = 3 * point; i < 3 * point + 3; i++)
        for (const name of names) step[i] += (scale - 1) * size(`${name}${side}`) * moves(`${name}${side}`)[i];
    const others = UPPER_LID.map((at) => step[3 * eye[at] + 1] - blink * scale * closing[3 * eye[at] + 1]);
    close(before, eye, step, others, blink);
  }
}

/** The height of an eye's opening, canonical: the mean of its middle three pairs of points. */
export function openingOf(shape: Points, eye: readonly number[]): number {
  const height = (i: number) => shape[3 * eye[LOWER_LID[i]] + 1] - shape[3 * eye[UPPER_LID[i]] + 1];
  return Math.max(0, (height(2) + height(3) + height(4)) / 3);
}

/** Set the upper lid of a step down by a blink, and never below the lower one; `others` is the step without the blink. */
function close(before: Points, eye: readonly number[], step: Points, others: number[], blink: number): void {
  const after = (at: number, k: number) => before[3 * eye[at] + k] + step[3 * eye[at] + k];
  const lower = LOWER_LID.map((at) => [after(at, 0), after(at, 1)] as const);
  const sorted = lower.slice().sort((a, b) => a[0] - b[0]);
  const [xs, ys] = [sorted.map(([x]) => x), sorted.map(([, y]) => y)];
  UPPER_LID.forEach((at, n) => {
    const i = 3 * eye[at] + 1;
    const goal = interpolated(after(at, 0), xs, ys);
    if (blink > 0) step[i] = (1 - blink) * others[n] + blink * (goal - before[i]);
    step[i] -= Math.max(before[i] + step[i] - lower[n][1], 0);
  });
}

/** Keep the distance of the inner lips of a step as far as no action means to part them. */
function moveLips(model: Model, { planning }: ActionModel, before: Points, step: Points, meant: number): void {
  const free = smoothstep(meant, ...planning.meant);
  const share = model.plan.upper_lip_share;
  const [, upper, lower] = planning.lip_rings[0];
  const surplus = upper.map((above, n) => {
    const [i, j] = [3 * above + 1, 3 * lower[n] + 1];
    const gap = before[j] - before[i];
    const after = gap + step[j] - step[i];
    const held = Math.min(after, Math.max(gap, 0));
    return after - Math.max(free * after + (1 - free) * held, Math.min(gap, 0));
  });
  for (const [follows, above, below] of planning.lip_rings)
    for (let n = 1; n < surplus.length - 1; n++) {
      step[3 * above[n] + 1] += follows * share * surplus[n];
      step[3 * below[n] + 1] -= follows * (1 - share) * surplus[n];
    }
}

/** The distance of the middles of the inner lips, canonical. */
export function lipGapOf({ points }: Model, head: Pose, landmarks: Points): number {
  const shape = toCanonical(head, landmarks);
  const [upper, lower] = points.inner_lips;
  return shape[3 * lower + 1] - shape[3 * upper + 1];
}
