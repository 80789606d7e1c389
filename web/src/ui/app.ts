/** The page as a whole: a photo or the camera on the stage, and what the controls make of it. */
import type { ActionDrawer } from "../actions/change";
import type { Wish } from "../actions/mixing";
import type { Model } from "../core/model";
import type { Points } from "../core/pose";
import type { Renderer } from "../gl/renderer";
import type { Landmarker } from "../landmarks";
import { context2d } from "../photos/canvas";
import { FrameChanger, Live, type LiveSettings } from "../live";
import { loadActions } from "../loading";
import { nameFor, readPhoto, writePhoto } from "../photos/photo";
import { Still } from "../photos/still";
import { page } from "./elements";
import { CAMERA_ENDED, cameraProblem, CARD_LOST, faces, looking, NO_FACE, photoProblem } from "./messages";
import { Stage } from "./stage";

type Kind = "busy" | "good" | "bad";

export interface Parts {
  model: Model;
  renderer: Renderer;
  landmarker: Landmarker;
}

interface Shown {
  name: string;
  type: string;
  original: HTMLCanvasElement;
  changed: HTMLCanvasElement;
  still: Still | null;
}

const NO_FACE_FOR = 20; // frames until the page says so

export class App {
  readonly settings: LiveSettings = { intensity: 1, wipe: 0 };
  private readonly stage = new Stage();
  private readonly changer: FrameChanger;
  private shown: Shown | null = null;
  private live: Live | null = null;
  private facing: "user" | "environment" = "user";
  private wish: Omit<Wish, "smile"> = {};
  private actions: Promise<ActionDrawer> | null = null;
  private drawer: ActionDrawer | null = null;
  private turnNumber = 0; // of what was asked for last: what comes later ends what came before
  private waiting = 0;

  constructor(private readonly parts: Parts) {
    this.changer = new FrameChanger(parts.model, parts.renderer, parts.landmarker);
    this.stage.onWipe = (share) => this.setWipe(share);
    parts.renderer.canvas.addEventListener("webglcontextlost", () => this.say("bad", CARD_LOST));
  }

  /** The landmarks of the faces on the stage, in pixels of `original`. */
  get landmarks(): Points[] {
    return this.live ? this.changer.landmarks : (this.shown?.still?.landmarks ?? []);
  }

  /** The picture as it was, at its own resolution. */
  get original(): HTMLCanvasElement | null {
    return this.live ? this.changer.frame : (this.shown?.original ?? null);
  }

  /** The picture as it is, at its own resolution. */
  get changed(): HTMLCanvasElement | null {
    this.drawNow();
    return this.live ? this.parts.renderer.canvas : (this.shown?.changed ?? null);
  }

  /** How many of the camera's frames have been drawn. */
  get frames(): number {
    return this.live?.frames ?? 0;
  }

  get times(): Live["times"] {
    return this.live?.times ?? null;
  }

  async openFile(coming: Blob | Promise<Blob>, name: string): Promise<void> {
    const turn = this.begin("Opening the photo…");
    try {
      const file = await coming;
      const original = await readPhoto(file);
      if (turn === this.turnNumber) await this.openPicture(original, name, file.type, turn);
    } catch (error) {
      if (turn === this.turnNumber) this.fail(photoProblem(error));
    }
  }

  /** Show a picture, and change its faces. */
  private async openPicture(original: HTMLCanvasElement, name: string, type: string, turn: number): Promise<void> {
    const { model, renderer, landmarker } = this.parts;
    const changed = document.createElement("canvas");
    this.shown = { name, type, original, changed, still: null };
    this.stage.show("photo", [original]);
    this.stage.describe(`Your photo, ${original.width} by ${original.height} pixels`, false);
    this.say("busy", looking);
    await painted();
    const found = (await landmarker.inPhoto(original)).map(({ landmarks }) => landmarks);
    if (turn !== this.turnNumber) return;
    if (!found.length) return this.fail(NO_FACE);
    const still = (this.shown.still = new Still(model, renderer, original, changed, found));
    this.drawStill(still);
    this.stage.show("photo", [original, changed]);
    this.stage.describe(`Your photo, ${faces(found.length).toLowerCase()} changed`, true);
    const several = found.length > 1;
    if (several) this.stage.offer(found, (index) => this.toggleFace(still, index));
    const size = `${original.width}\u00a0×\u00a0${original.height} pixels`;
    this.say("good", `${faces(found.length)}, at the photo’s own ${size}${several ? "; press one to leave it as it is" : ""}.`);
    this.stage.reveal((share) => this.setWipe(share, false));
    this.enable();
  }

  private toggleFace(still: Still, index: number): boolean {
    const wanted = still.toggle(index);
    this.drawSoon();
    return wanted;
  }

  async toggleCamera(): Promise<void> {
    if (!this.live) return this.startCamera();
    this.begin("");
    this.stage.empty();
    this.say("good", "The camera is off.");
  }

  turnCamera(): Promise<void> {
    this.facing = this.facing === "user" ? "environment" : "user";
    return this.startCamera();
  }

  private async startCamera(): Promise<void> {
    const turn = this.begin("Waiting for the camera…");
    let live: Live;
    try {
      live = await Live.open(this.facing, this.changer);
    } catch (error) {
      if (turn === this.turnNumber) this.fail(cameraProblem(error));
      return;
    }
    if (turn !== this.turnNumber) return live.stop();
    this.live = live;
    this.say("busy", looking);
    this.setWipe(0);
    let without = 0;
    const drawn = () => {
      if (live.frames === 1) this.showLive(live);
      without = this.landmarks.length ? 0 : without + 1;
      if (this.landmarks.length) this.say("good", `${faces(this.landmarks.length)}, live.`);
      else if (without === NO_FACE_FOR) this.say("bad", "No face is in view.");
      if (live.frames % 10 === 0) this.tellSpeed(live);
    };
    const ended = () => turn === this.turnNumber && (this.begin(""), this.stage.empty(), this.say("bad", CAMERA_ENDED));
    live.run(this.settings, drawn, ended).catch((error: unknown) => turn === this.turnNumber && this.fail(photoProblem(error)));
    this.enable();
  }

