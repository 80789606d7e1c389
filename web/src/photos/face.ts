/** Changes one face of a photo or of a frame, in a canvas: the learned expression first, then facial actions. */
import type { ActionDrawer } from "../actions/change";
import type { Wish } from "../actions/mixing";
import { planChange, readFace } from "../core/change";
import { lightOf, type Part } from "../core/light";
import { faceBox } from "../core/mesh";
import type { Model } from "../core/model";
import type { Points } from "../core/pose";
import type { Renderer } from "../gl/renderer";
import { drawChange, seenIn, type SeenPart } from "./drawing";

export interface FaceParts {
  model: Model;
  renderer: Renderer;
  /** What draws facial actions; null until they are loaded. */
  actions: ActionDrawer | null;
}

/**
 * Change a face in place, and return where its landmarks are now.
 *
 * `seen` is the part of the photo around the face where it is at hand already. Unlike `change_by_mix` in Python, nothing that
 * the face shows is taken back to neutral first.
 */
export function drawFace(parts: FaceParts, photo: CanvasRenderingContext2D, landmarks: Points, wish: Wish, seen?: SeenPart): Points {
  const smiling = drawLearned(parts, photo, landmarks, wish.smile ?? 0, seen);
  return parts.actions ? parts.actions.draw(photo, smiling, wish) : smiling;
}

function drawLearned(
  { model, renderer }: FaceParts,
  photo: CanvasRenderingContext2D,
  landmarks: Points,
  intensity: number,
  known?: SeenPart,
): Points {
  const { width, height } = photo.canvas;
  const box = known?.box ?? faceBox(model, landmarks, width, height);
  if (intensity <= 0 || !box.width || !box.height) return landmarks;
  const seen = known ?? seenIn(photo, box);
  const part: Part = { ...box, data: seen.part.data as Uint8ClampedArray };
  const reading = readFace(model, landmarks, part, lightOf(part, landmarks, model.points));
  const change = planChange(model, landmarks, intensity, reading, width, height);
  if (!change) return landmarks;
  drawChange(renderer, photo, seen, change);
  return change.moved;
}
