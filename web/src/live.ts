/** The camera, live: frame by frame the faces are found, changed and drawn. */
import { planChange, readFace, type Change, type Reading } from "./core/change";
import { faceState, type FaceState } from "./core/expression";
import { lightOf, type Colour, type Light, type Part } from "./core/light";
import { boxAround } from "./core/mesh";
import { eyeDistance, eyeLine, type Points } from "./core/pose";
import type { Model } from "./core/model";
import type { Renderer, Upload } from "./gl/renderer";
import type { Landmarker } from "./landmarks";
import { context2d } from "./photos/canvas";

const SAMPLE_SIDE = 160; // pixels of a face that its light is read from
const LIGHT_EVERY = 6; // frames
const FOLLOW_LIGHT = 0.3;
const FOLLOW_STATE = 0.4;
const NO_LIGHT: Light = { white: [1, 1, 1], skin: [1, 1, 1] };

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

interface Tracked {
  x: number;
  y: number;
  reading: Reading;
}

type Source = HTMLVideoElement | HTMLCanvasElement;

/** Changes the faces of a stream of frames; what flickers in it, light and state of each face, is followed slowly. */
export class FrameChanger {
  readonly frame = document.createElement("canvas");
  landmarks: Points[] = [];
  private readonly sample = document.createElement("canvas");
  private upload: Upload | undefined;
  private tracked: Tracked[] = [];
  private count = 0;

  constructor(
    private readonly model: Model,
    private readonly renderer: Renderer,
    private readonly landmarker: Landmarker,
  ) {}

  /** Take a frame, as in a mirror if asked for, and draw it changed onto the renderer's canvas. */
  async next(
    source: Source,
    width: number,
    height: number,
    mirrored: boolean,
    settings: LiveSettings,
    finish = false,
  ): Promise<StageTimes> {
    const start = performance.now();
    this.capture(source, width, height, mirrored);
    const captured = performance.now();
    this.landmarks = await this.landmarker.inVideo(this.frame);
    const found = performance.now();
    const changes = this.plan(settings.intensity);
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

  private plan(intensity: number): Change[] {
    const { model, frame } = this;
    const lightNow = this.count++ % LIGHT_EVERY === 0;
    const before = this.tracked;
    this.tracked = this.landmarks.map((landmarks) => this.follow(landmarks, before, lightNow));
    if (intensity <= 0) return [];
    return this.landmarks.flatMap((landmarks, i) => {
      return planChange(model, landmarks, intensity, this.tracked[i].reading, frame.width, frame.height) ?? [];
    });
  }

  private follow(landmarks: Points, before: readonly Tracked[], lightNow: boolean): Tracked {
    const { right_eye_corners: right, left_eye_corners: left } = this.model.points;
    const { x, y } = eyeLine(landmarks, right, left);
    const near = eyeDistance(landmarks, right, left);
    const last = before.find((face) => Math.hypot(face.x - x, face.y - y) < near);
    if (!last) return { x, y, reading: this.read(landmarks) };
    const now = lightNow ? this.read(landmarks) : null;
    const { light, skin, state } = last.reading;
    const found = now?.state ?? faceState(this.model, landmarks, state.teeth);
    const reading: Reading = {
      light: now ? blend(light, now.light) : light,
      skin: now ? now.skin : skin,
      blur: 0,
      state: followed(state, found),
    };
    return { x, y, reading };
  }

  /** Read a face off a small copy of it, which is too small to tell how sharp the frame is. */
  private read(landmarks: Points): Reading {
    const sample = this.sampleOf(landmarks);
    if (!sample) return { light: NO_LIGHT, state: faceState(this.model, landmarks, 0), skin: this.model.face.map(() => 1), blur: 0 };
    const light = lightOf(sample.part, sample.landmarks, this.model.points);
    return { ...readFace(this.model, sample.landmarks, sample.part, light), blur: 0 };
  }

  /** A small copy of a face, and its points there; null where the face lies outside the frame. */
  private sampleOf(landmarks: Points): { part: Part; landmarks: Points } | null {
    const flat = Float32Array.from({ length: (2 * landmarks.length) / 3 }, (_, i) => landmarks[3 * (i >> 1) + (i & 1)]);
    const box = boxAround(
      [flat],
      Array.from({ length: flat.length / 2 }, (_, i) => i),
      this.frame.width,
      this.frame.height,
    );
    if (!box.width || !box.height) return null;
    const scale = Math.min(1, SAMPLE_SIDE / Math.max(box.width, box.height, 1));
    const [width, height] = [Math.max(1, Math.round(box.width * scale)), Math.max(1, Math.round(box.height * scale))];
    [this.sample.width, this.sample.height] = [width, height];
    const context = context2d(this.sample, true);
    context.drawImage(this.frame, box.left, box.top, box.width, box.height, 0, 0, width, height);
    const small = landmarks.map(
      (value, i) => (i % 3 === 2 ? value : value - (i % 3 ? box.top : box.left) + 0.5) * scale - (i % 3 === 2 ? 0 : 0.5),
    );
    const data = context.getImageData(0, 0, width, height).data as Uint8ClampedArray;
    return { part: { data, width, height, left: 0, top: 0 }, landmarks: small };
  }
}

function followed(from: FaceState, to: FaceState): FaceState {
  const step = (a: number, b: number) => a + FOLLOW_STATE * (b - a);
  return {
    strength: step(from.strength, to.strength),
    openness: step(from.openness, to.openness),
    teeth: step(from.teeth, to.teeth),
    actions: from.actions.map((value, k) => step(value, to.actions[k])),
  };
}

function blend(from: Light, to: Light): Light {
  const mix = (a: Colour, b: Colour) => a.map((value, c) => value + FOLLOW_LIGHT * (b[c] - value)) as Colour;
  return { white: mix(from.white, to.white), skin: mix(from.skin, to.skin) };
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
    while (this.running) {
      const start = performance.now();
      await nextFrame(this.video);
      const { videoWidth: width, videoHeight: height } = this.video;
      if (!this.running) return;
      if (!width || !height) continue;
      this.times = await this.changer.next(this.video, width, height, this.mirrored, settings);
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

/** Wait for the video's next frame; where the browser does not say when that is, for the screen's. */
function nextFrame(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve) => {
    const timeout = setTimeout(resolve, 500); // a page in the background gets no frames
    const done = () => {
      clearTimeout(timeout);
      resolve();
    };
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(done);
    else requestAnimationFrame(done);
  });
}
