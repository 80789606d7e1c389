/** The page's program: what people can do, and what that changes. */
import { batch } from "@preact/signals";
import type { ActionDrawer } from "../actions/change";
import type { Wish } from "../actions/mixing";
import { loadActions, type Parts } from "../loading";
import { t } from "../messages";
import { nameFor, readPhoto, writePhoto } from "../photos/photo";
import { emptied, scaledCopy } from "../photos/working_copy";
import { catalogueOf, learnedOnly } from "../session/catalogue";
import { choose, UNCHANGED, wishOf, type FaceEdit } from "../session/face_edit";
import { amend, redone, step, undone } from "../session/history";
import { openPhoto, takeFaces, type OpenPhoto } from "../session/open_photo";
import { fitScale, placeOf, WHOLE, wipedShare } from "../session/view";
import { CameraDesk } from "./camera_desk";
import { PhotoDesk } from "./photo_desk";
import { photoProblem } from "./problems";
import type { State, Status } from "./state";
import { TileMaker } from "./tile_maker";

const MOST_OPEN = 20; // photos
const REVEAL = 1100; // milliseconds in which a new picture is uncovered
const THUMBNAIL = 160; // pixels of its long side

/** The two canvases of a photo on the stage. */
export const SHOWN = { before: document.createElement("canvas"), after: document.createElement("canvas") };

export class Studio {
  readonly desk: PhotoDesk;
  readonly camera: CameraDesk;
  private readonly tiles: TileMaker;
  private drawer: ActionDrawer | null = null;
  private actions: Promise<ActionDrawer> | null = null;
  private scripted: Wish | null = null; // what a script asked for, in the place of the edits
  private turn = 0; // of what was asked for last: what comes later ends what came before
  private moving = ""; // the control that is being moved: its steps are one

  constructor(
    readonly parts: Parts,
    readonly state: State,
  ) {
    const { model, renderer } = parts;
    const needs = { parts, shown: SHOWN, side: () => this.side(), wishes: () => this.wishes(), actions: () => this.drawer };
    this.desk = new PhotoDesk(needs);
    this.camera = new CameraDesk(parts, state, (kind, text) => this.say(kind, text));
    this.tiles = new TileMaker(parts, state, () => this.drawer);
    renderer.canvas.addEventListener("webglcontextlost", () => this.say("bad", () => t().cardLost));
    batch(() => {
      state.catalogue.value = learnedOnly(model);
      state.live.value = this.first;
      state.model.value = model;
    });
    this.say("good", () => t().ready);
  }

  /** The edit that a new face begins with: the learned expression. */
  private get first(): FaceEdit {
    return choose(UNCHANGED, this.parts.model.expression);
  }

  // Photos

  /** Open files; the first of them comes onto the stage, the others beside it. */
  async open(files: readonly (File | Promise<File>)[]): Promise<void> {
    const turn = this.begin(() => t().opening);
    const bad: Status["text"][] = [];
    let shown = false;
    for (const coming of files) {
      try {
        const file = await coming;
        const canvas = await readPhoto(file);
        if (turn !== this.turn) return;
        const photo = this.added(file, canvas);
        await this.look(photo, canvas, !shown, turn);
        shown = true;
      } catch (error) {
        bad.push(photoProblem(error));
      }
      if (turn !== this.turn) return;
    }
    if (bad.length) this.say("bad", bad[0]);
  }

  private added(file: File, canvas: HTMLCanvasElement): OpenPhoto {
    const { width, height } = canvas;
    const small = scaledCopy(canvas, THUMBNAIL);
    const photo = openPhoto({ name: file.name, file, size: { width, height }, thumbnail: small === canvas ? copied(canvas) : small });
    this.state.photos.value = [...this.state.photos.value, photo].slice(-MOST_OPEN);
    return photo;
  }

  /** Look for the faces of a photo, which comes onto the stage first if it is to be shown. */
  private async look(photo: OpenPhoto, canvas: HTMLCanvasElement, show: boolean, turn: number): Promise<void> {
    if (show) this.put(photo, canvas);
    if (show) this.say("busy", () => t().looking);
    await painted();
    const found = await this.parts.landmarker.inPhoto(canvas);
    const faces = found.map((landmarks) => ({ landmarks, verdict: "ok" }));
    takeFaces(photo, faces, this.first);
    if (!show || turn !== this.turn) return;
    this.put(photo, canvas);
    this.tell(photo);
    if (faces.length) this.reveal();
  }

  /** Uncover a new picture from right to left, so that one sees what has changed. */
  private reveal(): void {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const { border, photo } = this.state;
    const [{ value: shown }, start] = [photo, performance.now()];
    let last = (border.value = 1);
    const move = (now: number) => {
      if (photo.value !== shown || border.value !== last) return; // something else is shown, or the border was moved
      const t = Math.min(1, Math.max(0, (now - start) / REVEAL));
      last = border.value = 1 - t * t * (3 - 2 * t);
      if (t < 1) requestAnimationFrame(move);
    };
    requestAnimationFrame(move);
  }

