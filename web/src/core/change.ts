/** All that is decided about one face before it is drawn: how it moves, in which light, and by which maps. */
import { amounts, faceState, missing, moveLandmarks, type Shares } from "./expression";
import { computeMaps, type Maps } from "./maps";
import { planDrawing, type Drawing } from "./mesh";
import type { Light } from "./light";
import type { Model } from "./model";
import type { Points } from "./pose";

export interface Change {
  drawing: Drawing;
  maps: Maps;
}

/** Plan the change of a face; null where it shows already all that is asked for, or lies outside the photo. */
export function planChange(model: Model, landmarks: Points, intensity: number, light: Light, width: number, height: number): Change | null {
  if (intensity <= 0) return null;
  return planShares(model, landmarks, missing(faceState(model, landmarks), intensity), light, width, height);
}

/** Plan the change of a face by known shares. */
export function planShares(model: Model, landmarks: Points, shares: Shares, light: Light, width: number, height: number): Change | null {
  const maps = computeMaps(model, amounts(model, shares), light);
  const moved = moveLandmarks(model, landmarks, shares);
  const drawing = planDrawing(model, landmarks, moved, maps.seen, width, height);
  return drawing && { drawing, maps };
}
