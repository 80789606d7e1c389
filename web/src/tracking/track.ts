/**
 * One face of a camera, from frame to frame, as `pixelfes.tracking.track` has it; it is not judged.
 *
 * Convention: landmarks are in image pixels; times in seconds.
 */
import { N_POINTS } from "../core/model";
import { clamp } from "../core/numbers";
import type { Points } from "../core/pose";
import type { FaceBox } from "../detector/boxes";
import { boxOf } from "../detector/face_look";
import type { DetectedFace } from "../detector/face_search";
import { blended, type Appearance } from "./appearance";
import { carriedOver, velocityOf, type Velocity } from "./carrying";
import type { TrackingModel } from "./numbers";
import { SteadyLandmarks } from "./steady_landmarks";

/** A face of a frame. */
export interface TrackedFace {
  /** The same for one person from frame to frame. */
  identity: number;
  /** Since when the face is followed without a break. */
  since: number;
  /** Steady. */
  landmarks: Points;
  /** How much of a change it is to show, 0 to 1: faces fade in and out. */
  share: number;
}

/** What is known of one face: where it is, and who it is. */
export class Track {
  points!: Points;
  score!: number;
  foundAt!: number;
  lostAt: number | null = null;
  isHidden = false;
  private landmarks!: Points;
  private filter!: SteadyLandmarks;
  private since!: number;
  private velocity: Velocity = [0, 0];
  private heldAt = 0;
  private share: number | null;
  private sharedAt: number;

  /** `isNew` says that it came into a scene that was there already: then it fades in. */
  constructor(
    private readonly model: TrackingModel,
    readonly identity: number,
    face: DetectedFace,
    public look: Appearance,
    time: number,
    isNew: boolean,
  ) {
    [this.share, this.sharedAt] = [isNew ? 0 : null, time];
    this.restart(time);
    this.take(face.points, face.box.score, time);
  }

  /** Whether the last frame did not show the face. */
  get isLost(): boolean {
    return this.lostAt !== null;
  }

  /** The box around the landmarks. */
  get box(): FaceBox {
    return boxOf(this.points, this.score);
  }

  /** Take points that were found in the frame of a time. */
  take(points: Points, score: number, time: number): void {
    const { held, fade } = this.model.track;
    const isBack = this.lostAt !== null;
    if (this.lostAt !== null && time - this.lostAt > held + fade) this.restart(time);
    this.velocity = isBack || !this.points ? [0, 0] : velocityOf(this.points, points, time - this.foundAt);
    [this.points, this.score, this.lostAt, this.isHidden] = [points, score, null, false];
    [this.foundAt, this.heldAt] = [time, time];
    this.landmarks = this.filter.filtered(mesh(points), time);
  }

  /** Carry the face on to the frame of a time, which does not show it. */
  hold(time: number): void {
    this.lostAt ??= time;
    const carried = carriedOver(this.points, this.velocity, time - this.heldAt, this.model.farthest);
    [this.points, this.velocity, this.heldAt] = [carried.points, carried.velocity, time];
    this.landmarks = this.filter.filtered(mesh(this.points), time);
  }

  /** Lose the face behind something else: it is not drawn from now on, and does not fade out over that. */
  hide(time: number): void {
    this.lostAt ??= time;
    [this.isHidden, this.share] = [true, 0];
  }

  /** Let the known look follow that of a frame in which a detector saw the face. */
  learn(look: Appearance, score: number): void {
    [this.look, this.score] = [blended(this.look, look, this.model.track.learning), score];
  }

  /** The face of the frame of a time. */
  shown(time: number): TrackedFace {
    const wanted = this.isDrawn(time) ? 1 : 0;
    const share = this.share ?? wanted;
    const step = Math.max(0, time - this.sharedAt) / this.model.track.fade;
    [this.share, this.sharedAt] = [share + clamp(wanted - share, -step, step), time];
    return { identity: this.identity, since: this.since, landmarks: this.landmarks.slice(), share: this.share };
  }

  private isDrawn(time: number): boolean {
    return !this.isHidden && (this.lostAt === null || time - this.lostAt <= this.model.track.held);
  }

  private restart(time: number): void {
    [this.filter, this.since] = [new SteadyLandmarks(this.model), time];
  }
}

/** The points of the mesh, without the irises. */
const mesh = (points: Points): Points => points.slice(0, 3 * N_POINTS);
