/** The camera on the stage: turns it on and off, draws, counts down and records. */
import { cameras, type CameraSize } from "../camera/cameras";
import { FrameChanger, type LiveSettings, type StageTimes } from "../camera/changer";
import { Live } from "../camera/live";
import { LARGEST, LONGEST, Recording } from "../camera/recording";
import type { Points } from "../core/pose";
import { nameFor } from "../files/encoding";
import { saveFile } from "../files/handing_over";
import { madeBy } from "../files/mark";
import { fileSentence } from "../files/messages";
import type { Parts } from "../loading";
import { t } from "../messages";
import { copied } from "../photos/working_copy";
import { mainName } from "../session/face_edit";
import type { FaceParts } from "../photos/face";
import type { Announcer } from "./announcer";
import { cameraProblem } from "./problems";
import type { State } from "./state";

const NO_FACE_FOR = 20; // frames until the page says so
const TELL_EVERY = 10; // frames
const COUNT_FROM = 3; // seconds

export interface CameraNeeds {
  parts: Parts;
  state: State;
  announcer: Announcer;
  actions: () => FaceParts["actions"];
  /** Told of the first frame in which there is a face. */
  firstSeen: (picture: HTMLCanvasElement, faces: readonly Points[]) => void;
}

export class CameraDesk {
  readonly settings: LiveSettings = { wish: {}, wipe: 0, words: "", steadyCanvas: false };
  private readonly changer: FrameChanger;
  private live: Live | null = null;
  private recording: Recording | null = null;
  private facing: "user" | "environment" = "user";
  private without = 0;
  private seen = false;

  constructor(private readonly needs: CameraNeeds) {
    const { model, renderer, landmarker } = needs.parts;
    this.changer = new FrameChanger(model, renderer, landmarker, needs.actions);
  }

  get running(): boolean {
    return this.live !== null;
  }

  get landmarks(): Points[] {
    return this.changer.landmarks;
  }

  /** The last frame as it was, and as it was drawn. */
  get frame(): HTMLCanvasElement {
    return this.changer.frame;
  }

  get canvas(): HTMLCanvasElement {
    return this.changer.canvas;
  }

  get frames(): number {
    return this.live?.frames ?? 0;
  }

  get times(): StageTimes | null {
    return this.live?.times ?? null;
  }

  /** Use a camera from now on; an empty name means one that faces the other way than the last. */
  choose(device: string): void {
    if (!device) this.facing = this.facing === "user" ? "environment" : "user";
    this.needs.state.device.value = device;
  }

  setSize(size: CameraSize): void {
    this.needs.state.cameraSize.value = size;
  }

  /** Start the camera; `current` says whether it is still wanted, `ended` is told when it goes away by itself. */
  async start(current: () => boolean, ended: () => void): Promise<void> {
    const { announcer, state } = this.needs;
    let live: Live;
    try {
      live = await Live.open({ device: state.device.value, facing: this.facing, size: state.cameraSize.value }, this.changer);
    } catch (error) {
      if (current()) announcer.say("bad", cameraProblem(error));
      return;
    }
    if (!current()) return live.stop();
    [this.live, this.without, this.seen] = [live, 0, false];
    announcer.say("busy", () => t().looking);
    const gone = () => current() && ended();
    live.run(this.settings, () => this.drawn(live), gone).catch(gone);
  }

  /** Turn the camera off; what is being recorded is saved. */
  stop(): void {
    if (this.recording) void this.stopRecording();
    this.live?.stop();
    this.live = null;
    const { state } = this.needs;
    [state.speed.value, state.countdown.value] = ["", 0];
  }

  /** A copy of the last frame, as it was. */
  picture(): HTMLCanvasElement {
    return copied(this.changer.frame);
  }

  /** Count down, if that is wanted; whether the camera is still on at the end. */
  async countDown(): Promise<boolean> {
    const { state } = this.needs;
    const { live } = this;
    for (let left = state.countsDown.value ? COUNT_FROM : 0; left > 0 && this.live === live; left--) {
      state.countdown.value = left;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    state.countdown.value = 0;
    return live !== null && this.live === live;
  }

  /** Begin to record, or end it and save the file. */
  async toggleRecording(): Promise<void> {
    if (this.recording) return this.stopRecording();
    this.settings.steadyCanvas = true;
    const frames = this.frames;
    while (this.live && this.frames < frames + 2) await new Promise((resolve) => setTimeout(resolve, 20)); // it is drawn on by then
    if (!this.live) return;
    const { expression, packageVersion } = this.needs.parts.model;
    this.recording = new Recording(this.changer.canvas, madeBy(packageVersion, expression));
    this.needs.state.recorded.value = 0;
  }

  private async stopRecording(): Promise<void> {
    const { recording } = this;
    const { announcer, parts, state } = this.needs;
    if (!recording) return;
    this.recording = null;
    state.recorded.value = null;
    const file = await recording.stop();
    this.settings.steadyCanvas = false;
    const name = nameFor("camera", mainName(state.live.value, parts.model.expression), file.type);
    saveFile(file, name);
    announcer.say("good", () => fileSentence("saved", { name }));
  }

  private drawn(live: Live): void {
    const { announcer, firstSeen, state } = this.needs;
    const { width, height } = this.changer.frame;
    const { value: known } = state.picture;
    if (known.width !== width || known.height !== height) state.picture.value = { width, height };
    state.liveCanvas.value = this.changer.canvas;
    if (live.frames === 1) this.begun();
    const count = this.landmarks.length;
    this.without = count ? 0 : this.without + 1;
    if (count && !this.seen) firstSeen(this.picture(), this.landmarks);
    this.seen ||= count > 0;
    if (count) announcer.say("good", () => t().cameraLive(t().faces(count)));
    else if (this.without === NO_FACE_FOR) announcer.say("bad", () => t().cameraNoFace);
    if (live.frames % TELL_EVERY === 0) this.tellSpeed(live);
    this.tellRecording();
  }

  private begun(): void {
    const { state } = this.needs;
    state.shows.value = "camera";
    cameras().then((found) => (state.cameras.value = found), console.warn);
  }

  private tellRecording(): void {
    if (!this.recording) return;
    this.needs.state.recorded.value = Math.floor(this.recording.seconds);
    if (this.recording.seconds >= LONGEST || this.recording.bytes >= LARGEST) void this.stopRecording();
  }

  private tellSpeed({ rate, times }: Live): void {
    if (!times) return;
    const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
    this.needs.state.speed.value = t().speed(rate.toFixed(1), ms(times.landmarks), ms(times.plan), ms(times.draw));
  }
}
