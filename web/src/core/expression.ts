/** How a face is to change, as `pixelfes.expression.displacement` and `pixelfes.expression.synthesis` have it. */
import { clamp, smoothstep } from "./numbers";
import { poseOf, toCanonical, turn, type Points } from "./pose";
import type { Model } from "./model";

/** How much of the expression a face shows: strength of the movement, share of the opening; 0 none, 1 full. */
export interface FaceState {
  strength: number;
  openness: number;
}

/** What is to be added: shares of movement and opening; and how open the mouth is before. */
export interface Shares {
  movement: number;
  opening: number;
  openness: number;
}

const CLOSED_UNTIL = 0.25;
const TEETH_OF_ITS_OWN = [0.12, 0.5] as const;
const OPENING_UNTIL_SEEN = 0.25;

/** Read how much of the expression a canonical shape shows already. */
export function stateOf(model: Model, shape: Points): FaceState {
  let strength = model.readoutOffset;
  for (let i = 0; i < shape.length; i++) strength += model.readout[i] * shape[i];
  const [upper, lower] = model.points.inner_lips;
  const gap = shape[3 * lower + 1] - shape[3 * upper + 1] - model.restingGap;
  return { strength, openness: model.fullGap ? Math.max(0, gap) / model.fullGap : 0 };
}

/** What is left to add to a face until it shows an intensity, each share >= 0. */
export function missing({ strength, openness }: FaceState, intensity: number): Shares {
  const meant = strength * smoothstep(Math.abs(strength), 0.1, 0.4);
  const shown = Math.max(meant, -0.3 * Math.min(1, intensity));
  const open = intensity >= 1 ? intensity : Math.max(0, (intensity - CLOSED_UNTIL) / (1 - CLOSED_UNTIL));
  return { movement: Math.max(0, intensity - shown), opening: Math.max(0, open - openness), openness };
}

/** The state of a face in a photo. */
export function faceState(model: Model, landmarks: Points): FaceState {
  return stateOf(model, toCanonical(poseOf(landmarks, model.reference, model.points.stable), landmarks));
}

/** Where the landmarks go: shares of the displacement, in the face's own 3-D frame, as the camera sees them. */
export function moveLandmarks(model: Model, landmarks: Points, { movement, opening }: Shares): Points {
  const pose = poseOf(landmarks, model.reference, model.points.stable);
  const canonical = Float64Array.from(model.movement, (value, i) => movement * value + opening * model.opening[i]);
  const step = turn(pose, canonical);
  return step.map((value, i) => landmarks[i] + value);
}

/**
 * How much of the change skin and the inside of the mouth get.
 *
 * Between the lips there is no half: what shows there once they part is teeth at full strength, unless the mouth was open
 * before and shows teeth of its own.
 */
export function amounts(model: Model, { movement, opening, openness }: Shares): { skin: number; mouth: number } {
  if (!model.fullGap) return { skin: movement, mouth: movement };
  const own = smoothstep(openness, ...TEETH_OF_ITS_OWN);
  return { skin: movement, mouth: (1 - own) * clamp(opening / OPENING_UNTIL_SEEN, 0, 1) };
}
