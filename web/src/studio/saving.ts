/** Saves what is on the stage, at its own resolution: as a file, for other programs, moving, or all photos at once. */
import { t } from "../messages";
import { encode, nameFor, type PictureType } from "../files/encoding";
import { copyPicture, saveFile, shareFile, type Outcome } from "../files/handing_over";
import { madeBy } from "../files/mark";
import { fileSentence } from "../files/messages";
import { PhotoError } from "../files/photo_error";
import { readPhoto } from "../files/reading";
import type { AnimationType } from "../files/animation/animate";
import type { Entry } from "../files/archive";
import type { Parts } from "../loading";
import type { FaceParts } from "../photos/face";
import { fullWork } from "../photos/full";
import { inSlices } from "../photos/slices";
import { emptied, WorkingCopy } from "../photos/working_copy";
import { mainName, scaledWish } from "../session/face_edit";
import type { OpenPhoto } from "../session/open_photo";
import type { Announcer } from "./announcer";
import type { Editing } from "./editing";
import { photoProblem } from "./problems";
import type { State, Status } from "./state";

const ANIMATED: Record<AnimationType, { size: number; type: string }> = {
  gif: { size: 640, type: "image/gif" },
  webm: { size: 720, type: "video/webm" },
};

export interface SavingNeeds {
  state: State;
  parts: Parts;
  announcer: Announcer;
  editing: Editing;
  actions: () => FaceParts["actions"];
  /** The photo on the stage, at its own resolution. */
  canvas: () => HTMLCanvasElement | null;
}

/** Follows work: whether it is to end, and how far it is. */
interface Follow {
  signal: AbortSignal;
  progress: (share: number) => void;
}

export class Saving {
  constructor(private readonly needs: SavingNeeds) {}

  /** Save the picture on the stage as a file. */
  download(): Promise<void> {
    return this.task(async (follow) => {
      const { blob, name } = await this.file(follow);
      return saveFile(blob, name);
    });
  }

  /** Hand the picture to another program. */
  share(): Promise<void> {
    return this.task(async (follow) => {
      const { blob, name } = await this.file(follow);
      return shareFile(blob, name);
    });
  }

  /** Copy the picture. */
  copy(): Promise<void> {
    return this.task((follow) => {
      const picture = this.drawn(follow).then((canvas) => this.encoded(canvas, "image/png"));
      picture.catch(() => undefined); // told by the clipboard
      return copyPicture(picture);
    });
  }

  /** Save the change as it comes and goes. */
  animate(kind: AnimationType): Promise<void> {
    return this.task(async (follow) => {
      const { animate } = await import("../files/animation/animate");
      const { parts, canvas, editing, actions } = this.needs;
      const photo = this.photo();
      const whole = canvas();
      if (!photo || !whole) throw new PhotoError("not-written");
      const faces = (photo.faces.value ?? []).map(({ landmarks }) => landmarks);
      const copy = new WorkingCopy(parts, whole, faces, ANIMATED[kind].size);
      const shown = document.createElement("canvas");
      const frames = async (amount: number) => {
        const wishes = editing.wishes().map((wish) => wish && scaledWish(wish, amount));
        await inSlices(copy.still.drawWork(shown, wishes, { actions: actions() }), { signal: follow.signal });
        return shown;
      };
      try {
        const blob = await animate({ frames, madeBy: this.madeBy(), size: ANIMATED[kind].size }, kind, follow);
        return saveFile(blob, this.nameOf(photo, ANIMATED[kind].type));
      } finally {
        copy.free();
        emptied(shown);
      }
    });
  }

  /** Save all photos that are open as one archive. */
  zip(): Promise<void> {
    return this.task(async ({ signal, progress }) => {
      const { zipOf } = await import("../files/archive");
      const photos = this.needs.state.photos.value.filter(({ faces }) => faces.value?.length);
      const each = this.each(photos, signal);
      const blob = await zipOf(each, { signal, progress: (files) => progress(files / photos.length) });
      return saveFile(blob, "pixelfes.zip");
    });
  }

  private async *each(photos: readonly OpenPhoto[], signal: AbortSignal): AsyncGenerator<Entry> {
    const { parts, actions, editing } = this.needs;
    for (const photo of photos) {
      const original = await readPhoto(photo.file);
      const faces = (photo.faces.value ?? []).map(({ landmarks }) => landmarks);
      try {
        const work = fullWork({ ...parts, actions: actions() }, original, faces, editing.wishes(photo));
        const canvas = await inSlices(work, { signal });
        const type = this.typeFor(photo);
        yield { name: this.nameOf(photo, type), blob: await this.encoded(canvas, type) };
      } finally {
        emptied(original);
      }
    }
  }

  /** The file of the picture on the stage. */
  private async file(follow: Follow): Promise<{ blob: Blob; name: string }> {
    const photo = this.photo();
    if (!photo) throw new PhotoError("not-written");
    const type = this.typeFor(photo);
    return { blob: await this.encoded(await this.drawn(follow), type), name: this.nameOf(photo, type) };
  }

  private async drawn(follow: Follow): Promise<HTMLCanvasElement> {
    const { parts, actions, canvas, editing, state } = this.needs;
    const original = canvas();
    if (!original) throw new PhotoError("not-written");
    const faces = state.faces.value.map(({ landmarks }) => landmarks);
    return inSlices(fullWork({ ...parts, actions: actions() }, original, faces, editing.wishes()), follow);
  }

  private async encoded(canvas: HTMLCanvasElement, type: PictureType): Promise<Blob> {
    try {
      return await encode(canvas, { type, quality: this.needs.state.quality.value }, this.madeBy());
    } finally {
      emptied(canvas);
    }
  }

  private photo(): OpenPhoto | null {
    return this.needs.state.photo.value;
  }

  private typeFor({ file }: OpenPhoto): PictureType {
    const { value: wanted } = this.needs.state.format;
    if (wanted !== "as opened") return wanted;
    return file.type === "image/jpeg" || file.type === "image/webp" ? file.type : "image/png";
  }

  private nameOf(photo: OpenPhoto, type: string): string {
    const [edit] = photo.history.value.now.filter(({ wanted }) => wanted);
    return nameFor(photo.name, mainName(edit, this.needs.parts.model.expression), type);
  }

  private madeBy(): string {
    const { expression, packageVersion } = this.needs.parts.model;
    return madeBy(packageVersion, expression);
  }

  /** Do something that takes a while: with progress, a way to end it, and a sentence of how it went. */
  private async task(work: (follow: Follow) => Promise<Outcome>): Promise<void> {
    const { announcer, state } = this.needs;
    if (state.task.value) return;
    const stop = new AbortController();
    const progress = (share: number) => (state.task.value = { share, cancel: () => stop.abort() });
    progress(0);
    const current = announcer.begin(() => t().saving);
    try {
      const outcome = await work({ signal: stop.signal, progress });
      if (current()) announcer.say(outcome.kind === "failed" || outcome.kind === "missing" ? "bad" : "good", () => sentenceOf(outcome));
    } catch (error) {
      if (current()) announcer.say(...problemOf(error, stop.signal));
    } finally {
      state.task.value = null;
    }
  }
}

const sentenceOf = ({ message, values }: Outcome): string => fileSentence(message, values);

function problemOf(error: unknown, { aborted }: AbortSignal): [Status["kind"], Status["text"]] {
  return aborted ? ["good", () => t().cancelled] : ["bad", photoProblem(error)];
}
