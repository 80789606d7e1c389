/** Reads a file as a photo: what it is and how large is told from its first bytes, before the browser decodes it. */
import { context2d } from "../photos/canvas";
import { isWhole } from "./completeness";
import { dimensionsOf, jpegFrameAt, type Size } from "./dimensions";
import { HEAD_BYTES, kindOf, type Kind, type PhotoKind } from "./kind";
import { PhotoError } from "./photo_error";

export const MOST_MEGAPIXELS = 50;
const LONGEST_SIDE = 16384;
const LARGEST_FILE = 200 * 2 ** 20;
/** How much of a file is searched for the size: most photos say it at once, some after long metadata. */
const HEADERS = [64 * 1024, 4 * 2 ** 20, LARGEST_FILE];

/** What is said where the browser cannot decode a kind; of the other kinds, that the file is damaged. */
const UNDECODED: Partial<Record<PhotoKind, "heic" | "tiff" | "not-opened">> = {
  HEIC: "heic",
  TIFF: "tiff",
  AVIF: "not-opened",
  "JPEG XL": "not-opened",
  WebP: "not-opened",
};
const NO_PHOTOS = new Set<Kind>(["empty", "raw", "svg", "pdf", "video", "zip"]);

/** Read a file as a canvas, upright, at its own resolution; of an animation, the first frame. */
export async function readPhoto(file: Blob): Promise<HTMLCanvasElement> {
  const kind = await photoKindOf(file);
  if (file.size > LARGEST_FILE) throw tooLarge();
  await checkHeader(file, kind);
  const bitmap = await decoded(file, kind);
  try {
    checkSize(bitmap);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
    drawChecked(canvas, bitmap);
    return canvas;
  } finally {
    bitmap.close();
  }
}

/** Tell the kind of a photo; what is no photo that browsers open is an error that says what it is. */
export async function photoKindOf(file: Blob): Promise<PhotoKind> {
  const kind = kindOf(await bytesOf(file, HEAD_BYTES), file instanceof File ? file.name : "");
  if (kind === "unknown") throw new PhotoError("no-image");
  if (NO_PHOTOS.has(kind)) throw new PhotoError(kind as "empty" | "raw" | "svg" | "pdf" | "video" | "zip");
  return kind as PhotoKind;
}

/** See that the size that a file says is not too large, and that the file is whole. */
async function checkHeader(file: Blob, kind: PhotoKind): Promise<void> {
  for (const length of HEADERS) {
    const bytes = await bytesOf(file, length);
    const size = dimensionsOf(bytes, kind);
    if (!size && length < file.size) continue;
    if (size) checkSize(size);
    else if (!(kind in UNDECODED)) throw undecoded(kind);
    if (await isWhole(file, kind, kind === "JPEG" ? jpegFrameAt(bytes) : 0)) return;
    throw undecoded(kind);
  }
}

async function bytesOf(file: Blob, length: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.slice(0, length).arrayBuffer());
  } catch {
    throw new PhotoError("no-image"); // it is a folder, or was moved since
  }
}

async function decoded(file: Blob, kind: PhotoKind): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image", premultiplyAlpha: "none" });
  } catch {
    throw undecoded(kind);
  }
}

const undecoded = (kind: PhotoKind): PhotoError => new PhotoError(UNDECODED[kind] ?? "damaged", { format: kind });
const tooLarge = (): PhotoError => new PhotoError("too-large", { megapixels: MOST_MEGAPIXELS });

function checkSize({ width, height }: Size): void {
  if (width * height > MOST_MEGAPIXELS * 1e6 || Math.max(width, height) > LONGEST_SIDE) throw tooLarge();
}

/** Draw, and make sure that there was memory for it: some browsers give an empty canvas instead of an error. */
function drawChecked(canvas: HTMLCanvasElement, bitmap: ImageBitmap): void {
  try {
    const context = context2d(canvas, true);
    context.drawImage(bitmap, 0, 0);
    context.getImageData(0, 0, 1, 1);
  } catch {
    throw tooLarge();
  }
}
