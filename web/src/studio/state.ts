/** What the page shows, as signals: whoever reads one is drawn anew when it changes. */
import { computed, signal } from "@preact/signals";
import type { Camera, CameraSize } from "../camera/cameras";
import type { Model } from "../core/model";
import type { PictureType } from "../files/encoding";
import type { Catalogue } from "../session/catalogue";
import { UNCHANGED, type FaceEdit } from "../session/face_edit";
import type { OpenPhoto } from "../session/open_photo";
import { WHOLE, type Size, type View } from "../session/view";

export interface Status {
  kind: "busy" | "good" | "bad";
  /** The sentence, made anew when the language changes. */
  text: () => string;
}

/** A task that takes a while: how far it is, and how it is ended. */
export interface Task {
  share: number;
  cancel: () => void;
}

/** Small pictures by the expressions that they show. */
export type Tiles = ReadonlyMap<string, HTMLCanvasElement>;

export class State {
  readonly status = signal<Status>({ kind: "busy", text: () => "" });
  /** The model, once it is loaded. */
  readonly model = signal<Model | null>(null);
  readonly shows = signal<"nothing" | "photo" | "camera">("nothing");
  readonly catalogue = signal<Catalogue>({ expressions: [], sliders: [], neutralFrom: 1 });
  /** The photos that are open, and the one on the stage. */
  readonly photos = signal<readonly OpenPhoto[]>([]);
  readonly photo = signal<OpenPhoto | null>(null);
  /** The face that edits are for; null for all of them. */
  readonly selected = signal<number | null>(null);
  /** The edit of the faces before the camera. */
  readonly live = signal<FaceEdit>(UNCHANGED);
  readonly tiles = signal<Tiles>(new Map());
  /** Sizes of the picture, its own pixels, and of the stage, CSS pixels. */
  readonly picture = signal<Size>({ width: 1, height: 1 });
  readonly stage = signal<Size>({ width: 1, height: 1 });
  readonly view = signal<View>(WHOLE);
  /** Share of the seen width that shows the picture as it was. */
  readonly border = signal(0);
  /** Whether the whole picture is shown as it was for now. */
  readonly holding = signal(false);
  /** Whether the eyes can be dragged in the picture. */
  readonly gazing = signal(false);
  /** The type of file to save, and its quality, 0 to 1. */
  readonly format = signal<PictureType | "as opened">("as opened");
  readonly quality = signal(0.95);
  readonly task = signal<Task | null>(null);
  readonly speed = signal("");
  /** The cameras of the device, the chosen one (or none), and how large its picture is to be. */
  readonly cameras = signal<readonly Camera[]>([]);
  readonly device = signal("");
  readonly cameraSize = signal<CameraSize>("1280x720");
  /** The canvas that the camera's picture is drawn on. */
  readonly liveCanvas = signal<HTMLCanvasElement | null>(null);
  /** Whether a picture is taken after a while, and how many seconds are left; 0 where nothing is waited for. */
  readonly countsDown = signal(false);
  readonly countdown = signal(0);
  /** Seconds that have been recorded; null where nothing is. */
  readonly recorded = signal<number | null>(null);
  /** Whether the picture itself says that software changed it. */
  readonly marked = signal(false);
  /** Whether the page is kept on the device. */
  readonly kept = signal(false);
  /** Loads the new version of the page that there is; null where there is none. */
  readonly update = signal<(() => void) | null>(null);
  readonly installable = signal(false);

  readonly faces = computed(() => this.photo.value?.faces.value ?? []);
  readonly edits = computed<readonly FaceEdit[]>(() => this.photo.value?.history.value.now ?? []);
  /** The edit that the panel shows: of the chosen face, or of the first that is changed. */
  readonly edit = computed<FaceEdit>(() => {
    if (this.shows.value === "camera") return this.live.value;
    const [edits, chosen] = [this.edits.value, this.selected.value];
    return (
      edits[
        chosen ??
          Math.max(
            0,
            edits.findIndex(({ wanted }) => wanted),
          )
      ] ?? UNCHANGED
    );
  });
  /** Whether there is a face on the stage to edit. */
  readonly editable = computed(() => this.shows.value === "camera" || this.edits.value.length > 0);
}
