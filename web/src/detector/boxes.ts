/**
 * Square boxes around faces, as `pixelfes.face.detector.boxes` has it.
 *
 * Convention: boxes are in image pixels, x right, y down, pixel centres at whole numbers. The angle of a box is the roll of the
 * head in radians, clockwise in the image.
 */

/** A square around a face: its centre, side and roll, and how sure the detector is, 0 to 1. */
export interface FaceBox {
  x: number;
  y: number;
  side: number;
  angle: number;
  score: number;
}

const SAME_BY_UNION = 0.3;
const SAME_BY_SMALLER = 0.7;

/** The box turned clockwise about its centre by quarter turns. */
export const turned = (box: FaceBox, turns: number): FaceBox => ({ ...box, angle: box.angle + (turns * Math.PI) / 2 });

/** Whether two boxes, their roll aside, show one face: they overlap by much of both, or one lies inside the other. */
export function isSameFace(one: FaceBox, other: FaceBox): boolean {
  const [reach, smaller] = [(one.side + other.side) / 2, Math.min(one.side, other.side)];
  const shared = (p: number, q: number) => Math.min(Math.max(0, reach - Math.abs(p - q)), smaller);
  const both = shared(one.x, other.x) * shared(one.y, other.y);
  const union = one.side ** 2 + other.side ** 2 - both;
  return both >= SAME_BY_UNION * union || both >= SAME_BY_SMALLER * smaller ** 2;
}

/** Whether one of the boxes shows the same face. */
export const isKnown = (box: FaceBox, known: readonly FaceBox[]): boolean => known.some((other) => isSameFace(box, other));

/** Drop every box of a face that has a box with a higher score; highest score first. */
export function withoutRepeats(boxes: readonly FaceBox[]): FaceBox[] {
  const kept: FaceBox[] = [];
  for (const box of [...boxes].sort((p, q) => q.score - p.score)) if (!isKnown(box, kept)) kept.push(box);
  return kept;
}
