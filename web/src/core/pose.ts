/**
 * Where a head is, how large, and how it is turned, as `pixelfes.face.alignment` has it.
 *
 * Convention: points are flat arrays x0 y0 z0 x1 y1 z1 ... Image pixels have x to the right, y down, z away from the camera,
 * pixel centres at whole numbers; canonical coordinates have their origin between the eyes and the eyes' distance as unit.
 */
import { leadingEigenvector } from "./numbers";

export type Points = Float64Array;
type Vector = [number, number, number];

/** The similarity that takes canonical coordinates to image pixels: `scale * rotation * point + offset`. */
export interface Pose {
  scale: number;
  /** Row by row. */
  rotation: number[];
  offset: Vector;
}

function centre(points: ArrayLike<number>, indices: readonly number[]): Vector {
  const sum: Vector = [0, 0, 0];
  for (const i of indices) for (let k = 0; k < 3; k++) sum[k] += points[3 * i + k] / indices.length;
  return sum;
}

/**
 * The least-squares similarity from the stable points of a reference to those of a face.
 *
 * Its rotation maximises `sum p . R q`: the quaternion that is the leading eigenvector of a 4 x 4 matrix (Horn, 1987), which
 * is the rotation that Umeyama's singular value decomposition gives.
 */
export function poseOf(landmarks: Points, reference: ArrayLike<number>, stable: readonly number[]): Pose {
  const middle = centre(landmarks, stable);
  const origin = centre(reference, stable);
  const m = [0, 0, 0, 0, 0, 0, 0, 0, 0]; // sum of (p - middle) (q - origin)^T
  let spread = 0;
  for (const i of stable) {
    for (let k = 0; k < 3; k++) {
      const q = reference[3 * i + k] - origin[k];
      spread += q * q;
      for (let r = 0; r < 3; r++) m[3 * r + k] += (landmarks[3 * i + r] - middle[r]) * q;
    }
  }
  const rotation = nearestRotation(m);
  let trace = 0;
  for (let i = 0; i < 9; i++) trace += rotation[i] * m[i];
  const scale = trace / spread;
  const turned = times(rotation, origin);
  return { scale, rotation, offset: [0, 1, 2].map((k) => middle[k] - scale * turned[k]) as Vector };
}

/** The rotation nearest to a 3 x 3 matrix; both row by row. */
export function nearestRotation(m: number[]): number[] {
  const [a, b, c, d, e, f, g, h, i] = m;
  const [w, x, y, z] = leadingEigenvector([
    [a + e + i, h - f, c - g, d - b],
    [h - f, a - e - i, b + d, c + g],
    [c - g, b + d, e - a - i, f + h],
    [d - b, c + g, f + h, i - a - e],
  ]);
  return [
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    ...[2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    ...[2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}

function times(r: number[], [x, y, z]: Vector): Vector {
  return [r[0] * x + r[1] * y + r[2] * z, r[3] * x + r[4] * y + r[5] * z, r[6] * x + r[7] * y + r[8] * z];
}

/** Take points from image pixels to the canonical frame. */
export function toCanonical({ scale, rotation: r, offset }: Pose, points: Points): Points {
  const out = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 3) {
    const [x, y, z] = [0, 1, 2].map((k) => (points[i + k] - offset[k]) / scale);
    for (let k = 0; k < 3; k++) out[i + k] = r[k] * x + r[3 + k] * y + r[6 + k] * z;
  }
  return out;
}

/** Take points from the canonical frame to image pixels. */
export function toImage(pose: Pose, points: Points): Points {
  return turn(pose, points).map((value, i) => value + pose.offset[i % 3]);
}

/** Take displacements from the canonical frame to image pixels: no offset. */
export function turn({ scale, rotation }: Pose, displacements: Points): Points {
  const out = new Float64Array(displacements.length);
  for (let i = 0; i < out.length; i += 3) {
    const moved = times(rotation, [displacements[i], displacements[i + 1], displacements[i + 2]]);
    for (let k = 0; k < 3; k++) out[i + k] = scale * moved[k];
  }
  return out;
}

/** The yaw of a head, degrees; positive if it looks to the right of the image. */
export function yawOf({ rotation: r }: Pose): number {
  return (Math.atan2(-r[2], r[8]) * 180) / Math.PI;
}

/** The distance between the eye centres, depth included. */
export function eyeDistance(points: Points, right: readonly number[], left: readonly number[]): number {
  const [a, b] = [centre(points, right), centre(points, left)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** The middle between the eye centres, and the roll of the head, clockwise in the image, in radians. */
export function eyeLine(points: Points, right: readonly number[], left: readonly number[]): { x: number; y: number; angle: number } {
  const [a, b] = [centre(points, right), centre(points, left)];
  return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, angle: Math.atan2(b[1] - a[1], b[0] - a[0]) };
}
