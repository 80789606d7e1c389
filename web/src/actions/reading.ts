/** Which facial actions a face shows, as `pixelfes.expression.actions.read` tells them. */
import { shownActions } from "../core/actions";
import { smoothstep } from "../core/numbers";
import { poseOf, toCanonical, type Points, type Pose } from "../core/pose";
import type { Part } from "../core/light";
import type { Model } from "../core/model";
import { browLine } from "./brow_line";
import { drawnNames } from "./mixing";
import type { ActionModel } from "./model";
import { openingOf, SIDES } from "./planning";

/** Sizes by name, with sides; of the learned expression "smile", and of its opening "smileOpening". */
export type Shown = Record<string, number>;

/**
 * Read which actions a face shows, and how far; 1 is the extreme of the head that they were measured on.
 *
 * Brows are read from the photo too if the part of it above the eyes is given (`browBox`).
 */
export function readActions(model: Model, actions: ActionModel, landmarks: Points, part?: Part): Shown {
  const head = poseOf(landmarks, model.head, model.points.stable);
  const shape = toCanonical(head, landmarks);
  const together = shownActions(model, shape);
  const halves = sideDifferences(actions, shape);
  const shown: Shown = {};
  actions.neutral.names.forEach((name, k) => {
    const half = halves.get(name);
    if (half === undefined) shown[name] = together[k];
    else [shown[`${name}_L`], shown[`${name}_R`]] = [Math.max(0, together[k] + half), Math.max(0, together[k] - half)];
  });
  return part ? { ...shown, ...readBrows(model, actions, head, landmarks, part) } : shown;
}

/** The actions of a reading that are more than a person's own shape, without the smile. */
export function meantActions({ reading }: ActionModel, shown: Shown): Shown {
  const kept = Object.entries(shown).flatMap(([name, size]) => {
    const meant = size * smoothstep(size, ...reading.meant);
    if (reading.smile.includes(name) || meant <= 0) return [];
    return [[name, meant / Math.max(reading.reliability[name.replace(/_[LR]$/, "")], 0.5)] as const];
  });
  return Object.fromEntries(kept);
}

/** The sizes that a face still lacks, of which `neutral` takes back a share first. */
export function missingSizes(actions: ActionModel, wanted: Float64Array, shown: Shown, neutral = 0): Float64Array {
  const { names, gains } = actions.neutral;
  const missing = wanted.slice();
  for (const [name, size] of Object.entries(meantActions(actions, shown))) {
    const row = actions.index.get(name) as number;
    const left = gains[names.indexOf(name.replace(/_[LR]$/, ""))] > 0 ? 1 - neutral : 1;
    missing[row] = Math.max(0, missing[row] - left * size);
  }
  return missing;
}

/** Half the difference of the sides of each action that has sides, told from what of a shape is not symmetric. */
function sideDifferences(actions: ActionModel, shape: Points): Map<string, number> {
  const { sided, inverse } = actions.reading;
  const other = mirrored(actions, shape);
  const products = sided.map((name) => {
    const [left, right] = drawnNames(actions, name).map((drawn) => actions.displacement[actions.index.get(drawn) as number]);
    return left.reduce((sum, value, i) => sum + ((value - right[i]) * (shape[i] - other[i])) / 2, 0);
  });
  const solved = sided.map((_, k) => products.reduce((sum, value, j) => sum + inverse[k * sided.length + j] * value, 0));
  return new Map(sided.map((name, k) => [name, solved[k]]));
}

function mirrored({ mirror }: ActionModel, shape: Points): Points {
  return shape.map((_, i) => (i % 3 === 0 ? -1 : 1) * shape[3 * mirror[Math.floor(i / 3)] + (i % 3)]);
}

/** The sizes of the actions of the brows, beyond those of resting faces. */
function readBrows(model: Model, actions: ActionModel, head: Pose, landmarks: Points, part: Part): Shown {
  const { names, points, offset, rest } = actions.reading.brows;
  const found: Shown = {};
  SIDES.forEach((side, s) => {
    const own = toCanonical(head, landmarks);
    const shape = s ? mirrored(actions, own) : own;
    const places = [1, 0].flatMap((k) => points.map((point) => shape[3 * point + k]));
    const opening = openingOf(shape, model.points.left_eye);
    const features = [...browLine(model, actions, head, landmarks, s, part), ...places, opening];
    names.forEach((name, n) => {
      const read = features.reduce((sum, value, f) => {
        const [mean, scale] = [actions.brows[5 * f], actions.brows[5 * f + 1]];
        return sum + ((value - mean) / scale) * actions.brows[5 * f + 2 + n];
      }, offset[n]);
      found[`${name}${side}`] = Math.max(0, read - rest[n]);
    });
  });
  return found;
}
