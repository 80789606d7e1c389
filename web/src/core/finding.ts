/** Where to look for faces in a photo: tiles, boxes that do not repeat, upright crops. */
import { eyeDistance, eyeLine, type Points } from "./pose";
import type { Box } from "./mesh";
import type { Model } from "./model";

/** A square around a face: its centre and side in image pixels, and its roll, clockwise in the image, in radians. */
export interface FaceBox {
  x: number;
  y: number;
  side: number;
  angle: number;
}

/** An affine map of the plane: x' = a x + b y + c, y' = d x + e y + f. */
export type Affine = [number, number, number, number, number, number];

const WHOLE_IS_ENOUGH = 1280;
const MAX_TILES_A_SIDE = 3;
const TILE = 960;
const BOX_FROM_MESH = 2.9;
const CROP_MARGIN = 1.9;
const CROP_SIDE = 640;
const SAME_FACE = 0.3;
const SAME_FACE_INSIDE = 0.7;

/** The box that a detector would draw around a face whose points are known. */
export function boxOf(face: Points, points: Model["points"]): FaceBox {
  const { angle } = eyeLine(face, points.right_eye_corners, points.left_eye_corners);
  let [x, y] = [0, 0];
  for (let i = 0; i < face.length; i += 3) [x, y] = [x + (3 * face[i]) / face.length, y + (3 * face[i + 1]) / face.length];
  return { x, y, side: BOX_FROM_MESH * eyeDistance(face, points.right_eye_corners, points.left_eye_corners), angle };
}

/** The area that two boxes share, leaving their roll aside. */
function sharedArea(a: FaceBox, b: FaceBox): number {
  const reach = (a.side + b.side) / 2;
  const smaller = Math.min(a.side, b.side);
  const shared = (p: number, q: number) => Math.min(Math.max(0, reach - Math.abs(p - q)), smaller);
  return shared(a.x, b.x) * shared(a.y, b.y);
}

/** Intersection over union of two boxes. */
export function overlapOf(a: FaceBox, b: FaceBox): number {
  const both = sharedArea(a, b);
  return both / (a.side ** 2 + b.side ** 2 - both);
}

/** Whether two boxes show one face: they overlap by much of both, or one lies inside the other, as `FaceBox.is_same_face` has it. */
export function sameFace(a: FaceBox, b: FaceBox): boolean {
  return overlapOf(a, b) >= SAME_FACE || sharedArea(a, b) >= SAME_FACE_INSIDE * Math.min(a.side, b.side) ** 2;
}

/** Overlapping parts of a large photo in which small faces are large enough to be seen; none for a small photo. */
export function tiles(width: number, height: number): Box[] {
  if (Math.max(width, height) <= WHOLE_IS_ENOUGH) return [];
  const [columns, rows] = [spans(width), spans(height)];
  return rows.flatMap(([top, h]) => columns.map(([left, w]) => ({ left, top, width: w, height: h })));
}

function spans(length: number): [number, number][] {
  if (length <= WHOLE_IS_ENOUGH) return [[0, length]];
  const count = Math.min(MAX_TILES_A_SIDE, Math.ceil((length - TILE / 4) / ((TILE * 3) / 4)));
  const widest = TILE + ((MAX_TILES_A_SIDE - 1) * TILE * 3) / 4;
  const side = length <= widest ? TILE : Math.round((TILE * length) / widest);
  return Array.from({ length: count }, (_, i) => [Math.round((i * (length - side)) / (count - 1)), side]);
}

/** An upright crop around a face: its side in pixels, and the map from crop pixels to image pixels. */
export function uprightCrop(box: FaceBox): { side: number; toImage: Affine } {
  const reach = box.side * CROP_MARGIN;
  const side = Math.min(CROP_SIDE, Math.max(64, Math.ceil(reach)));
  const [cos, sin] = [(Math.cos(box.angle) * reach) / side, (Math.sin(box.angle) * reach) / side];
  const middle = (side - 1) / 2;
  return { side, toImage: [cos, -sin, box.x - (cos - sin) * middle, sin, cos, box.y - (sin + cos) * middle] };
}

/** Take points through an affine map that keeps shapes; z is scaled with it. */
export function transformed(points: Points, [a, b, c, d, e, f]: Affine): Points {
  const out = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 3) {
    out[i] = a * points[i] + b * points[i + 1] + c;
    out[i + 1] = d * points[i] + e * points[i + 1] + f;
    out[i + 2] = Math.hypot(a, d) * points[i + 2];
  }
  return out;
}

/** The map that undoes an affine map. */
export function inverse([a, b, c, d, e, f]: Affine): Affine {
  const area = a * e - b * d;
  const [p, q, r, s] = [e / area, -b / area, -d / area, a / area];
  return [p, q, -(p * c + q * f), r, s, -(r * c + s * f)];
}
