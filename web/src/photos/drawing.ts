/** Draws a planned change of a face into a canvas, in pieces where it is too large for the graphics card. */
import type { Box } from "../core/mesh";
import { pieces } from "../core/pieces";
import type { Change, Renderer, Upload } from "../gl/renderer";

/** The part of a photo around a face, and that part on the graphics card if it is there as a whole. */
export interface SeenPart {
  box: Box;
  part: ImageData;
  upload: Upload | null;
}

/** See a part of a photo as it is now. */
export function seenIn(photo: CanvasRenderingContext2D, box: Box): SeenPart {
  return { box, part: photo.getImageData(box.left, box.top, box.width, box.height), upload: null };
}

/** Draw a change into the photo that the part was taken from. */
export function drawChange(renderer: Renderer, photo: CanvasRenderingContext2D, { box, part, upload }: SeenPart, change: Change): void {
  for (const { inner, outer } of pieces(box, renderer.largest, reachOf(change))) {
    const seen = upload ?? renderer.upload(cut(part, box, outer), outer.width, outer.height);
    const pixels = renderer.read(seen, outer, change);
    const [x, y] = [inner.left - outer.left, inner.top - outer.top];
    photo.putImageData(new ImageData(pixels, outer.width, outer.height), outer.left, outer.top, x, y, inner.width, inner.height);
    if (!upload) renderer.free(seen);
  }
}

/** How far from its place a pixel of the changed face may come from. */
function reachOf({ drawing: { here, there } }: Change): number {
  return Math.ceil(there.reduce((most, value, i) => Math.max(most, Math.abs(value - here[i])), 0)) + 4;
}

/** A piece of a part of a photo, both given by where they lie in it. */
function cut(part: ImageData, box: Box, piece: Box): ImageData {
  if (piece.width === box.width && piece.height === box.height) return part;
  const out = new ImageData(piece.width, piece.height);
  for (let y = 0; y < piece.height; y++) {
    const start = 4 * ((piece.top - box.top + y) * part.width + piece.left - box.left);
    out.data.set(part.data.subarray(start, start + 4 * piece.width), 4 * y * piece.width);
  }
  return out;
}
