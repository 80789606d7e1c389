/** Small copies of faces, cut out of frames where their pixels are at hand: what the light and the mouth are read from. */
import type { Part } from "../core/light";
import { boxAround, type Box } from "../core/mesh";
import type { Points } from "../core/pose";
import type { PhotoPyramid } from "../detector/photo_pyramid";
import type { TrackedFace } from "./track";

const SIDE = 160; // pixels of a face that its light is read from, at most
const BYTES = 4;

/** A small copy of a face, and its points there. */
export interface Sample {
  part: Part;
  landmarks: Points;
}

/** A face of a frame, and its sample. */
export interface SampledFace extends TrackedFace {
  /** Null where nothing of the face is to be drawn, or lies in the frame. */
  sample: Sample | null;
}

/** The sample of a face of a frame; null where the face lies outside. */
export function sampleOf(frame: PhotoPyramid, landmarks: Points): Sample | null {
  const box = boxOf(landmarks, frame);
  const longest = Math.max(box.width, box.height);
  if (!box.width || !box.height) return null;
  const number = Math.max(0, Math.ceil(Math.log2(longest / SIDE)));
  const level = frame.level(number);
  const scale = 0.5 ** number;
  const there = landmarks.map((value, i) => value * scale + (i % 3 === 2 ? 0 : (scale - 1) / 2)); // pixel centres are whole
  const { left, top, width, height } = boxOf(there, level);
  if (!width || !height) return null;
  const data = new Uint8ClampedArray(BYTES * width * height);
  for (let row = 0; row < height; row++) {
    const start = BYTES * ((top + row) * level.width + left);
    data.set(level.data.subarray(start, start + BYTES * width), BYTES * width * row);
  }
  return { part: { data, width, height, left: 0, top: 0 }, landmarks: there.map((value, i) => value - [left, top, 0][i % 3]) };
}

function boxOf(landmarks: Points, { width, height }: { width: number; height: number }): Box {
  const points = Array.from({ length: landmarks.length / 3 }, (_, i) => i);
  const flat = Float32Array.from({ length: 2 * points.length }, (_, i) => landmarks[3 * (i >> 1) + (i & 1)]);
  return boxAround([flat], points, width, height);
}
