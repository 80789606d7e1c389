/** Draws a photo at its own resolution, into a canvas of its own. */
import type { Wish } from "../actions/mixing";
import type { Points } from "../core/pose";
import type { Work } from "../core/work";
import type { FaceParts } from "./face";
import { Still } from "./still";
import { emptied } from "./working_copy";

const PIECE = 512; // pixels of a side of the pieces that large faces are drawn in

/** Draw a photo with every face that has a wish changed, as work in pieces; given up, it holds no memory. */
export function* fullWork(
  { model, renderer, actions }: FaceParts,
  photo: HTMLCanvasElement,
  faces: readonly Points[],
  wishes: readonly (Wish | null)[],
): Work<HTMLCanvasElement> {
  const canvas = document.createElement("canvas");
  const largest = Math.min(PIECE, renderer.largest);
  const still = new Still({ model, renderer }, photo, faces, true);
  let done = false;
  try {
    yield* still.drawWork(canvas, wishes, { actions, largest });
    done = true;
    return canvas;
  } finally {
    still.free();
    if (!done) emptied(canvas);
  }
}
