/** What can be asked for: the expressions and the sliders, as the model files have them. */
import type { ActionModel } from "../actions/model";
import type { Model } from "../core/model";

export interface Expression {
  name: string;
  /** Intensity of the learned expression. */
  smile: number;
  /** Share of what the face shows that is taken back first. */
  neutral: number;
  /** Sizes by the names of actions, sides written out. */
  actions: Readonly<Record<string, number>>;
  experimental: boolean;
}

export type Region = "mouth" | "eyes" | "brows" | "cheeks";

/** One slider of facial actions: both sides of a movement, or one that has none. */
export interface ActionSlider {
  /** Name without its side. */
  name: string;
  /** The actions that it sets: one, or left and right. */
  actions: readonly string[];
  region: Region;
  largest: number;
}

export interface Catalogue {
  expressions: readonly Expression[];
  sliders: readonly ActionSlider[];
  /** Intensity of an expression from which on what it takes back is taken back wholly. */
  neutralFrom: number;
}

export const REGIONS: readonly Region[] = ["mouth", "eyes", "brows", "cheeks"];
const REGION_OF: [RegExp, Region][] = [
  [/^brow/, "brows"],
  [/^eye/, "eyes"],
  [/^(cheek|nose)/, "cheeks"],
];
const GAZE = /^eyeLook/; // the eyes are turned together, by gaze

/** What the model can do by itself, before facial actions are loaded. */
export function learnedOnly(model: Model): Catalogue {
  return { expressions: [learned(model)], sliders: [], neutralFrom: 1 };
}

/** What both can do; the first expression is the one that the model has learned. */
export function catalogueOf(model: Model, actions: ActionModel): Catalogue {
  const others = Object.entries(actions.presets)
    .filter(([, preset]) => Object.keys(preset.actions).length || !preset.smile)
    .map(([name, preset]) => ({ ...preset, name, actions: withSides(preset.actions, actions.index) }))
    .sort((a, b) => Number(a.experimental) - Number(b.experimental)); // what looks right on every face comes first
  return {
    expressions: [learned(model), ...others],
    sliders: slidersOf(actions),
    neutralFrom: actions.mixing.neutral_from,
  };
}

function learned({ expression }: Model): Expression {
  return { name: expression, smile: 1, neutral: 0, actions: {}, experimental: false };
}

function withSides(sizes: Readonly<Record<string, number>>, index: ReadonlyMap<string, number>): Record<string, number> {
  const sides = (name: string) => (index.has(name) ? [name] : [`${name}_L`, `${name}_R`]);
  return Object.fromEntries(Object.entries(sizes).flatMap(([name, size]) => sides(name).map((one) => [one, size])));
}

function slidersOf({ names, mixing }: ActionModel): ActionSlider[] {
  const sliders = new Map<string, ActionSlider>();
  names.forEach((action, k) => {
    const name = action.replace(/_[LR]$/, "");
    if (GAZE.test(name)) return;
    const known = sliders.get(name);
    const region = REGION_OF.find(([pattern]) => pattern.test(name))?.[1] ?? "mouth";
    sliders.set(name, { name, actions: [...(known?.actions ?? []), action], region, largest: mixing.caps[k] });
  });
  return [...sliders.values()];
}
