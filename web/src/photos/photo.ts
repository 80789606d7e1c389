/** Photos in and out: decoding with its limits, and encoding with the mark that software changed them. */
import { context2d } from "./canvas";
import { markJpeg, markPng } from "./mark";

export const MOST_MEGAPIXELS = 50;
const LONGEST_SIDE = 16384;
const LARGEST_FILE = 200 * 2 ** 20;
const JPEG_QUALITY = 0.95;

export type PhotoProblem = "no-image" | "too-large";

export class PhotoError extends Error {
  constructor(readonly problem: PhotoProblem) {
    super(problem);
  }
}

/** Read a file as a canvas, upright, at its own resolution. */
export async function readPhoto(file: Blob): Promise<HTMLCanvasElement> {
  if (file.size > LARGEST_FILE) throw new PhotoError("too-large");
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image", premultiplyAlpha: "none" });
  } catch {
    throw new PhotoError("no-image");
  }
  try {
    const { width, height } = bitmap;
    if (width * height > MOST_MEGAPIXELS * 1e6 || Math.max(width, height) > LONGEST_SIDE) throw new PhotoError("too-large");
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    drawChecked(canvas, bitmap);
    return canvas;
  } finally {
    bitmap.close();
  }
}

/** Draw, and make sure that there was memory for it: some browsers give an empty canvas instead of an error. */
function drawChecked(canvas: HTMLCanvasElement, bitmap: ImageBitmap): void {
  try {
    const context = context2d(canvas, true);
    context.drawImage(bitmap, 0, 0);
    context.getImageData(0, 0, 1, 1);
  } catch {
    throw new PhotoError("too-large");
  }
}

/** Write a canvas as JPEG or PNG, marked as changed by this program. */
export async function writePhoto(canvas: HTMLCanvasElement, type: string, madeBy: string): Promise<Blob> {
  const jpeg = type === "image/jpeg";
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, jpeg ? "image/jpeg" : "image/png", JPEG_QUALITY));
  if (!blob) throw new PhotoError("too-large");
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return new Blob([jpeg ? markJpeg(bytes, madeBy) : markPng(bytes, madeBy)], { type: blob.type });
}

/** The name of the changed photo's file. */
export function nameFor(original: string, expression: string, type: string): string {
  const stem = original.replace(/\.[^.]*$/, "") || "photo";
  return `${stem}.${expression.replace(/[^\p{L}\p{N}_]+/gu, "-")}.${type === "image/jpeg" ? "jpg" : "png"}`;
}
