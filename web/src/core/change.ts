/** All that is decided about one face before it is drawn: how it moves, in which light, and by which maps. */
import { amounts, faceState, plan, type FaceState } from "./expression";
import { computeMaps, type Maps } from "./maps";
import { planDrawing, type Drawing } from "./mesh";
import { teethShare } from "./mouth";
import { steadyBlur } from "../tracking/face_readouts";
import { AS_READ, steadyNumber, type Readouts } from "../tracking/readouts";
import { skinShare } from "./skin";
import { finish, type Work } from "./work";
import type { Light, Part } from "./light";
import type { Model } from "./model";
import type { Points } from "./pose";

export interface Change {
  drawing: Drawing;
  maps: Maps;
  /** Where the landmarks go. */
  moved: Points;
  /** Share to which the inside of the mouth stays where it is. */
  still: number;
}

/** What a photo shows of a face. */
export interface Reading {
  light: Light;
  state: FaceState;
  /** The share of the change that skin gets, on the model grid. */
  skin: Float32Array;
  /** Deviation of the blur that fits added detail to the photo, pixels. */
  blur: number;
}

/** Read a face; the part of the photo must hold all of it that lies in the photo. */
export function readFace(model: Model, landmarks: Points, part: Part, light: Light): Reading {
  return finish(readFaceWork(model, landmarks, part, light));
}

/** The same in pieces, for large photos, and steady for frames. */
export function* readFaceWork(model: Model, landmarks: Points, part: Part, light: Light, readouts: Readouts = AS_READ): Work<Reading> {
  const teeth = steadyNumber(readouts, "teeth", () => teethShare(part, landmarks, model.points, light.white));
  const state = faceState(model, landmarks, teeth);
  yield;
  const skin = readouts.steady("bare skin", () => skinShare(model, landmarks, part, light.skin));
  yield;
  return { light, state, skin, blur: yield* steadyBlur(model, landmarks, part, readouts) };
}

/** Plan the change of a face; null where it shows already all that is asked for, or lies outside the photo. */
export function planChange(
  model: Model,
  landmarks: Points,
  intensity: number,
  reading: Reading,
  width: number,
  height: number,
  readouts: Readouts = AS_READ,
): Change | null {
  if (intensity <= 0) return null;
  const planned = plan(model, landmarks, reading.state, intensity, readouts);
  const maps = computeMaps(model, amounts(model, planned), reading, planned.moved);
  const drawing = planDrawing(model, landmarks, planned.moved, maps.seen, { width, height });
  return drawing && { drawing, maps, moved: planned.moved, still: planned.still };
}
