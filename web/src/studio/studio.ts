/** The page's program: ties together what people can do with a photo and with the camera. */
import { batch } from "@preact/signals";
import type { Wish } from "../actions/mixing";
import type { CameraSize } from "../camera/cameras";
import type { Points } from "../core/pose";
import type { Parts } from "../loading";
import { t } from "../messages";
import { learnedOnly } from "../session/catalogue";
import { wishOf } from "../session/face_edit";
import { WHOLE } from "../session/view";
import { ActionsLoader } from "./actions_loader";
import { Announcer } from "./announcer";
import { CameraDesk } from "./camera_desk";
import { Editing } from "./editing";
import { Looking } from "./looking";
import { PhotoDesk } from "./photo_desk";
import { Photos } from "./photos";
import { Saving } from "./saving";
import type { State, Status } from "./state";
import { TileMaker } from "./tile_maker";

/** The two canvases of a photo on the stage. */
export const SHOWN = { before: document.createElement("canvas"), after: document.createElement("canvas") };

export class Studio {
  readonly actions: ActionsLoader;
  readonly announcer: Announcer;
  readonly camera: CameraDesk;
  readonly desk: PhotoDesk;
  readonly editing: Editing;
  readonly looking: Looking;
  readonly photos: Photos;
  readonly saving: Saving;
  private readonly tiles: TileMaker;
  private paused = false; // the camera, because nobody sees the page

  constructor(
    readonly parts: Parts,
    readonly state: State,
  ) {
    state.model.value = parts.model;
    state.catalogue.value = learnedOnly(parts.model);
    this.announcer = new Announcer(state);
    this.actions = new ActionsLoader(parts, state);
    this.editing = new Editing(state, () => this.changed());
    this.looking = new Looking(state, () => this.changed());
    const drawer = () => this.actions.drawer;
    const wishes = () => this.editing.wishes();
    this.desk = new PhotoDesk({ parts, shown: SHOWN, side: () => this.looking.side, wishes, actions: drawer });
    this.tiles = new TileMaker(parts, state, drawer);
    const firstSeen = (picture: HTMLCanvasElement, faces: readonly Points[]) => {
      this.tiles.begin(picture, faces);
      this.loadActions();
    };
    this.camera = new CameraDesk({ parts, state, announcer: this.announcer, actions: drawer, firstSeen });
    this.photos = new Photos({
      state,
      announcer: this.announcer,
      landmarker: parts.landmarker,
      first: () => this.editing.first,
      shown: (canvas) => this.shown(canvas),
      opened: () => this.looking.reveal(),
      gone: () => this.empty(),
    });
    this.saving = new Saving({
      state,
      parts,
      announcer: this.announcer,
      editing: this.editing,
      actions: drawer,
      canvas: () => this.desk.photo,
    });
    state.live.value = this.editing.first;
    parts.renderer.canvas.addEventListener("webglcontextlost", () => this.announcer.say("bad", () => t().cardLost));
    this.announcer.say("good", () => t().ready);
  }

  /** Start the camera, or stop it. */
  async toggleCamera(): Promise<void> {
    if (this.camera.running) return this.stopCamera("good", () => t().cameraOff);
    const current = this.announcer.begin(() => t().cameraWaiting);
    await this.camera.start(current, () => this.stopCamera("bad", () => t().cameraEnded));
    if (!current() || !this.camera.running) return;
    this.leavePhoto();
    this.changed();
  }

  /** Go on with another camera, or with the one that faces the other way. */
  async turnCamera(device: string): Promise<void> {
    this.camera.choose(device);
    return this.restartCamera();
  }

  /** Go on with a picture of another size. */
  async resizeCamera(size: CameraSize): Promise<void> {
    this.camera.setSize(size);
    return this.restartCamera();
  }

  /** Write into the picture that software changed it, or do not. */
  markCamera(is: boolean): void {
    this.state.marked.value = is;
    this.changed();
  }

  private async restartCamera(): Promise<void> {
    this.camera.stop();
    return this.toggleCamera();
  }

  /** Turn the camera off while nobody sees the page, and on again. */
  hidden(is: boolean): void {
    if (is && this.camera.running) {
      this.announcer.begin(() => t().cameraHidden);
      this.camera.stop();
      this.announcer.say("good", () => t().cameraHidden);
      this.paused = true;
    } else if (!is && this.paused) {
      this.paused = false;
      if (this.state.shows.value === "camera") void this.toggleCamera();
    }
  }

  /** Take the camera's picture as a photo, with the expression that it has. */
  async takePicture(): Promise<void> {
    if (!this.camera.running || !(await this.camera.countDown())) return;
    const { value: edit } = this.state.live;
    const before = this.state.photo.value;
    const picture = this.camera.picture();
    this.camera.stop();
    await this.photos.openCanvas(picture, "camera.jpg");
    if (this.state.photo.value !== before) this.editing.change((own) => ({ ...edit, wanted: own.wanted }));
  }

  /** Draw what a script asks for on all faces of the photo. */
  async script(wish: Wish): Promise<void> {
    const drawer = await this.actions.load();
    drawer.check(wish);
    this.editing.script(wish);
    this.desk.drawNow();
  }

  /** Draw again what is on the stage. */
  private changed(): void {
    if (!this.camera.running) return this.desk.drawSoon();
    const wish = wishOf(this.state.live.value, this.state.catalogue.value);
    const words = this.state.marked.value ? t().changedBySoftware : "";
    Object.assign(this.camera.settings, { wish, words, wipe: this.looking.wiped });
  }

  /** A photo has come onto the stage. */
  private shown(canvas: HTMLCanvasElement): void {
    this.camera.stop();
    this.editing.begin();
    const faces = this.state.faces.value.map(({ landmarks }) => landmarks);
    this.desk.put(canvas, faces);
    this.tiles.begin(canvas, faces);
    if (faces.length) this.loadActions();
  }

  private loadActions(): void {
    this.actions.load().then(
      () => this.tiles.again(),
      () => this.announcer.say("bad", () => t().noActions),
    );
  }

  private stopCamera(kind: Status["kind"], text: Status["text"]): void {
    this.announcer.begin(text);
    this.camera.stop();
    this.empty();
    this.announcer.say(kind, text);
  }

  private empty(): void {
    this.leavePhoto();
    this.state.shows.value = "nothing";
  }

  private leavePhoto(): void {
    const { border, photo, selected, view } = this.state;
    this.desk.clear();
    this.tiles.end();
    batch(() => ([photo.value, selected.value, view.value, border.value] = [null, null, WHOLE, 0]));
  }
}
