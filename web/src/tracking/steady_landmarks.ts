/**
 * Landmarks of one face without jitter, as `pixelfes.tracking.steady_landmarks` has it: pose and expression are filtered apart.
 *
 * Convention: landmarks are in image pixels; the expression is the canonical shape, in the frame of the mean face.
 */
import { nearestRotation, poseOf, toCanonical, toImage, type Points, type Pose } from "../core/pose";
import type { TrackingModel } from "./numbers";
import { OneEuro, type SpeedOf } from "./one_euro";

const ROTATION = 9; // entries of a pose: its rotation, its scale, its offset
const DEPTH = 12;

/** The filter of the landmarks of one face. */
export class SteadyLandmarks {
  private readonly pose: OneEuro;
  private readonly expression: OneEuro;
  private unit = 0;

  constructor(private readonly model: TrackingModel) {
    this.pose = new OneEuro(model.pose, speedOfHead);
    this.expression = new OneEuro(model.expression, speedOfParts(model.parts));
  }

  /** The filtered landmarks (468) at a time, s. */
  filtered(landmarks: Points, time: number): Points {
    const pose = poseOf(landmarks, this.model.head, this.model.stable);
    this.unit ||= pose.scale;
    const moved = this.pose.filtered(asVector(pose, this.unit), time);
    const shape = this.expression.filtered(toCanonical(pose, landmarks), time);
    return toImage(asPose(moved, this.unit), shape);
  }
}

/** A pose as 13 numbers: rotation, scale and offset, in units of a scale. */
function asVector({ rotation, scale, offset }: Pose, unit: number): Float64Array {
  return Float64Array.of(...rotation, scale / unit, ...offset.map((value) => value / unit));
}

function asPose(vector: Float64Array, unit: number): Pose {
  const [scale, x, y, z] = vector.subarray(ROTATION).map((value) => value * unit);
  return { rotation: nearestRotation([...vector.subarray(0, ROTATION)]), scale, offset: [x, y, z] };
}

/** The speed of a head: of its place in the image, its size and its turn together. */
const speedOfHead: SpeedOf = (derivative) => {
  let sum = 0;
  derivative.forEach((value, i) => (sum += i === DEPTH ? 0 : value * value)); // depths are hardly more than noise
  const speed = Math.sqrt(sum);
  return () => speed;
};

/** The speed of each point: the root mean square, across the image, over the part of the face that it belongs to. */
function speedOfParts(parts: Uint8Array): SpeedOf {
  const count = Math.max(...parts) + 1;
  return (derivative) => {
    const squares = new Float64Array(count);
    const counts = new Float64Array(count);
    parts.forEach((part, i) => {
      squares[part] += derivative[3 * i] ** 2 + derivative[3 * i + 1] ** 2;
      counts[part]++;
    });
    const speeds = squares.map((sum, part) => Math.sqrt(sum / counts[part]));
    return (entry) => speeds[parts[Math.floor(entry / 3)]];
  };
}
