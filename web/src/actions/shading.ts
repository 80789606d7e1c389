/** How facial actions shade skin, as `pixelfes.expression.actions.draw.shading` and `.furrows` have it. */
import { childlikeness, shownActions } from "../core/actions";
import { blurred, type Maps } from "../core/maps";
import { clamp, smoothstep } from "../core/numbers";
import { toCanonical } from "../core/pose";
import { skinShare } from "../core/skin";
import { AS_READ, steadyNumber, type Readouts } from "../tracking/readouts";
import type { Part } from "../core/light";
import type { Model } from "../core/model";
import type { ActionModel, Furrow } from "./model";
import type { Look } from "./look";
import { SIDES, type ActionPlan } from "./planning";

const NOTICED = 1 / 512; // change of the weight
const CUBIC = -0.75;
const [LIT_EDGE, EDGE_AT, EDGE_WIDTH] = [0.35, 2.2, 1.3];
const ALONG = 0.7; // power of the fading towards the ends of a furrow

/** The maps of a plan for one face: a change of the weight alone. */
export function shadingMaps(
  model: Model,
  actions: ActionModel,
  plan: ActionPlan,
  look: Look,
  part: Part,
  readouts: Readouts = AS_READ,
): Maps {
  const { grid } = actions;
  const logarithm = shadesOf(actions, plan);
  addFurrows(actions, plan, furrowedShare(model, actions, plan, look, readouts), logarithm);
  const skin = readouts.steady("bare skin: actions", () => skinShare(model, plan.landmarks, part, look.light.skin, grid));
  const bare = blurred(skin, grid.size, 1);
  const weight = logarithm.map((value, p) => Math.expm1(clamp(value, ...actions.shading.shaded)) * grid.shaded[p] * bare[p]);
  return mapsOf(calmed(weight, grid.calm), grid.size, model.channels);
}

/** The logarithms of all actions together, on the grid that shading is drawn on. */
function shadesOf({ shades, shading }: ActionModel, { sizes }: ActionPlan): Float32Array {
  const stored = new Float32Array(shading.stored_size ** 2);
  sizes.forEach((size, k) => {
    if (size) for (let p = 0; p < stored.length; p++) stored[p] += size * shades[k][p];
  });
  return enlarged(stored, shading.stored_size, shading.size);
}

/** A square enlarged by OpenCV's cubic, its border going on outside. */
function enlarged(values: Float32Array, count: number, size: number): Float32Array {
  const taps = Array.from({ length: size }, (_, i) => {
    const place = ((i + 0.5) * count) / size - 0.5;
    const base = Math.floor(place);
    return { weights: cubicWeights(place - base), at: [-1, 0, 1, 2].map((k) => clamp(base + k, 0, count - 1)) };
  });
  return Float32Array.from({ length: size * size }, (_, p) => {
    const [row, column] = [taps[Math.floor(p / size)], taps[p % size]];
    let sum = 0;
    for (let j = 0; j < 4; j++)
      for (let k = 0; k < 4; k++) sum += row.weights[j] * column.weights[k] * values[row.at[j] * count + column.at[k]];
    return sum;
  });
}

function cubicWeights(t: number): number[] {
  const near = (x: number) => ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
  const far = (x: number) => ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
}

/** How deep furrows are drawn: not at all on small children and in blurred photos. */
function furrowedShare(
  model: Model,
  { shading }: ActionModel,
  { head, landmarks }: ActionPlan,
  { blur }: Look,
  readouts: Readouts,
): number {
  const shape = toCanonical(head, landmarks);
  const likeness = steadyNumber(readouts, "childlike: furrows", () => childlikeness(model, shape, shownActions(model, shape)));
  return (1 - smoothstep(likeness, ...shading.childlike)) * (1 - smoothstep(blur / head.scale, ...shading.blurred));
}

/** Add the furrows of a plan to a logarithm. */
function addFurrows({ shading }: ActionModel, plan: ActionPlan, share: number, logarithm: Float32Array): void {
  if (share <= 0) return;
  for (const furrow of shading.furrows)
    SIDES.forEach((side, s) => {
      const size = plan.size(`${furrow.action}${side}`);
      if (size <= 0) return;
      const picture = pictureOf(furrow, shading);
      const column = (p: number) => (s === 0 ? p % shading.size : shading.size - 1 - (p % shading.size));
      for (let p = 0; p < picture.length; p++) logarithm[p] += share * furrow.depth * size * picture[p - (p % shading.size) + column(p)];
    });
}

const pictures = new WeakMap<Furrow, Float32Array>();

/** A furrow of depth 1 on the left side, drawn once. */
function pictureOf(furrow: Furrow, shading: ActionModel["shading"]): Float32Array {
  const drawn = pictures.get(furrow) ?? draw(furrow, shading).map((value) => Math.round(shading.depth_steps * value) / shading.depth_steps);
  pictures.set(furrow, drawn);
  return drawn;
}

function draw({ width, crosses, curve }: Furrow, { size, middle }: ActionModel["shading"]): Float32Array {
  return Float32Array.from({ length: size * size }, (_, p) => {
    const [x, y] = [p % size, Math.floor(p / size)];
    let [nearest, least] = [0, Infinity];
    curve.forEach(([u, v], n) => {
      const distance = Math.hypot(x - u, y - v);
      if (distance < least) [nearest, least] = [n, distance];
    });
    const away = least / width;
    const line = -Math.exp(-(away ** 2) / 2) + LIT_EDGE * Math.exp(-(((away - EDGE_AT) / EDGE_WIDTH) ** 2) / 2);
    const place = clamp((nearest + 0.5) / curve.length, 0, 1);
    if (!crosses) return line * Math.sin(Math.PI * place) ** ALONG;
    return line * Math.sin((Math.PI / 2) * (1 + place)) ** ALONG * clamp(0.5 + x - middle, 0, 1);
  });
}

/** A change of the weight that leaves the mean colour of cheeks and forehead as it is. */
function calmed(weight: Float32Array, calm: Float32Array): Float32Array {
  let [both, own] = [0, 0];
  calm.forEach((value, p) => ([both, own] = [both + value * weight[p], own + value * value]));
  return weight.map((value, p) => value - (calm[p] * both) / own);
}

function mapsOf(weight: Float32Array, size: number, channels: 1 | 3): Maps {
  const side = size + 2;
  const lit = new Float32Array(4 * side * side);
  const added = channels === 3 ? new Float32Array(4 * side * side) : null;
  weight.forEach((change, p) => {
    const at = 4 * (side * (1 + Math.floor(p / size)) + 1 + (p % size));
    lit[at + 3] = change;
    added?.fill(change, at, at + 3);
  });
  return { lit, added, seen: weight.map((change) => (Math.abs(change) > NOTICED ? 1 : 0)) };
}
