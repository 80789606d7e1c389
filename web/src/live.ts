/** The camera, live: frame by frame the faces are found, changed and drawn. */
import { planChange, type Change } from "./core/change";
import type { Points } from "./core/pose";
import type { Model } from "./core/model";
import type { Renderer, Upload } from "./gl/renderer";
import type { Landmarker } from "./landmarks";
import { context2d } from "./photos/canvas";
import { steadyReading } from "./tracking/face_readouts";
import { ReadoutsOfFaces } from "./tracking/readouts_of_faces";
import type { SampledFace } from "./tracking/sample";

/** What the user has set. */
export interface LiveSettings {
  intensity: number;
  /** Share of the width, from the left, that shows the faces as they are. */
  wipe: number;
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

  constructor(
    private readonly model: Model,
    private readonly renderer: Renderer,
    private readonly landmarker: Landmarker,
  ) {
    this.readouts = new ReadoutsOfFaces(model.tracking.readouts);
  }

  /** The steady landmarks of the faces that are drawn, largest first. */
  get landmarks(): Points[] {
    return this.faces.map(({ landmarks }) => landmarks);
  }

  /** Take the frame of a time, s, as in a mirror if asked for, and draw it changed onto the renderer's canvas. */
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
    const changes = this.faces.flatMap((face) => this.plan(face, settings.intensity) ?? []);
    const planned = performance.now();
    this.upload = this.renderer.upload(this.frame, width, height, this.upload);
    this.renderer.draw(this.upload, changes, settings.wipe);
    if (finish) this.renderer.finish();
    const drawn = performance.now();
    return { capture: captured - start, landmarks: found - captured, plan: planned - found, draw: drawn - planned };
  }

  private capture(source: Source, width: number, height: number, mirrored: boolean): void {
    if (this.frame.width !== width || this.frame.height !== height) [this.frame.width, this.frame.height] = [width, height];
    const context = context2d(this.frame);
    context.setTransform(mirrored ? -1 : 1, 0, 0, 1, mirrored ? width : 0, 0);
    context.drawImage(source, 0, 0, width, height);
  }

  /** Plan the change of a face; null where there is none, or the face lies outside the frame. */
  private plan(face: SampledFace, intensity: number): Change | null {
    const { model, frame } = this;
    const { landmarks, share, sample } = face;
    if (intensity <= 0 || !sample) return null;
    const readouts = this.readouts.of(face);
    const reading = steadyReading(model, landmarks, sample, readouts);
    return planChange(model, landmarks, share * intensity, reading, frame.width, frame.height, readouts);
  }
}

/** The camera's frames, one after another, until it is stopped. */
export class Live {
  /** Frames drawn, and how many a second of late. */
  frames = 0;
  rate = 0;
  times: StageTimes | null = null;
  private running = true;

  private constructor(
    private readonly stream: MediaStream,
    readonly video: HTMLVideoElement,
    readonly changer: FrameChanger,
    readonly mirrored: boolean,
  ) {}

  /** Ask for a camera; the browser asks its user. */
  static async open(facing: "user" | "environment", changer: FrameChanger): Promise<Live> {
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("no cameras here", "NotSupportedError");
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: facing, ...size } });
    const video = document.createElement("video");
    [video.muted, video.playsInline, video.srcObject] = [true, true, stream];
    try {
      await video.play();
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      throw error;
    }
    const facingNow = stream.getVideoTracks()[0]?.getSettings().facingMode;
    return new Live(stream, video, changer, facingNow !== "environment");
  }

  /** Draw frame after frame; `drawn` is told after each. */
  async run(settings: LiveSettings, drawn: () => void, ended: () => void): Promise<void> {
    this.stream.getVideoTracks()[0]?.addEventListener("ended", () => this.running && ended());
    let time = 0;
    while (this.running) {
      const start = performance.now();
      const taken = await nextFrame(this.video);
      const { videoWidth: width, videoHeight: height } = this.video;
      if (!this.running) return;
      if (!width || !height) continue;
      time = taken > time ? taken : time + (performance.now() - start) / 1000; // a camera whose clock stands still
      this.times = await this.changer.next(this.video, width, height, this.mirrored, settings, time);
      if (!this.running) return;
      this.frames++;
      const rate = 1000 / (performance.now() - start);
      this.rate = this.rate ? this.rate + 0.1 * (rate - this.rate) : rate;
      drawn();
    }
  }

  stop(): void {
    this.running = false;
    for (const track of this.stream.getTracks()) track.stop();
    this.video.srcObject = null;
  }
}

/** Wait for the video's next frame, or for the screen's where the browser does not tell, and return its time, s. */
function nextFrame(video: HTMLVideoElement): Promise<number> {
  return new Promise((resolve) => {
    const done = (time: number) => {
      clearTimeout(timeout);
      resolve(time);
    };
    const untold = () => done(video.currentTime);
    const timeout = setTimeout(untold, 500); // a page in the background gets no frames
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback((_, { mediaTime }) => done(mediaTime));
    else requestAnimationFrame(untold);
  });
}
