/**
 * Track the faces of a camera: find them, follow them, tell them apart, as `pixelfes.tracking.face_tracker` has it.
 *
 * 1. The landmarks of a face follow from the region of the last frame; the detector runs now and then, and when a face is lost.
 * 2. Two tracks that meet on one face: it is that of the one which looks like it. The other is hidden until it is found again.
 * 3. A lost face is carried on for a while, then fades out.
 * 4. A cut ends all tracks.
 *
 * Convention: image pixels; times in seconds. A time before the last one begins another film.
 */
import { N_POINTS } from "../core/model";
import type { Points } from "../core/pose";
import { faceScore } from "../detector/box_detection";
import { type FaceBox, isSameFace } from "../detector/boxes";
import { eyeDistance, type Look, lookFrom, middleOf } from "../detector/face_look";
import { type DetectedFace, findNewFaces } from "../detector/face_search";
import type { PhotoPyramid } from "../detector/photo_pyramid";
import { type Appearance, appearanceOf, distance } from "./appearance";
import { CutFinder } from "./cuts";
import type { TrackingModel } from "./numbers";
import { Track, type TrackedFace } from "./track";

/** What looks for faces. */
export interface FaceFinder {
  /** The landmarks in the region of those of the last frame. */
  lookFrom(photo: PhotoPyramid, points: Points): Promise<Look>;
  /** How sure a detector is that a face fills a box, 0 to 1. */
  faceScore(photo: PhotoPyramid, box: FaceBox): Promise<number>;
  /** The faces that are not known. */
  findNewFaces(photo: PhotoPyramid, known: readonly FaceBox[]): Promise<DetectedFace[]>;
}

const SAME_PLACE = 0.5; // mean distance of two sets of landmarks on one face, distances between the eyes

/** Tracks the faces of a camera. */
export class FaceTracker {
  private tracks: Track[] = [];
  private cuts: CutFinder;
  private size = "";
  private time = -Infinity;
  private detectedAt = -Infinity;
  private count = 0;
  private isSceneNew = true;

  constructor(
    private readonly model: TrackingModel,
    private readonly finder: FaceFinder = { lookFrom, faceScore, findNewFaces },
  ) {
    this.cuts = new CutFinder(model.cuts);
  }

  /** The faces of the next frame, largest first. */
  async update(photo: PhotoPyramid, time: number): Promise<TrackedFace[]> {
    this.beginScene(photo, time);
    const found = await this.follow(photo, time);
    const { searched_every, detected_every } = this.model.tracker;
    const every = !this.tracks.length || this.tracks.some(({ isLost }) => isLost) ? searched_every : detected_every;
    if (!found || time - this.detectedAt >= every) {
      this.detectedAt = time;
      await this.assign(photo, time);
    }
    this.carry(photo, time);
    this.isSceneNew = false;
    this.tracks.sort((p, q) => eyeDistance(q.points) - eyeDistance(p.points));
    return this.tracks.map((track) => track.shown(time));
  }

  /** Forget all faces if a frame shows another scene, has another size, or is not later than the last. */
  private beginScene(photo: PhotoPyramid, time: number): void {
    const size = `${photo.width} x ${photo.height}`;
    const isCut = this.cuts.isCut(photo.smallest);
    if (isCut || size !== this.size || time < this.time) {
      [this.tracks, this.isSceneNew, this.detectedAt] = [[], true, -Infinity];
    }
    [this.size, this.time] = [size, time];
  }

  /** Look for each face where it was, and return whether all are there. */
  private async follow(photo: PhotoPyramid, time: number): Promise<boolean> {
    const followed = this.tracks.filter(({ isLost }) => !isLost);
    const found: Track[] = [];
    for (const track of followed) {
      const { points, presence } = await this.finder.lookFrom(photo, track.points);
      if (presence < this.model.tracker.least_presence || !this.isNear(track.points, points)) continue;
      track.take(points, track.score, time);
      found.push(track);
    }
    this.part(found, photo, time);
    return found.length === followed.length;
  }

