/** Points beside the outline of a face, in image pixels. */
import type { Points } from "../core/pose";

/** How far the outermost of some landmarks lies outside the outline through others; negative if all lie inside. */
export function farthestOutside(landmarks: Points, points: readonly number[], outline: readonly number[]): number {
  const at = (i: number) => [landmarks[3 * i], landmarks[3 * i + 1]] as const;
  return Math.max(...points.map((point) => distanceOutside(at(point), outline.map(at))));
}

type Place = readonly [number, number];

/** The distance of a place from a closed outline, negative inside it. */
export function distanceOutside([x, y]: Place, outline: readonly Place[]): number {
  let nearest = Infinity;
  let isInside = false;
  outline.forEach(([x1, y1], i) => {
    const [x0, y0] = outline[(i + outline.length - 1) % outline.length];
    nearest = Math.min(nearest, distanceToLine([x - x0, y - y0], [x1 - x0, y1 - y0]));
    if (y0 > y !== y1 > y && x < x0 + ((y - y0) * (x1 - x0)) / (y1 - y0)) isInside = !isInside;
  });
  return isInside ? -nearest : nearest;
}

/** The distance of a place from a piece of a line that begins at 0. */
function distanceToLine([x, y]: Place, [dx, dy]: Place): number {
  const share = Math.min(1, Math.max(0, (x * dx + y * dy) / Math.max(dx * dx + dy * dy, Number.MIN_VALUE)));
  return Math.hypot(x - share * dx, y - share * dy);
}
