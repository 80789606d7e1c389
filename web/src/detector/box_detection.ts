/** Find faces in a square window of a photo, as `pixelfes.face.detector.box_detection` has it; image pixels. */
import { type FaceBox } from "./boxes";
import { PICTURE_SIDES, runNetwork } from "./networks";
import { type Affine, type PhotoPyramid, squareMap } from "./photo_pyramid";
import { cuts, type Window } from "./windows";

/** What the detector proposes: eight points, x y x y ..., in sides of its picture, and how sure it is. */
interface Proposal {
  points: Float64Array;
  score: number;
}

const LEAST_SCORE = 0.5;
const WIDE = 1.9; // sides of the upright squares in which a face is seen well, in sides of its box
const NARROW = 1.43;
const SURE = 0.9;
const MIDDLE = 0.25; // distance of a box from the middle of such a square, at most, in its sides
const PICTURE = PICTURE_SIDES.face_detector_short;
const SAME_BOX = 0.3; // intersection over union from which on boxes are averaged
const NUMBERS = 16; // of a box
const CENTRE = 0;
const SIZE = 2;
const RIGHT_EYE = 4;
const LEFT_EYE = 6;

/**
 * The boxes of the faces that the detector sees in a window, highest score first, the heads rolled clockwise by quarter turns.
 *
 * What lies outside the photo is black. A box that an inner edge of the window cuts is left to the next window.
 */
export async function detectBoxes(photo: PhotoPyramid, window: Window, turns = 0): Promise<FaceBox[]> {
  const { x, y, side } = window;
  const square = { x: x + side / 2, y: y + side / 2, side, angle: (turns * Math.PI) / 2, score: 1 };
  return (await boxesIn(photo, square)).filter((box) => !cuts(window, box, photo));
}

/**
 * The box of the face in the middle of an upright square around a box, or null if there is none.
 *
 * It is better than a box found in a large window, which may average the boxes of neighbours.
 */
export async function closerBox(photo: PhotoPyramid, box: FaceBox): Promise<FaceBox | null> {
  for (const margin of [WIDE, NARROW]) {
    const square = { ...box, side: margin * box.side };
    const near = (await boxesIn(photo, square)).find((found) => isInMiddle(found, square));
    if (near) return near;
  }
  return null;
}

/** How sure the detector is that an upright face fills a box, from 0 to 1; unsure in the wide square, it looks at the narrow one. */
export async function faceScore(photo: PhotoPyramid, box: FaceBox): Promise<number> {
  const score = await scoreIn(photo, box, WIDE);
  return score >= SURE ? score : Math.max(score, await scoreIn(photo, box, NARROW));
}

async function scoreIn(photo: PhotoPyramid, { x, y, side, angle }: FaceBox, margin: number): Promise<number> {
  const proposals = await propose(photo, squareMap(x, y, margin * side, angle, PICTURE));
  const inMiddle = proposals.filter(({ points }) => [0, 1].every((k) => Math.abs(points[CENTRE + k] - 0.5) < MIDDLE));
  return Math.max(...inMiddle.map(({ score }) => score));
}

/** The boxes that the detector sees in an upright square, highest score first. */
async function boxesIn(photo: PhotoPyramid, { x, y, side, angle }: FaceBox): Promise<FaceBox[]> {
  const toImage = squareMap(x, y, side, angle, PICTURE);
  const seen = (await propose(photo, toImage)).filter(({ score }) => score >= LEAST_SCORE);
  return averaged(seen).map((proposal) => faceBox(proposal, toImage));
}

async function propose(photo: PhotoPyramid, toImage: Affine): Promise<Proposal[]> {
  const [boxes, scores] = await runNetwork("face_detector_short", photo.picture(toImage, PICTURE, "black"));
  return Array.from(scores, (score, i) => ({ points: Float64Array.from(boxes.subarray(NUMBERS * i, NUMBERS * (i + 1))), score }));
}

/** Average boxes that overlap the one with the highest score, weighted by their scores; then the next. */
function averaged(proposals: readonly Proposal[]): Proposal[] {
  let rest = [...proposals].sort((p, q) => q.score - p.score);
  const found: Proposal[] = [];
  while (rest.length) {
    const [first] = rest;
    const group = rest.filter((other) => other === first || overlap(first.points, other.points) > SAME_BOX);
    const weight = group.reduce((sum, { score }) => sum + score, 0);
    const points = first.points.map((_, k) => group.reduce((sum, one) => sum + one.score * one.points[k], 0) / weight);
    found.push({ points, score: first.score });
    rest = rest.filter((other) => !group.includes(other));
  }
  return found;
}

/** The intersection over union of two boxes. */
function overlap(one: Float64Array, other: Float64Array): number {
  const shared = (k: number) => {
    const high = Math.min(one[CENTRE + k] + one[SIZE + k] / 2, other[CENTRE + k] + other[SIZE + k] / 2);
    return Math.max(0, high - Math.max(one[CENTRE + k] - one[SIZE + k] / 2, other[CENTRE + k] - other[SIZE + k] / 2));
  };
  const both = shared(0) * shared(1);
  const area = (box: Float64Array) => box[SIZE] * box[SIZE + 1];
  return both / Math.max(area(one) + area(other) - both, Number.MIN_VALUE);
}

/** The square around a box in a picture, rolled along the line between the eyes, in image pixels. */
function faceBox({ points, score }: Proposal, [a, b, c, d, e, f]: Affine): FaceBox {
  const [x, y] = [PICTURE * points[CENTRE], PICTURE * points[CENTRE + 1]];
  const [across, down] = [points[LEFT_EYE] - points[RIGHT_EYE], points[LEFT_EYE + 1] - points[RIGHT_EYE + 1]];
  return {
    x: a * x + b * y + c,
    y: d * x + e * y + f,
    side: PICTURE * Math.max(points[SIZE], points[SIZE + 1]) * Math.hypot(a, d),
    angle: Math.atan2(d * across + e * down, a * across + b * down),
    score,
  };
}

function isInMiddle(box: FaceBox, square: FaceBox): boolean {
  return Math.max(Math.abs(box.x - square.x), Math.abs(box.y - square.y)) < MIDDLE * square.side;
}
