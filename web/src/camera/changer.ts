/** Changes the faces of a stream of frames: each is found, changed and drawn. */
import { hasActions, isInOrder, type Wish } from "../actions/mixing";
import { planChange, type Change as PlannedChange } from "../core/change";
import type { Points } from "../core/pose";
import type { Model } from "../core/model";
import type { Renderer, Upload } from "../gl/renderer";
import type { Landmarker } from "../landmarks";
import { context2d } from "../photos/canvas";
import type { FaceParts } from "../photos/face";
import { steadyReading } from "../tracking/face_readouts";
import { ReadoutsOfFaces } from "../tracking/readouts_of_faces";
import { ActedFrame } from "./acted_frame";
import type { SampledFace } from "../tracking/sample";

const SLOW = 100; // milliseconds of a frame from which on faces are drawn with less care: on what moves, nobody sees it
const FOLLOW = 0.2; // of the way to a new speed, each frame

/** What the user has set. */
export interface LiveSettings {
  /** What is drawn on every face; the learned expression alone, until facial actions are loaded. */
  wish: Wish;
  /** Share of the width, from the left, that shows the faces as they are. */
  wipe: number;
  /** Words in the corner of the picture, if any. */
  words: string;
  /** Whether the picture is always drawn on one and the same canvas of one size, as a recording needs it. */
  steadyCanvas: boolean;
}

/** Milliseconds of each stage of a frame. */
export interface StageTimes {
  capture: number;
  landmarks: number;
  plan: number;
  draw: number;
}

type Source = HTMLVideoElement | HTMLCanvasElement;

/** Changes the faces of a stream of frames, which are steady: landmarks and what else is read from each face are filtered. */
export class FrameChanger {
  readonly frame = document.createElement("canvas");
  private faces: SampledFace[] = [];
  private readonly readouts: ReadoutsOfFaces;
  private upload: Upload | undefined;
  private pace = 0; // milliseconds of a frame, of late
  private isSlow = false; // it was once
  private readonly acted: ActedFrame;
  /** The canvas that the last frame was drawn on. */
  canvas: HTMLCanvasElement;

  constructor(
    private readonly model: Model,
    private readonly renderer: Renderer,
    private readonly landmarker: Landmarker,
    private readonly actions: () => FaceParts["actions"] = () => null,
  ) {
    this.canvas = renderer.canvas;
    this.acted = new ActedFrame({ model, renderer });
    this.readouts = new ReadoutsOfFaces(model.tracking.readouts);
  }

  /** The steady landmarks of the faces that are drawn, largest first. */
  get landmarks(): Points[] {
    return this.faces.map(({ landmarks }) => landmarks);
  }

  /** Take the frame of a time, s, as in a mirror if asked for, and draw it changed onto `canvas`. */
  async next(
    source: Source,
    width: number,
    height: number,
    mirrored: boolean,
    settings: LiveSettings,
    time: number,
    finish = false,
  ): Promise<StageTimes> {
    const start = performance.now();
    this.capture(source, width, height, mirrored);
    const captured = performance.now();
    const faces = await this.landmarker.inVideo(this.frame, time);
    this.readouts.begin(faces, time);
    this.faces = faces.filter(({ share }) => share > 0);
    const found = performance.now();
    const actions = hasActions(settings.wish) ? this.actions() : null;
    const smile = actions && isInOrder(settings.wish) ? 0 : (settings.wish.smile ?? 0); // else it is drawn with the actions
    const changes = this.faces.map((face) => this.plan(face, smile));
    const planned = performance.now();
    this.upload = this.renderer.upload(this.frame, width, height, this.upload);
    this.renderer.quick = this.isSlow;
    try {
      this.draw(this.upload, changes, actions, settings);
    } finally {
      this.renderer.quick = false;
    }
    if (finish) this.renderer.finish();
    const drawn = performance.now();
    this.pace += FOLLOW * (drawn - start - this.pace);
    this.isSlow ||= this.pace > SLOW;
    return { capture: captured - start, landmarks: found - captured, plan: planned - found, draw: drawn - planned };
  }

  /** Draw the learned expression by the graphics card alone, and what else is wished for onto a canvas of its own. */
  private draw(upload: Upload, changes: readonly (PlannedChange | null)[], actions: FaceParts["actions"], settings: LiveSettings): void {
    const drawn = changes.filter((change) => change !== null);
    const own = actions || settings.words || settings.steadyCanvas;
    this.renderer.draw(upload, drawn, own ? 0 : settings.wipe);
    this.canvas = own ? this.acted.canvas : this.renderer.canvas;
    if (!own) return;
    const faces = this.faces.map((face, i) => {
      const { landmarks, share } = face;
      return { landmarks: changes[i]?.moved ?? landmarks, share, readouts: this.readouts.of(face) };
    });
    this.acted.draw(this.frame, actions, faces, settings);
  }

  private capture(source: Source, width: number, height: number, mirrored: boolean): void {
    if (this.frame.width !== width || this.frame.height !== height) [this.frame.width, this.frame.height] = [width, height];
    const context = context2d(this.frame);
    context.setTransform(mirrored ? -1 : 1, 0, 0, 1, mirrored ? width : 0, 0);
    context.drawImage(source, 0, 0, width, height);
  }

  /** Plan the change of a face; null where there is none, or the face lies outside the frame. */
  private plan(face: SampledFace, intensity: number): PlannedChange | null {
    const { model, frame } = this;
    const { landmarks, share, sample } = face;
    if (intensity <= 0 || !sample) return null;
    const readouts = this.readouts.of(face);
    const reading = steadyReading(model, landmarks, sample, readouts);
    return planChange(model, landmarks, share * intensity, reading, frame.width, frame.height, readouts);
  }
}
