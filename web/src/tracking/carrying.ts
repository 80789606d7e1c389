/**
 * Carry landmarks on by the last movement of the face, for frames in which no network finds it.
 *
 * `pixelfes.tracking.carrying` follows the picture (Lucas and Kanade) instead, which costs a camera too much.
 * Convention: image pixels, x right, y down; times in seconds.
 */
import type { Points } from "../core/pose";
import { eyeDistance, middleOf } from "../detector/face_look";

const SETTLING = 0.1; // seconds in which a movement that is not seen comes to rest

/** The movement of a face across the image, pixels a second. */
export type Velocity = readonly [x: number, y: number];

/** How fast a face moved from one set of points to the next. */
export function velocityOf(before: Points, after: Points, step: number): Velocity {
  const [from, to] = [middleOf(before), middleOf(after)];
  return step > 0 ? [(to.x - from.x) / step, (to.y - from.y) / step] : [0, 0];
}

/** Points moved on for a step, and how fast they still move; in place if they would move farther than is believed. */
export function carriedOver(points: Points, velocity: Velocity, step: number, farthest: number): { points: Points; velocity: Velocity } {
  const rest = Math.exp(-step / SETTLING);
  const [x, y] = velocity.map((value) => value * SETTLING * (1 - rest));
  if (Math.hypot(x, y) >= farthest * eyeDistance(points)) return { points, velocity: [0, 0] };
  const moved = points.map((value, i) => value + [x, y, 0][i % 3]);
  return { points: moved, velocity: [velocity[0] * rest, velocity[1] * rest] };
}
