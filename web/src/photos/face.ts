/** Changes one face of a photo, in a canvas: what it shows is taken back, then the learned expression is added, then actions. */
import type { ActionDrawer } from "../actions/change";
import type { Wish } from "../actions/mixing";
import { planChange, readFaceWork } from "../core/change";
import type { Part } from "../core/light";
import { faceBox } from "../core/mesh";
import { finish, within, type Work } from "../core/work";
import type { Model } from "../core/model";
import type { Points } from "../core/pose";
import type { Renderer } from "../gl/renderer";
import { steadyLight } from "../tracking/face_readouts";
import { AS_READ, type Readouts } from "../tracking/readouts";
import { giveBack } from "../memory";
import { drawChange, seenIn, type SeenPart } from "./drawing";

export interface FaceParts {
  model: Model;
  renderer: Renderer;
  /** What takes back what a face shows, and draws facial actions; null until it is loaded. */
  actions: ActionDrawer | null;
  /** Pixels of a side of the pieces that faces are drawn in; as large as the graphics card allows where it is left out. */
  largest?: number;
  /** How what is read from the face is used: steady on a camera's frames, as it is read where this is left out. */
  readouts?: Readouts;
}

/**
 * Change a face in place, and return where its landmarks are now, as `change_by_mix` does in Python.
 *
 * `seen` is the part of the photo around the face where it is at hand already.
 */
export function drawFace(parts: FaceParts, photo: CanvasRenderingContext2D, landmarks: Points, wish: Wish, seen?: SeenPart): Points {
  return finish(drawFaceWork(parts, photo, landmarks, wish, seen));
}

/** The same as work in pieces, which can be done in slices; given up, it leaves the photo half changed. */
export function* drawFaceWork(
  parts: FaceParts,
  photo: CanvasRenderingContext2D,
  landmarks: Points,
  wish: Wish,
  seen?: SeenPart,
): Work<Points> {
  const { actions, largest, readouts } = parts;
  if (!actions) return yield* drawLearned(parts, photo, landmarks, wish.smile ?? 0, seen);
  const { smile = 0, neutral = 0 } = wish;
  const sizes = actions.sizes(photo, landmarks, wish, readouts);
  const back = yield* within(actions.takeBack(photo, landmarks, neutral, seen, { largest, readouts }), 0, 0.3);
  const intensity = Math.min(smile, actions.actions.mixing.largest_smile);
  const smiling = yield* within(drawLearned(parts, photo, back, intensity, back === landmarks ? seen : undefined), 0.3, 0.6);
  return yield* within(actions.draw(photo, smiling, sizes, { largest, readouts }), 0.6, 1);
}

function* drawLearned(
  { model, renderer, largest, readouts = AS_READ }: FaceParts,
  photo: CanvasRenderingContext2D,
  landmarks: Points,
  intensity: number,
  known?: SeenPart,
): Work<Points> {
  const { width, height } = photo.canvas;
  const box = known?.box ?? faceBox(model, landmarks, width, height);
  if (intensity <= 0 || !box.width || !box.height) return landmarks;
  const seen = known ?? (yield* within(seenIn(photo, box), 0, 0.2));
  const part: Part = { ...box, data: seen.part.data as Uint8ClampedArray };
  const light = yield* steadyLight(model, landmarks, part, readouts);
  const reading = yield* readFaceWork(model, landmarks, part, light, readouts);
  yield;
  const change = planChange(model, landmarks, intensity, reading, width, height, readouts);
  yield;
  if (!change) return landmarks;
  yield* within(drawChange(renderer, photo, seen, change, largest), 0.4, 1);
  if (!known) giveBack(seen.part.data);
  return change.moved;
}
