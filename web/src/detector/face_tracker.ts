/**
 * Follow the faces of a camera from frame to frame, in the plainest parts of `pixelfes.tracking.face_tracker`.
 *
 * The landmarks of a face follow from the region of the last frame; the detector runs now and then, and when a face is lost.
 * Convention: image pixels; times in seconds, rising from frame to frame.
 */
import type { Points } from "../core/pose";
import { faceScore } from "./box_detection";
import { isKnown } from "./boxes";
import { boxOf, eyeDistance, lookFrom, middleOf } from "./face_look";
import { type DetectedFace, findNewFaces } from "./face_search";
import type { PhotoPyramid } from "./photo_pyramid";

const DETECTED_EVERY = 0.4;
const SEARCHED_EVERY = 0.15; // while there is no face, or one is lost
const SEARCHED_FOR = 2; // seconds after which a face that is lost is not waited for
const LEAST_PRESENCE = 0.5;
const LEAST_SCORE = 0.4;
const LARGEST_STEP = 0.8; // distances between the eyes, from one frame to the next
const LARGEST_GROWTH = 1.3;

export class FaceTracker {
  private faces: DetectedFace[] = [];
  private size = "";
  private detectedAt = -Infinity;
  private lostAt = -Infinity;

  /** The points (478) of the faces of the next frame, largest first. */
  async update(photo: PhotoPyramid, time: number): Promise<Points[]> {
    const size = `${photo.width} x ${photo.height}`;
    if (size !== this.size) [this.faces, this.size, this.detectedAt] = [[], size, -Infinity];
    const before = this.faces;
    this.faces = await followed(photo, before);
    const isOneLost = this.faces.length < before.length;
    if (isOneLost) this.lostAt = time;
    const isSearching = !this.faces.length || time - this.lostAt < SEARCHED_FOR;
    if (isOneLost || time - this.detectedAt >= (isSearching ? SEARCHED_EVERY : DETECTED_EVERY)) {
      this.detectedAt = time;
      await this.detect(photo);
    }
    return this.faces.sort((p, q) => q.box.side - p.box.side).map(({ points }) => points);
  }

  /** Drop the faces that the detector does not see where they should be, and take those that it sees besides. */
  private async detect(photo: PhotoPyramid): Promise<void> {
    const seen: DetectedFace[] = [];
    for (const face of this.faces) if ((await faceScore(photo, face.box)) >= LEAST_SCORE) seen.push(face);
    const boxes = seen.map(({ box }) => box);
    this.faces = [...seen, ...(await findNewFaces(photo, boxes))];
  }
}

/** The faces that are where they were in the last frame, each once. */
async function followed(photo: PhotoPyramid, faces: readonly DetectedFace[]): Promise<DetectedFace[]> {
  const found: DetectedFace[] = [];
  for (const face of faces) {
    const { points, presence } = await lookFrom(photo, face.points);
    const box = boxOf(points, face.box.score);
    const others = found.map((other) => other.box);
    if (presence >= LEAST_PRESENCE && isNear(face.points, points) && !isKnown(box, others)) found.push({ box, points });
  }
  return found;
}

/** Whether a face may have moved so far, and grown so much, within a frame. */
function isNear(before: Points, after: Points): boolean {
  const [was, is] = [eyeDistance(before), eyeDistance(after)];
  const [from, to] = [middleOf(before), middleOf(after)];
  const grown = Math.max(was, is) / Math.max(Math.min(was, is), 1e-6);
  return Math.hypot(to.x - from.x, to.y - from.y) <= LARGEST_STEP * was && grown <= LARGEST_GROWTH;
}