  private showLive(live: Live): void {
    this.stage.show("camera", [this.parts.renderer.canvas]);
    this.stage.describe("The camera's picture, its faces changed", true);
    navigator.mediaDevices.enumerateDevices().then((devices) => {
      page.turn.hidden = this.live !== live || devices.filter(({ kind }) => kind === "videoinput").length < 2;
    }, console.warn);
  }

  private tellSpeed({ rate, times }: Live): void {
    this.stage.fit();
    if (!times) return;
    const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
    page.speed.textContent = `${rate.toFixed(1)} frames a second: finding ${ms(times.landmarks)}, planning ${ms(times.plan)}, drawing ${ms(times.draw)}`;
  }

  /** Take the camera's picture, with its changes, as a photo. */
  async keepPicture(): Promise<void> {
    if (!this.live) return;
    const frame = this.changer.frame;
    const original = document.createElement("canvas");
    [original.width, original.height] = [frame.width, frame.height];
    context2d(original, true).drawImage(frame, 0, 0);
    const turn = this.begin(looking);
    try {
      await this.openPicture(original, "camera.jpg", "image/jpeg", turn);
    } catch (error) {
      if (turn === this.turnNumber) this.fail(photoProblem(error));
    }
  }

  async download(): Promise<void> {
    this.drawNow();
    if (!this.shown?.still) return;
    const { name, type, changed } = this.shown;
    const { expression, packageVersion } = this.parts.model;
    try {
      const blob = await writePhoto(changed, type, `pixelfes ${packageVersion}, ${expression}`);
      const link = document.createElement("a");
      [link.href, link.download] = [URL.createObjectURL(blob), nameFor(name, expression, type)];
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      this.say("good", `Saved as ${link.download}.`);
    } catch (error) {
      this.say("bad", photoProblem(error));
    }
  }

  /** Show what is wished for on the faces of a photo, which is drawn when this is done; what is left out is 0. */
  async show({ smile = 0, ...wish }: Wish): Promise<void> {
    (await this.loadActions()).check(wish);
    this.wish = wish;
    this.setIntensity(smile);
    this.drawNow();
  }

  /** Load what draws facial actions, once; its `actions` holds their names and the presets. */
  async loadActions(): Promise<ActionDrawer> {
    this.actions ??= loadActions(this.parts.model, this.parts.renderer);
    try {
      return (this.drawer = await this.actions);
    } catch (error) {
      this.actions = null; // the next one who asks tries again
      throw error;
    }
  }

  setIntensity(intensity: number): void {
    this.settings.intensity = intensity;
    tell(page.intensity, page.intensityValue, Math.round(100 * intensity), `${Math.round(100 * intensity)} %`);
    this.drawSoon();
  }

  setWipe(share: number, byHand = true): void {
    if (byHand) this.stage.stopReveal();
    this.settings.wipe = share;
    const percent = Math.round(100 * share);
    tell(page.wipe, page.wipeValue, percent, percent === 0 ? "all after" : percent === 100 ? "all before" : `${percent} % before`);
    this.stage.wipe(share);
  }

  private drawSoon(): void {
    if (!this.waiting) this.waiting = requestAnimationFrame(() => this.drawNow());
  }

  /** Draw the photo if anything was set since. */
  private drawNow(): void {
    if (!this.waiting) return;
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    if (this.shown?.still) this.drawStill(this.shown.still);
  }

  private drawStill(still: Still): void {
    still.draw({ ...this.wish, smile: this.settings.intensity }, this.drawer);
  }

  /** End what is on the stage, for something else to come. */
  private begin(text: string): number {
    this.live?.stop();
    this.live = null;
    this.shown?.still?.free();
    this.shown = null;
    this.stage.stopReveal();
    page.turn.hidden = true;
    page.speed.textContent = "";
    if (text) this.say("busy", text);
    this.enable();
    return ++this.turnNumber;
  }

  private fail(text: string): void {
    this.live?.stop();
    this.live = null;
    if (!this.shown) this.stage.empty();
    this.say("bad", text);
    this.enable();
  }

  /** Show and allow what makes sense now. */
  private enable(): void {
    const changed = Boolean(this.live ?? this.shown?.still);
    page.download.hidden = Boolean(this.live);
    page.download.disabled = !this.shown?.still;
    page.keep.hidden = page.speed.hidden = !this.live;
    page.camera.textContent = this.live ? "Stop the camera" : "Use the camera";
    for (const slider of [page.intensity, page.wipe]) slider.disabled = !changed;
    for (const button of [...page.openers, ...page.cameras, page.portrait]) button.disabled = false;
  }

  private say(kind: Kind, text: string): void {
    if (page.status.textContent === text && page.status.dataset.kind === kind) return;
    page.status.dataset.kind = kind;
    page.status.textContent = text;
  }

  /** Say that all is loaded. */
  ready(): void {
    this.say("good", "Ready: open a photo, or use the camera.");
    this.enable();
  }
}

/** Say where a slider stands: to it, beside it, and to those who do not see it. */
function tell(slider: HTMLInputElement, beside: HTMLElement, value: number, text: string): void {
  slider.value = String(value);
  slider.setAttribute("aria-valuetext", text);
  beside.textContent = text;
}

/** Wait until what was changed is on the screen: finding faces keeps the page busy. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 100); // a page in the background is not painted
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
}
