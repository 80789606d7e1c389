/** What scripts that drive the page may use. */
import type { ActionDrawer } from "../actions/change";
import type { Wish } from "../actions/mixing";
import type { Points } from "../core/pose";
import { offline } from "../offline/handle";
import type { FoundFace } from "../landmarks";
import { drawFace, drawFaceWork } from "../photos/face";
import { finish, inSlices } from "../photos/slices";
import { readPhoto } from "../files/reading";
import type { StageTimes } from "../camera/changer";
import type { Studio } from "./studio";

const drawing = { drawFace, drawFaceWork, inSlices };

export interface Handle {
  /** The landmarks of the faces on the stage, in pixels of `original`. */
  readonly landmarks: readonly Points[];
  /** The picture as it was, at its own resolution. */
  readonly original: HTMLCanvasElement | null;
  /** The picture as it is, drawn at its own resolution. */
  readonly changed: HTMLCanvasElement | null;
  /** How many of the camera's frames have been drawn, and how long the last took. */
  readonly frames: number;
  readonly times: StageTimes | null;
  /** Drawing of faces into a canvas of one's own, all at once or in slices. */
  readonly drawing: typeof drawing;
  /** The page's installation, and its life without a network. */
  readonly offline: typeof offline;
  /** Files in and out of the page; loaded when it is asked for. */
  files(): Promise<typeof import("../files/handle")>;
  /** Draw the learned expression, facial actions and a gaze on all faces. */
  show(wish: Wish): Promise<void>;
  loadActions(): Promise<ActionDrawer>;
  /** The faces of a file, largest first, each with its landmarks and verdict; the photo is not shown. */
  faces(photo: Blob): Promise<FoundFace[]>;
}

export function handle(studio: Studio): Handle {
  const { camera, desk, parts, state } = studio;
  return {
    drawing,
    offline,
    get landmarks() {
      return camera.running ? camera.landmarks : state.faces.value.map(({ landmarks }) => landmarks);
    },
    get original() {
      return camera.running ? camera.frame : desk.photo;
    },
    get changed() {
      if (camera.running) return camera.canvas;
      const work = desk.fullWork();
      return work && finish(work);
    },
    get frames() {
      return camera.frames;
    },
    get times() {
      return camera.times;
    },
    files: () => import("../files/handle"),
    show: (wish) => studio.script(wish),
    loadActions: () => studio.actions.load(),
    faces: async (photo) => parts.landmarker.inPhoto(await readPhoto(photo)),
  };
}
