/**
 * Find the landmarks of one face, as `pixelfes.face.detector.face_look` has it.
 *
 * Convention: image pixels, x right, y down, z away from the camera in the same unit, pixel centres at whole numbers.
 */
import { N_POINTS } from "../core/model";
import { eyeDistance as distance, eyeLine, type Points } from "../core/pose";
import type { FaceBox } from "./boxes";
import { PICTURE_SIDES, runNetwork } from "./networks";
import { type PhotoPyramid, squareMap } from "./photo_pyramid";

/** The points (478) of a face, and the presence of one from 0 to 1. */
export interface Look {
  points: Points;
  presence: number;
}

export const RIGHT_EYE_CORNERS = [33, 133];
export const LEFT_EYE_CORNERS = [362, 263];

const SQUARE_FROM_BOX = 1.5; // side of the square that the network looks at, in sides of a detector's box
const SQUARE_FROM_LANDMARKS = 3.8; // the same in distances between the eyes
const BOX_FROM_LANDMARKS = 2.9;
const EDGE = 0.5; // the network counts from the outer edge of its picture
const SIZE = PICTURE_SIDES.face_landmarks;

/** The distance between the eye centres, depth included. */
export const eyeDistance = (points: Points): number => distance(points, RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS);

/** The landmarks of the face in a box; the network looks twice, the second time at the square that follows from the first points. */
export async function findLandmarks(photo: PhotoPyramid, box: FaceBox): Promise<Look> {
  const { points } = await lookAtSquare(photo, box, SQUARE_FROM_BOX * box.side);
  return lookFrom(photo, points);
}

/** The landmarks that the network finds in the square that follows from some. */
export function lookFrom(photo: PhotoPyramid, points: Points): Promise<Look> {
  const box = boxOf(points, 1);
  return lookAtSquare(photo, box, (SQUARE_FROM_LANDMARKS / BOX_FROM_LANDMARKS) * box.side);
}

/** The box that a detector would draw around a face with these landmarks. */
export function boxOf(points: Points, score: number): FaceBox {
  const { angle } = eyeLine(points, RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS);
  const { x, y } = middleOf(points);
  return { x, y, side: BOX_FROM_LANDMARKS * eyeDistance(points), angle, score };
}

/** The mean of the points of the mesh, without the irises. */
export function middleOf(points: Points): { x: number; y: number } {
  let [x, y] = [0, 0];
  for (let i = 0; i < 3 * N_POINTS; i += 3) [x, y] = [x + points[i], y + points[i + 1]];
  return { x: x / N_POINTS, y: y / N_POINTS };
}

async function lookAtSquare(photo: PhotoPyramid, { x, y, angle }: FaceBox, side: number): Promise<Look> {
  const toImage = squareMap(x, y, side, angle, SIZE);
  const [a, b, c, d, e, f] = toImage;
  const [found, [presence]] = await runNetwork("face_landmarks", photo.picture(toImage, SIZE));
  const points = new Float64Array(found.length);
  for (let i = 0; i < found.length; i += 3) {
    const [across, down] = [found[i] - EDGE, found[i + 1] - EDGE];
    points.set([a * across + b * down + c, d * across + e * down + f, (found[i + 2] * side) / SIZE], i);
  }
  return { points, presence };
}