  /** Put a photo that is open onto the stage again. */
  async show(photo: OpenPhoto): Promise<void> {
    if (photo === this.state.photo.value && this.state.shows.value === "photo") return;
    const turn = this.begin(() => t().opening);
    try {
      const canvas = await readPhoto(photo.file);
      if (turn !== this.turn) return;
      if (!photo.faces.value) return await this.look(photo, canvas, true, turn);
      this.put(photo, canvas);
      this.tell(photo);
    } catch (error) {
      if (turn === this.turn) this.say("bad", photoProblem(error));
    }
  }

  /** Close a photo; the next one comes onto the stage. */
  async close(photo: OpenPhoto): Promise<void> {
    const { photos } = this.state;
    const at = photos.value.indexOf(photo);
    photos.value = photos.value.filter((other) => other !== photo);
    if (photo !== this.state.photo.value) return;
    const next = photos.value[Math.min(at, photos.value.length - 1)];
    if (next) return this.show(next);
    this.begin(() => t().ready);
    this.empty();
    this.say("good", () => t().ready);
  }

  private put(photo: OpenPhoto, canvas: HTMLCanvasElement): void {
    this.camera.stop();
    this.scripted = null;
    this.moving = "";
    const { state } = this;
    batch(() => {
      if (state.photo.value !== photo) {
        [state.selected.value, state.view.value, state.border.value] = [null, WHOLE, 0];
      }
      [state.photo.value, state.shows.value, state.picture.value] = [photo, "photo", photo.size];
    });
    const faces = state.faces.value.map(({ landmarks }) => landmarks);
    this.desk.put(canvas, faces);
    this.tiles.begin(canvas);
    if (faces.length) void this.loadActions().catch(() => this.say("bad", () => t().noActions));
  }

  private tell(photo: OpenPhoto): void {
    const faces = photo.faces.value ?? [];
    const { width, height } = photo.size;
    const bad = faces.filter(({ verdict }) => verdict !== "ok").length;
    if (!faces.length) return this.say("bad", () => t().noFace);
    const more = () => (bad ? t().someLeftAlone(bad) : faces.length > 1 ? t().pressOne : "");
    this.say("good", () => `${t().found(t().faces(faces.length), width, height)} ${more()}`.trim());
  }

  private empty(): void {
    this.desk.clear();
    this.tiles.end();
    batch(() => {
      [this.state.shows.value, this.state.photo.value, this.state.selected.value] = ["nothing", null, null];
    });
  }

  // The camera

  async toggleCamera(): Promise<void> {
    if (this.camera.running) return this.stopCamera(() => t().cameraOff, "good");
    const turn = this.begin(() => t().cameraWaiting);
    await this.camera.start(
      () => turn === this.turn,
      () => this.stopCamera(() => t().cameraEnded, "bad"),
    );
    if (turn === this.turn && this.camera.running) this.leavePhoto();
  }

  async turnCamera(): Promise<void> {
    this.camera.turn();
    this.camera.stop();
    return this.toggleCamera();
  }

  /** Take the camera's picture as a photo. */
  async takePicture(): Promise<void> {
    if (!this.camera.running) return;
    const canvas = this.camera.picture();
    const { live } = this.state;
    const turn = this.begin(() => t().looking);
    try {
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
      if (!blob || turn !== this.turn) return;
      const photo = this.added(new File([blob], "camera.jpg", { type: "image/jpeg" }), canvas);
      await this.look(photo, canvas, true, turn);
      if (turn === this.turn) this.editFaces(() => live.value, "");
    } catch (error) {
      if (turn === this.turn) this.say("bad", photoProblem(error));
    }
  }

  private leavePhoto(): void {
    this.desk.clear();
    this.tiles.end();
    batch(() => {
      [this.state.photo.value, this.state.selected.value] = [null, null];
      [this.state.view.value, this.state.border.value] = [WHOLE, 0];
    });
    this.applyLive();
  }

  private stopCamera(text: Status["text"], kind: Status["kind"]): void {
    this.begin(text);
    this.camera.stop();
    this.empty();
    this.say(kind, text);
  }

  private applyLive(): void {
    const { smile } = wishOf(this.state.live.value, this.state.catalogue.value);
    const { settings } = this.camera;
    settings.intensity = smile;
    settings.wipe = this.wiped;
  }

  // Edits

  /** Change the edits of the chosen face, or of all; steps of one `control` while it is moved are one step to undo. */
  editFaces(change: (edit: FaceEdit) => FaceEdit, control: string): void {
    this.scripted = null;
    const { state } = this;
    if (state.shows.value === "camera") {
      state.live.value = change(state.live.value);
      return this.applyLive();
    }
    const photo = state.photo.value;
    if (!photo) return;
    const chosen = state.selected.value;
    const next = state.edits.value.map((edit, i) => ((chosen ?? i) === i && (chosen !== null || edit.wanted) ? change(edit) : edit));
    const { value: history } = photo.history;
    photo.history.value = control && control === this.moving ? amend(history, next) : step(history, next);
    this.moving = control;
    this.desk.drawSoon();
  }

