/** Draws a planned change of a face into a canvas, in pieces where it is too large for the graphics card or for one go. */
import type { Box } from "../core/mesh";
import { pieces, sourcesOf } from "../core/pieces";
import type { Work } from "../core/work";
import type { Change, Renderer, Upload } from "../gl/renderer";
import { giveBack } from "../memory";

/** The part of a photo around a face, and that part on the graphics card if it is there as a whole. */
export interface SeenPart {
  box: Box;
  part: ImageData;
  upload: Upload | null;
}

/** Pixels of a photo that are read in one go. */
const READ_AT_ONCE = 2 ** 21;

/** See a part of a photo as it is now. */
export function* seenIn(photo: CanvasRenderingContext2D, box: Box): Work<SeenPart> {
  const { left, top, width, height } = box;
  const rows = Math.max(1, Math.floor(READ_AT_ONCE / width));
  if (rows >= height) return { box, part: photo.getImageData(left, top, width, height), upload: null };
  const part = new ImageData(width, height);
  for (let row = 0; row < height; row += rows) {
    const band = photo.getImageData(left, top + row, width, Math.min(rows, height - row));
    part.data.set(band.data, 4 * row * width);
    giveBack(band.data);
    yield (row + band.height) / height;
  }
  return { box, part, upload: null };
}

/** Draw a change into the photo that the part was taken from, in pieces of at most `largest` pixels a side. */
export function* drawChange(
  renderer: Renderer,
  photo: CanvasRenderingContext2D,
  { box, part, upload }: SeenPart,
  change: Change,
  largest = Infinity,
): Work<void> {
  const all = pieces(box, largest, renderer.largest, sourcesOf(change.drawing));
  for (const [i, { inner, outer }] of all.entries()) {
    const isWhole = upload && outer.width === box.width && outer.height === box.height;
    const seen = isWhole ? upload : uploadPiece(renderer, part, box, outer);
    const pixels = renderer.read(seen, outer, change, inner);
    photo.putImageData(new ImageData(pixels, inner.width, inner.height), inner.left, inner.top);
    giveBack(pixels);
    if (!isWhole) renderer.free(seen);
    yield (i + 1) / all.length;
  }
}

function uploadPiece(renderer: Renderer, part: ImageData, box: Box, piece: Box): Upload {
  const picture = cut(part, box, piece);
  const upload = renderer.upload(picture, piece.width, piece.height);
  if (picture !== part) giveBack(picture.data);
  return upload;
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
