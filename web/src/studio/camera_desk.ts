/** The camera on the stage. */
import { FrameChanger, Live, type LiveSettings, type StageTimes } from "../live";
import type { Points } from "../core/pose";
import type { Parts } from "../loading";
import { t } from "../messages";
import { context2d } from "../photos/canvas";
import { cameraProblem } from "./problems";
import type { Announcer } from "./announcer";
import type { State } from "./state";

const NO_FACE_FOR = 20; // frames until the page says so
const TELL_EVERY = 10; // frames

export class CameraDesk {
  readonly settings: LiveSettings = { intensity: 1, wipe: 0 };
  private readonly changer: FrameChanger;
  private live: Live | null = null;
  private facing: "user" | "environment" = "user";
  private without = 0;
  private seen = false;

  constructor(
    parts: Parts,
    private readonly state: State,
    private readonly announcer: Announcer,
    /** Told of the first frame in which there is a face. */
    private readonly firstSeen: (picture: HTMLCanvasElement, faces: readonly Points[]) => void,
  ) {
    this.changer = new FrameChanger(parts.model, parts.renderer, parts.landmarker);
  }

  get running(): boolean {
    return this.live !== null;
  }

  get landmarks(): Points[] {
    return this.changer.landmarks;
  }

  get frame(): HTMLCanvasElement {
    return this.changer.frame;
  }

  get frames(): number {
    return this.live?.frames ?? 0;
  }

  get times(): StageTimes | null {
    return this.live?.times ?? null;
  }

  /** Use the other camera from now on. */
  turn(): void {
    this.facing = this.facing === "user" ? "environment" : "user";
  }

  /** Start the camera; `current` says whether it is still wanted, `ended` is told when it goes away by itself. */
  async start(current: () => boolean, ended: () => void): Promise<void> {
    let live: Live;
    try {
      live = await Live.open(this.facing, this.changer);
    } catch (error) {
      if (current()) this.announcer.say("bad", cameraProblem(error));
      return;
    }
    if (!current()) return live.stop();
    [this.live, this.without, this.seen] = [live, 0, false];
    this.announcer.say("busy", () => t().looking);
    const gone = () => current() && ended();
    live.run(this.settings, () => this.drawn(live), gone).catch(gone);
  }

  stop(): void {
    this.live?.stop();
    this.live = null;
    [this.state.speed.value, this.state.otherCamera.value] = ["", false];
  }

  /** A copy of the last frame. */
  picture(): HTMLCanvasElement {
    const { frame } = this.changer;
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [frame.width, frame.height];
    context2d(copy, true).drawImage(frame, 0, 0);
    return copy;
  }

  private drawn(live: Live): void {
    const { width, height } = this.changer.frame;
    const { value: known } = this.state.picture;
    if (known.width !== width || known.height !== height) this.state.picture.value = { width, height };
    if (live.frames === 1) this.begun(live);
    const count = this.landmarks.length;
    this.without = count ? 0 : this.without + 1;
    if (count && !this.seen) this.firstSeen(this.picture(), this.landmarks);
    this.seen ||= count > 0;
    if (count) this.announcer.say("good", () => t().cameraLive(t().faces(count)));
    else if (this.without === NO_FACE_FOR) this.announcer.say("bad", () => t().cameraNoFace);
    if (live.frames % TELL_EVERY === 0) this.tellSpeed(live);
  }

  private begun(live: Live): void {
    this.state.shows.value = "camera";
    navigator.mediaDevices.enumerateDevices().then((devices) => {
      const several = devices.filter(({ kind }) => kind === "videoinput").length > 1;
      this.state.otherCamera.value = this.live === live && several;
    }, console.warn);
  }

  private tellSpeed({ rate, times }: Live): void {
    if (!times) return;
    const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
    this.state.speed.value = t().speed(rate.toFixed(1), ms(times.landmarks), ms(times.plan), ms(times.draw));
  }
}