  /** Say that a control has been let go. */
  rest(): void {
    this.moving = "";
  }

  undo(): void {
    this.goTo(undone);
  }

  redo(): void {
    this.goTo(redone);
  }

  /** Begin again with the first edit; that can be undone too. */
  reset(): void {
    const { faces, photo } = this.state;
    if (!photo.value) return;
    const edits = faces.value.map(({ verdict }) => ({ ...this.first, wanted: verdict === "ok" }));
    this.goTo((history) => step(history, edits));
  }

  private goTo(move: typeof undone<readonly FaceEdit[]>): void {
    const { value: photo } = this.state.photo;
    if (!photo) return;
    [this.moving, this.scripted] = ["", null];
    photo.history.value = move(photo.history.value);
    this.desk.drawSoon();
  }

  /** Draw what a script asks for on all faces, in the place of the edits. */
  async script(wish: Wish): Promise<void> {
    const drawer = await this.loadActions();
    drawer.check(wish);
    this.scripted = wish;
    this.desk.drawNow();
  }

  private wishes(): (Wish | null)[] {
    const { catalogue, edits } = this.state;
    if (this.scripted) return edits.value.map(() => this.scripted);
    return edits.value.map((edit) => (edit.wanted ? wishOf(edit, catalogue.value) : null));
  }

  /** Change a face at all, or leave it as it is; whoever insists has a face changed in spite of its verdict. */
  want(index: number, wanted: boolean): void {
    const { edits } = this.state;
    const next = edits.value.map((edit, i) => (i !== index ? edit : { ...(Object.keys(edit.mix).length ? edit : this.first), wanted }));
    this.goTo((history) => step(history, next));
  }

  /** Save the picture on the stage at its own resolution. */
  async download(): Promise<void> {
    const { value: photo } = this.state.photo;
    const canvas = this.desk.full();
    if (!photo || !canvas) return;
    const { expression, packageVersion } = this.parts.model;
    try {
      const blob = await writePhoto(canvas, photo.file.type, `pixelfes ${packageVersion}, ${expression}`);
      const link = document.createElement("a");
      [link.href, link.download] = [URL.createObjectURL(blob), nameFor(photo.name, expression, photo.file.type)];
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      const { download } = link;
      this.say("good", () => t().saved(download));
    } catch (error) {
      this.say("bad", photoProblem(error));
    } finally {
      emptied(canvas);
    }
  }

  // The view

  /** Share of the picture's width that shows it as it was. */
  get wiped(): number {
    const { border, view, stage, picture, holding } = this.state;
    if (holding.value) return 1;
    return wipedShare(border.value, placeOf(view.value, stage.value, picture.value), stage.value);
  }

  /** Move the border between before and after. */
  setBorder(border: number): void {
    this.state.border.value = border;
    if (this.camera.running) this.applyLive();
  }

  /** Show the picture as it was, while something is held. */
  hold(is: boolean): void {
    this.state.holding.value = is;
    if (this.camera.running) this.applyLive();
  }

  /** Choose the face that edits are for; null for all. */
  select(index: number | null): void {
    this.state.selected.value = index;
    this.moving = "";
  }

  /** The stage or the view has changed. */
  viewChanged(): void {
    if (this.camera.running) this.applyLive();
    else this.desk.drawSoon();
  }

  private side(): number {
    const { picture, stage, view } = this.state;
    const { width, height } = picture.value;
    return Math.max(width, height) * fitScale(stage.value, picture.value) * view.value.zoom * devicePixelRatio;
  }

  // What else

  /** Load what draws facial actions, once. */
  loadActions(): Promise<ActionDrawer> {
    const { model, renderer } = this.parts;
    this.actions ??= loadActions(model, renderer).then(
      (drawer) => {
        this.drawer = drawer;
        this.state.catalogue.value = catalogueOf(model, drawer.actions);
        this.tiles.again();
        return drawer;
      },
      (error: unknown) => {
        this.actions = null;
        throw error;
      },
    );
    return this.actions;
  }

  say(kind: Status["kind"], text: Status["text"]): void {
    const { value: known } = this.state.status;
    if (known.kind !== kind || known.text() !== text()) this.state.status.value = { kind, text };
  }

  private begin(text: Status["text"]): number {
    this.say("busy", text);
    return ++this.turn;
  }
}

function copied(canvas: HTMLCanvasElement): HTMLCanvasElement {
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  copy.getContext("2d")?.drawImage(canvas, 0, 0);
  return copy;
}

/** Wait until what was changed is on the screen. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 100); // a page in the background is not painted
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
}
