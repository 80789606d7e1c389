/** How facial actions add up, as `pixelfes.expression.actions.mixing` and `.gaze` have it. */
import { clamp } from "../core/numbers";
import type { ActionModel } from "./model";

/** What a face is to show: the learned expression, facial actions by name, and where the eyes look. */
export interface Wish {
  /** Intensity of the learned expression. */
  smile?: number;
  /** Sizes by name; a name without a side means both. */
  actions?: Readonly<Record<string, number>>;
  /** Degrees to the person's left, and up. */
  gaze?: readonly [left: number, up: number];
  /** Share of what the face shows that is taken back first, 0 to 1. */
  neutral?: number;
  /** Whether only what the face lacks of actions is added; of the learned expression that is always so. */
  only?: boolean;
}

/** Whether a wish asks for more than the learned expression. */
export function hasActions({ actions = {}, gaze = [0, 0], neutral = 0 }: Wish): boolean {
  return neutral > 0 || gaze[0] !== 0 || gaze[1] !== 0 || Object.values(actions).some((size) => size > 0);
}

/** Whether a wish depends on what the face shows before the learned expression is drawn. */
export const isInOrder = ({ neutral = 0, only = false }: Wish): boolean => neutral > 0 || only;

/** The sizes of all actions that a wish asks for: capped, and without what excludes each other. */
export function sizesOf(model: ActionModel, { actions = {}, gaze }: Wish): Float64Array {
  const weights = new Map<string, number>();
  const all = [...Object.entries(actions), ...(gaze ? gazeActions(model, ...gaze) : [])];
  for (const [name, size] of all) for (const one of drawnNames(model, name)) weights.set(one, (weights.get(one) ?? 0) + size);
  return mixed(model, weights);
}

/** The wish of a preset at an intensity, as `Mix.scaled` has it. */
export function presetWish(model: ActionModel, name: string, intensity = 1): Wish {
  const preset = model.presets[name];
  if (!preset) throw new RangeError(`there is no preset ${name}`);
  const actions = Object.fromEntries(Object.entries(preset.actions).map(([action, size]) => [action, intensity * size]));
  const neutral = Math.min(1, intensity / model.mixing.neutral_from) * preset.neutral;
  return { smile: intensity * preset.smile, actions, neutral };
}

/** Throw a `RangeError` where the share that is to be taken back is none. */
export function checkNeutral({ neutral = 0 }: Wish): void {
  if (!(neutral >= 0 && neutral <= 1)) throw new RangeError("neutral must be a number from 0 to 1");
}

/** The actions that look this far to the person's left and up. */
export function gazeActions({ gaze }: ActionModel, left: number, up: number): [string, number][] {
  if (!(Math.abs(left) <= gaze.largest && Math.abs(up) <= gaze.largest)) {
    throw new RangeError(`gaze must be two angles from -${gaze.largest} to ${gaze.largest}`);
  }
  const across = left > 0 ? ["eyeLookOut_L", "eyeLookIn_R"] : ["eyeLookIn_L", "eyeLookOut_R"];
  const along = up > 0 ? ["eyeLookUp_L", "eyeLookUp_R"] : ["eyeLookDown_L", "eyeLookDown_R"];
  const turned = up > 0 ? up / gaze.up : -up / gaze.down;
  return [
    ...across.map((name) => [name, Math.abs(left) / gaze.sideways] as [string, number]),
    ...along.map((name) => [name, turned] as [string, number]),
  ];
}

/** How far the eye of a side is turned to the person's left and up, degrees. */
export function eyeAngles({ gaze }: ActionModel, size: (name: string) => number, side: "_L" | "_R"): [number, number] {
  const across = gaze.sideways * (size(`eyeLookOut${side}`) - size(`eyeLookIn${side}`));
  const up = gaze.up * size(`eyeLookUp${side}`) - gaze.down * size(`eyeLookDown${side}`);
  return [side === "_L" ? across : -across, up];
}

/** The drawn actions that a name means: both sides where it has none. */
export function drawnNames({ index }: ActionModel, name: string): string[] {
  const names = index.has(name) ? [name] : [`${name}_L`, `${name}_R`];
  if (!index.has(names[0])) throw new RangeError(`${name} is no facial action`);
  return names;
}

function mixed({ names, index, mixing }: ActionModel, weights: ReadonlyMap<string, number>): Float64Array {
  const sizes = Float64Array.from(names, (name, k) => {
    const weight = weights.get(name) ?? 0;
    if (!(Math.abs(weight) <= mixing.largest)) throw new RangeError(`the size of ${name} must be a number up to ${mixing.largest}`);
    return clamp(weight, 0, mixing.caps[k]);
  });
  const row = (name: string) => index.get(name) as number;
  for (const [one, other] of mixing.antagonists) {
    const less = Math.min(sizes[row(one)], sizes[row(other)]);
    for (const name of [one, other]) sizes[row(name)] -= less;
  }
  const pucker = sizes[row(mixing.pucker)];
  const widest = Math.max(...mixing.stretch.map((name) => sizes[row(name)]));
  for (const name of mixing.stretch) sizes[row(name)] = Math.max(0, sizes[row(name)] - pucker);
  sizes[row(mixing.pucker)] = Math.max(0, pucker - widest);
  return sizes;
}
