/**
 * Search a photo for faces: in the whole, in ever smaller windows, and turned.
 *
 * As `pixelfes.face.detector.face_search` has it; image pixels.
 */
import type { Points } from "../core/pose";
import { closerBox, detectBoxes, faceScore } from "./box_detection";
import { type FaceBox, isKnown, turned, withoutRepeats } from "./boxes";
import { boxOf, findLandmarks } from "./face_look";
import type { PhotoPyramid } from "./photo_pyramid";
import { finerLevels, smallestFace, type Window, windowLevels } from "./windows";

/** A face of a photo: the square around its landmarks, with the score of a close look, and its points (478). */
export interface DetectedFace {
  box: FaceBox;
  points: Points;
}

const LEAST_PRESENCE = 0.5;
const LEAST_SCORE = 0.7; // of a face that the detector sees in the whole photo
const LEAST_SCORE_CLOSER = 0.8; // of one seen in a window only: many windows have more chances to be wrong
const LEAST_SCORE_TURNED = 0.85;
const SURE_SCORE = 0.9;
const TURNED_MARGIN = 0.05; // by which a turned reading has to score more than the upright one
const MOST_ROLLED = Math.PI / 3;
const TURNED_LEVELS = 2;
const QUARTER_TURNS = [1, 3, 2];

/** Every face of a photo, largest first; the search ends at the first size of windows that adds none. */
export async function findAllFaces(photo: PhotoPyramid): Promise<DetectedFace[]> {
  const smallest = smallestFace(photo);
  const levels = windowLevels(photo, smallest);
  const all = [...levels, ...finerLevels(photo, smallest)];
  const upright = await facesIn(photo, all, [0], levels.length);
  const found = upright.length ? upright : await facesIn(photo, all, QUARTER_TURNS, TURNED_LEVELS);
  return found.sort((p, q) => q.box.side - p.box.side);
}

/** The upright faces of a frame that are not known, of those that the whole frame or its largest windows show. */
export async function findNewFaces(photo: PhotoPyramid, known: readonly FaceBox[]): Promise<DetectedFace[]> {
  const [whole = [], closer = []] = windowLevels(photo, smallestFace(photo));
  const [far, near] = [await boxesIn(photo, whole, [0]), await boxesIn(photo, closer, [0])];
  return newFaces(photo, far, near, known);
}

/** The faces in windows, read with these quarter turns; without a face the search ends after some levels. */
async function facesIn(photo: PhotoPyramid, levels: Window[][], turns: number[], leastLevels: number): Promise<DetectedFace[]> {
  const found: DetectedFace[] = [];
  for (let number = 2; number <= Math.max(2, levels.length); number++) {
    const far = number === 2 ? await boxesIn(photo, levels[0] ?? [], turns) : [];
    const near = await boxesIn(photo, levels[number - 1] ?? [], turns);
    const known = found.map(({ box }) => box);
    const more = await newFaces(photo, far, near, known);
    found.push(...more);
    const adds = more.some(({ box }) => !isKnown(box, far));
    if (!adds && (found.length || number >= leastLevels)) break;
  }
  return found;
}

async function boxesIn(photo: PhotoPyramid, windows: readonly Window[], turns: readonly number[]): Promise<FaceBox[]> {
  const boxes: FaceBox[] = [];
  for (const window of windows) for (const turn of turns) boxes.push(...(await detectBoxes(photo, window, turn)));
  return boxes;
}

/** The faces that are not known, each once: in boxes seen from far, in the whole photo, or from near. */
async function newFaces(photo: PhotoPyramid, far: FaceBox[], near: FaceBox[], known: readonly FaceBox[]): Promise<DetectedFace[]> {
  const faces: DetectedFace[] = [];
  for (const box of withoutRepeats([...far, ...near])) {
    const face = isKnown(box, known) ? null : await faceIn(photo, box);
    if (face && isSure(face.box, far)) faces.push(face);
  }
  const taken = [...known];
  return faces
    .sort((p, q) => q.box.score - p.box.score)
    .filter(({ box }) => {
      const isNew = !isKnown(box, taken);
      if (isNew) taken.push(box);
      return isNew;
    });
}

/** The face in a box, in the reading that is most likely, or null if there is none. */
async function faceIn(photo: PhotoPyramid, box: FaceBox): Promise<DetectedFace | null> {
  let best = await look(photo, box);
  if (!best || (best.box.score >= SURE_SCORE && isUpright(best.box))) return best;
  const first = best.box;
  for (const turns of QUARTER_TURNS) {
    const other = turned(first, turns);
    if (preference({ ...other, score: await faceScore(photo, other) }) <= preference(first)) continue;
    const reading = await look(photo, other);
    if (reading && preference(reading.box) > preference(best.box)) best = reading;
  }
  return best;
}

/** The face in a box, read with the roll of the box, or null if there is none. */
async function look(photo: PhotoPyramid, box: FaceBox): Promise<DetectedFace | null> {
  const closer = await closerBox(photo, box);
  if (!closer) return null;
  const { points, presence } = await findLandmarks(photo, closer);
  if (presence < LEAST_PRESENCE) return null;
  const around = boxOf(points, presence);
  return { box: { ...around, score: await faceScore(photo, around) }, points };
}

/** Whether a face scores enough; it needs more if it is turned, or was not seen from far. */
function isSure(box: FaceBox, far: readonly FaceBox[]): boolean {
  if (!isUpright(box)) return box.score >= LEAST_SCORE_TURNED;
  return box.score >= (isKnown(box, far) ? LEAST_SCORE : LEAST_SCORE_CLOSER);
}

const isUpright = (box: FaceBox): boolean => Math.cos(box.angle) >= Math.cos(MOST_ROLLED);

/** The score of a reading; a turned one needs a margin. */
const preference = (box: FaceBox): number => (isUpright(box) ? box.score : box.score - TURNED_MARGIN);
