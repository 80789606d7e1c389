/** What the user wants of one face: chosen expressions, sizes set by hand, and where the eyes look. */
import type { Wish } from "../actions/mixing";
import type { Catalogue } from "./catalogue";

export interface FaceEdit {
  /** Whether the face is changed at all. */
  readonly wanted: boolean;
  /** Chosen expressions by name, each with its intensity. */
  readonly mix: Readonly<Record<string, number>>;
  /** Sizes of facial actions that were set by hand; they count in place of the mix's. */
  readonly own: Readonly<Record<string, number>>;
  /** Degrees to the person's left, and up. */
  readonly gaze: readonly [left: number, up: number];
  /** Share of what the face shows that is taken back first, where it was set by hand. */
  readonly neutral: number | null;
  /** Whether only what the face lacks of actions is added. */
  readonly only: boolean;
}

/** An edit that leaves the face as it is. */
export const UNCHANGED: FaceEdit = { wanted: true, mix: {}, own: {}, gaze: [0, 0], neutral: null, only: false };

/** Choose one expression alone; what was set by hand is gone. */
export function choose(edit: FaceEdit, name: string, intensity = 1): FaceEdit {
  return { ...UNCHANGED, wanted: edit.wanted, mix: { [name]: intensity } };
}

/** Add an expression to those that are chosen, or take it away. */
export function toggleInMix(edit: FaceEdit, name: string): FaceEdit {
  const { [name]: known, ...others } = edit.mix;
  return { ...edit, mix: known === undefined ? { ...edit.mix, [name]: 1 } : others };
}

/** Set the intensity of a chosen expression. */
export const setIntensity = (edit: FaceEdit, name: string, intensity: number): FaceEdit => ({
  ...edit,
  mix: { ...edit.mix, [name]: intensity },
});

/** Set the size of actions by hand. */
export const setSizes = (edit: FaceEdit, names: readonly string[], size: number): FaceEdit => ({
  ...edit,
  own: { ...edit.own, ...Object.fromEntries(names.map((name) => [name, size])) },
});

/** What is to be drawn: the sum of the chosen expressions, with what was set by hand in its place. */
export function wishOf(edit: FaceEdit, catalogue: Catalogue): Required<Wish> {
  const sum = { smile: 0, neutral: 0, actions: {} as Record<string, number> };
  for (const [name, intensity] of Object.entries(edit.mix)) {
    const expression = catalogue.expressions.find((known) => known.name === name);
    if (!expression) continue;
    sum.smile += intensity * expression.smile;
    sum.neutral = Math.max(sum.neutral, Math.min(1, intensity / catalogue.neutralFrom) * expression.neutral);
    for (const [action, size] of Object.entries(expression.actions)) sum.actions[action] = (sum.actions[action] ?? 0) + intensity * size;
  }
  const { gaze, neutral, only, own } = edit;
  return { smile: sum.smile, neutral: neutral ?? sum.neutral, actions: { ...sum.actions, ...own }, gaze, only };
}

/** Whether the edit draws nothing. */
export function isStill(edit: FaceEdit, catalogue: Catalogue): boolean {
  const { smile, neutral, actions, gaze } = wishOf(edit, catalogue);
  return !edit.wanted || !(smile || neutral || gaze[0] || gaze[1] || Object.values(actions).some((size) => size > 0));
}

/** A share of what is wished for, from nothing to all of it. */
export function scaledWish(wish: Wish, share: number): Wish {
  const { actions = {}, gaze = [0, 0], neutral = 0, only, smile = 0 } = wish;
  const sizes = Object.fromEntries(Object.entries(actions).map(([name, size]) => [name, share * size]));
  return { smile: share * smile, neutral: share * neutral, actions: sizes, gaze: [share * gaze[0], share * gaze[1]], only };
}

/** The name of what an edit shows most of; `other` where it is of no expression. */
export function mainName(edit: FaceEdit | undefined, other: string): string {
  const [strongest] = Object.entries(edit?.mix ?? {}).sort(([, a], [, b]) => b - a);
  return strongest?.[0] ?? other;
}
