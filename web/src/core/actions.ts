/** The facial actions that a face shows, as `pixelfes.expression.resting_face` reads them; shapes are canonical for `model.head`. */
import type { Model } from "./model";
import type { Points } from "./pose";

/** The sizes of the actions: a least-squares fit without negative sizes, but for that of the smile. */
export function shownActions({ plan, actionReadouts }: Model, shape: Points): Float64Array {
  const count = plan.offsets.length;
  const wanted = plan.scale.map((scale, k) => {
    let read = -plan.offsets[k];
    for (let i = 0; i < shape.length; i++) read += actionReadouts[k * shape.length + i] * shape[i];
    return scale * read;
  });
  const sizes = new Float64Array(count);
  const pull = new Float64Array(count);
  for (let round = 0; round < plan.rounds; round++) {
    const given = wanted.map((value, k) => value + plan.step * (sizes[k] - pull[k]));
    for (let k = 0; k < count; k++) {
      let fitted = pull[k];
      for (let j = 0; j < count; j++) fitted += plan.inverse[k * count + j] * given[j];
      sizes[k] = k === plan.smile ? fitted : Math.max(0, fitted);
      pull[k] = fitted - sizes[k];
    }
  }
  return sizes.map((value, k) => value * plan.scale[k]);
}

/** How far the proportions of a shape depart from those of adults towards a small child's. */
export function childlikeness({ plan, points }: Model, shape: Points, sizes: Float64Array): number {
  const [right, left] = points.mouth_corners;
  const [chin, mouth] = [shape[3 * plan.chin + 1], shape[3 * points.inner_lips[0] + 1]];
  const measures = [chin, chin - mouth, shape[3 * left] - shape[3 * right]];
  const departures = measures.map((value, m) => {
    const rest = sizes.reduce((sum, size, k) => sum - size * plan.action_measures[3 * k + m], value);
    return (plan.mean_measures[m] - rest) / plan.adult_deviations[m];
  });
  return departures.reduce((sum, value) => sum + value, 0) / 3;
}
