/** A photo that is open: its file, its faces, and what has been done to them. Pixels are kept only of the one on the stage. */
import { signal, type Signal } from "@preact/signals";
import type { Points } from "../core/pose";
import type { FaceEdit } from "./face_edit";
import type { Verdict } from "../trust/verdicts";
import { begun, type History } from "./history";
import type { Size } from "./view";

/** A face of a photo, with the verdict on it: "ok", or why it is not changed unasked. */
export interface JudgedFace {
  landmarks: Points;
  verdict: Verdict;
}

export interface OpenPhoto {
  readonly id: number;
  readonly name: string;
  readonly file: Blob;
  readonly size: Size;
  readonly thumbnail: HTMLCanvasElement;
  /** The faces; null until they have been looked for. */
  readonly faces: Signal<readonly JudgedFace[] | null>;
  /** The edits of the faces. */
  readonly history: Signal<History<readonly FaceEdit[]>>;
}

let count = 0;

/** A photo just opened, whose faces are not known yet. */
export function openPhoto(given: Pick<OpenPhoto, "name" | "file" | "size" | "thumbnail">): OpenPhoto {
  return { ...given, id: ++count, faces: signal(null), history: signal(begun<readonly FaceEdit[]>([])) };
}

/** Take the faces that were found; those that can be trusted begin with an edit, the others as they are. */
export function takeFaces(photo: OpenPhoto, found: readonly JudgedFace[], edit: FaceEdit): void {
  photo.faces.value = found;
  photo.history.value = begun<readonly FaceEdit[]>(found.map(({ verdict }) => ({ ...edit, wanted: verdict === "ok" })));
}
