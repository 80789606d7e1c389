/** The photos that are open: reads their files, finds their faces, and brings one of them onto the stage. */
import { batch } from "@preact/signals";
import { t } from "../messages";
import type { Landmarker } from "../landmarks";
import { copied, emptied, scaledCopy } from "../photos/working_copy";
import { readPhoto } from "../files/reading";
import type { FaceEdit } from "../session/face_edit";
import { openPhoto, takeFaces, type OpenPhoto } from "../session/open_photo";
import { WHOLE } from "../session/view";
import type { Announcer } from "./announcer";
import { photoProblem } from "./problems";
import type { State, Status } from "./state";

const MOST_OPEN = 20; // photos
const THUMBNAIL = 160; // pixels of its long side

export interface PhotosNeeds {
  state: State;
  announcer: Announcer;
  landmarker: Landmarker;
  /** The edit that a new face begins with. */
  first: () => FaceEdit;
  /** A photo has come onto the stage, or its faces have been found. */
  shown: (canvas: HTMLCanvasElement) => void;
  /** The faces of a photo just opened are changed for the first time. */
  opened: () => void;
  /** The last photo has gone. */
  gone: () => void;
}

type Current = () => boolean;

export class Photos {
  constructor(private readonly needs: PhotosNeeds) {}

  /** Open files; the first of them comes onto the stage, the others beside it. */
  async open(files: readonly (File | Promise<File>)[]): Promise<void> {
    const { announcer } = this.needs;
    const current = announcer.begin(() => t().opening);
    const bad: Status["text"][] = [];
    let shown = false;
    for (const coming of files) {
      try {
        const file = await coming;
        const canvas = await readPhoto(file);
        if (!current()) return emptied(canvas);
        await this.look(this.added(file, file.name, canvas), canvas, !shown, current);
        shown = true;
      } catch (error) {
        bad.push(photoProblem(error));
      }
      if (!current()) return;
    }
    if (bad.length) announcer.say("bad", bad[0]);
  }

  /** Open a picture that has no file yet. */
  async openCanvas(canvas: HTMLCanvasElement, name: string): Promise<void> {
    const current = this.needs.announcer.begin(() => t().looking);
    try {
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
      if (!blob || !current()) return;
      const file = new Blob([blob], { type: "image/jpeg" }); // what is saved from it; its pixels are kept as they are
      await this.look(this.added(file, name, canvas), canvas, true, current);
    } catch (error) {
      if (current()) this.needs.announcer.say("bad", photoProblem(error));
    }
  }

  /** Bring a photo that is open onto the stage again. */
  async show(photo: OpenPhoto): Promise<void> {
    const { announcer, state } = this.needs;
    if (photo === state.photo.value && state.shows.value === "photo") return;
    const current = announcer.begin(() => t().opening);
    try {
      const canvas = await readPhoto(photo.file);
      if (!current()) return emptied(canvas);
      if (!photo.faces.value) return await this.look(photo, canvas, true, current);
      this.put(photo, canvas);
      this.tell(photo);
    } catch (error) {
      if (current()) announcer.say("bad", photoProblem(error));
    }
  }

  /** Close a photo; the next one comes onto the stage. */
  async close(photo: OpenPhoto): Promise<void> {
    const { photos, photo: shown } = this.needs.state;
    const at = photos.value.indexOf(photo);
    photos.value = photos.value.filter((other) => other !== photo);
    if (photo !== shown.value) return;
    const next = photos.value[Math.min(at, photos.value.length - 1)];
    if (next) return this.show(next);
    this.needs.announcer.begin(() => t().ready);
    this.needs.gone();
    this.needs.announcer.say("good", () => t().ready);
  }

  private added(file: Blob, name: string, canvas: HTMLCanvasElement): OpenPhoto {
    const { photos } = this.needs.state;
    const { width, height } = canvas;
    const small = scaledCopy(canvas, THUMBNAIL);
    const photo = openPhoto({ name, file, size: { width, height }, thumbnail: small === canvas ? copied(canvas) : small });
    photos.value = [...photos.value, photo].slice(-MOST_OPEN);
    return photo;
  }

  /** Look for the faces of a photo, which comes onto the stage first if it is to be shown. */
  private async look(photo: OpenPhoto, canvas: HTMLCanvasElement, show: boolean, current: Current): Promise<void> {
    const { announcer, first, landmarker, opened } = this.needs;
    if (show) {
      this.put(photo, canvas);
      announcer.say("busy", () => t().looking);
      await painted();
    }
    const found = await landmarker.inPhoto(canvas);
    takeFaces(photo, found, first());
    if (this.needs.state.photo.value !== photo) return emptied(canvas);
    this.put(photo, canvas);
    if (current()) this.tell(photo);
    if (found.length) opened();
  }

  private put(photo: OpenPhoto, canvas: HTMLCanvasElement): void {
    const { state, shown } = this.needs;
    batch(() => {
      if (state.photo.value !== photo) [state.selected.value, state.view.value, state.border.value] = [null, WHOLE, 0];
      [state.photo.value, state.shows.value, state.picture.value] = [photo, "photo", photo.size];
    });
    shown(canvas);
  }

  private tell({ faces: { value: found }, size }: OpenPhoto): void {
    const faces = found ?? [];
    if (!faces.length) return this.needs.announcer.say("bad", () => t().noFace);
    const doubtful = faces.filter(({ verdict }) => verdict !== "ok").length;
    const more = () => (doubtful ? t().someLeftAlone(doubtful) : faces.length > 1 ? t().pressOne : "");
    this.needs.announcer.say("good", () => `${t().found(t().faces(faces.length), size.width, size.height)} ${more()}`.trim());
  }
}

/** Wait until what was changed is on the screen. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 100); // a page in the background is not painted
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
}
