/**
 * What tells one face from another, as `pixelfes.tracking.appearance` has it: the shape of the head, and a small picture.
 *
 * Convention: image pixels, x right, y down; shapes are canonical, in the frame of the mean face.
 */
import { poseOf, toCanonical, type Points } from "../core/pose";
import { boxOf } from "../detector/face_look";
import { squareMap, type PhotoPyramid } from "../detector/photo_pyramid";
import type { TrackingModel } from "./numbers";
import { shrunk } from "./small_picture";

/** The look of a face. */
export interface Appearance {
  /** The points that expressions hardly move, x y x y ... */
  shape: Float64Array;
  /** Of mean 0 and deviation 1, so that brightness and contrast do not count. */
  picture: Float32Array;
}

/** The look of the face with these landmarks (468) in a photo. */
export function appearanceOf(model: TrackingModel, photo: PhotoPyramid, landmarks: Points): Appearance {
  const { side, reach } = model.appearance;
  const points = toCanonical(poseOf(landmarks, model.head, model.stable), landmarks);
  const shape = Float64Array.from(model.stable.flatMap((i) => [points[3 * i], points[3 * i + 1]]));
  const box = boxOf(landmarks, 1);
  const data = photo.picture(squareMap(box.x, box.y, reach * box.side, box.angle, 2 * side), 2 * side);
  return { shape, picture: normalised(shrunk({ data, width: 2 * side, height: 2 * side }, [side, side])) };
}

/** How far two looks are apart; about 1 for one face a second later. */
export function distance({ appearance }: TrackingModel, one: Appearance, other: Appearance): number {
  const squares = one.shape.reduce((sum, value, i) => sum + (value - other.shape[i]) ** 2, 0);
  const alike = one.picture.reduce((sum, value, i) => sum + value * other.picture[i], 0) / one.picture.length;
  const shape = Math.sqrt(squares / (one.shape.length / 2));
  return Math.hypot(shape / appearance.shape_unit, (1 - alike) / appearance.picture_unit);
}

/** A mean of two looks, to which the other one contributes a share. */
export function blended(one: Appearance, other: Appearance, share: number): Appearance {
  return {
    shape: one.shape.map((value, i) => (1 - share) * value + share * other.shape[i]),
    picture: one.picture.map((value, i) => (1 - share) * value + share * other.picture[i]),
  };
}

function normalised(levels: Float32Array): Float32Array {
  const mean = levels.reduce((sum, value) => sum + value, 0) / levels.length;
  const deviation = Math.sqrt(levels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / levels.length);
  return levels.map((value) => (value - mean) / Math.max(deviation, 1));
}