  /** Whether a face may have moved so far, and grown so much, within a frame. */
  private isNear(before: Points, after: Points): boolean {
    const { largest_step, largest_growth } = this.model.tracker;
    const [was, is] = [eyeDistance(before), eyeDistance(after)];
    const [from, to] = [middleOf(before), middleOf(after)];
    const grown = Math.max(was, is) / Math.max(Math.min(was, is), 1e-6);
    return Math.hypot(to.x - from.x, to.y - from.y) <= largest_step * was && grown <= largest_growth;
  }

  /** Hide, of tracks that have met on one face, the one that looks less like it. */
  private part(tracks: readonly Track[], photo: PhotoPyramid, time: number): void {
    tracks.forEach((one, number) => {
      for (const other of tracks.slice(number + 1)) {
        if (one.isHidden || other.isHidden || !isOneFace(one.points, other.points)) continue;
        const look = this.lookOf(photo, one.points);
        (this.distance(one, look) <= this.distance(other, look) ? other : one).hide(time);
      }
    });
  }

  /** Drop the faces that the detector does not see where they should be, and give those that it sees besides to their tracks. */
  private async assign(photo: PhotoPyramid, time: number): Promise<void> {
    const seen: FaceBox[] = [];
    for (const track of this.tracks.filter(({ foundAt, isHidden }) => foundAt === time && !isHidden)) {
      const score = await this.finder.faceScore(photo, track.box);
      if (score < this.model.tracker.least_score) {
        track.foundAt = -Infinity; // the network of landmarks went astray
        continue;
      }
      track.learn(this.lookOf(photo, track.points), score);
      seen.push(track.box);
    }
    for (const face of await this.finder.findNewFaces(photo, seen)) this.take(face, photo, time);
  }

  /** Give a detected face to a track that is free and looks like it, or to a new one. */
  private take(face: DetectedFace, photo: PhotoPyramid, time: number): void {
    const look = this.lookOf(photo, face.points);
    const back = this.bestOf(face, look, time);
    if (back) back.take(face.points, face.box.score, time);
    else this.tracks.push(new Track(this.model, this.count++, face, look, time, !this.isSceneNew));
  }

  /** The track that a detected face continues: of those at its place or near enough, the one most like it. */
  private bestOf({ box, points }: DetectedFace, look: Appearance, time: number): Track | null {
    const { near, same_person } = this.model.tracker;
    let [best, least]: [Track | null, number] = [null, Infinity];
    for (const track of this.tracks) {
      if (track.foundAt === time && !track.isHidden) continue;
      const apart = this.distance(track, look);
      const [from, to] = [middleOf(track.points), middleOf(points)];
      const isClose = Math.hypot(from.x - to.x, from.y - to.y) < near * eyeDistance(track.points);
      const isHere = !track.isLost && isSameFace(track.box, box);
      if ((isHere || (isClose && apart < same_person)) && apart < least) [best, least] = [track, apart];
    }
    return best;
  }

  /** Carry on the faces that are lost but still drawn, unless something else is there; forget those lost long ago. */
  private carry(photo: PhotoPyramid, time: number): void {
    const { held, fade, forgotten } = this.model.track;
    for (const track of this.tracks) {
      if (track.foundAt === time || track.isHidden) continue;
      if (track.lostAt !== null && time - track.lostAt > held + fade) continue;
      track.hold(time);
      if (this.distance(track, this.lookOf(photo, track.points)) > this.model.tracker.strange) track.hide(time);
    }
    this.tracks = this.tracks.filter(({ lostAt }) => lostAt === null || time - lostAt <= forgotten);
  }

  private lookOf(photo: PhotoPyramid, points: Points): Appearance {
    return appearanceOf(this.model, photo, points.subarray(0, 3 * N_POINTS));
  }

  private distance(track: Track, look: Appearance): number {
    return distance(this.model, track.look, look);
  }
}

/** Whether two sets of landmarks lie on one face. */
function isOneFace(one: Points, other: Points): boolean {
  let away = 0;
  for (let i = 0; i < 3 * N_POINTS; i += 3) away += Math.hypot(one[i] - other[i], one[i + 1] - other[i + 1]) / N_POINTS;
  return away < SAME_PLACE * Math.min(eyeDistance(one), eyeDistance(other));
}
