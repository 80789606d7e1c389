/** Writes a picture as a file, marked as changed by this program. */
import { marked } from "./mark";
import { PhotoError } from "./photo_error";

export type PictureType = "image/jpeg" | "image/png" | "image/webp";

const QUALITY = 0.95;
const SUFFIXES: Record<string, string> = {
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/gif": "gif",
  "video/webm": "webm",
  "video/mp4": "mp4",
  "application/zip": "zip",
};

/** Write a canvas as a picture; `quality`, 0 to 1, is that of JPEG and WebP, and `madeBy` goes into the mark. */
export async function encode(
  canvas: HTMLCanvasElement,
  { type, quality = QUALITY }: { type: PictureType; quality?: number },
  madeBy: string,
): Promise<Blob> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality));
  if (!blob) throw new PhotoError("not-written");
  if (blob.type !== type) throw new PhotoError("no-webp"); // browsers write PNG in place of what they cannot
  return marked(blob, madeBy);
}

let webp: boolean | undefined;

/** The types that this browser writes. */
export function pictureTypes(): PictureType[] {
  if (webp === undefined) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    webp = canvas.toDataURL("image/webp").startsWith("data:image/webp");
  }
  return webp ? ["image/jpeg", "image/png", "image/webp"] : ["image/jpeg", "image/png"];
}

/** The name of a changed photo's file, or of an animation or an archive; of unknown types, as PNG. */
export function nameFor(original: string, expression: string, type: string): string {
  const stem = original.replace(/\.[^.]*$/, "") || "photo";
  return `${stem}.${expression.replace(/[^\p{L}\p{N}_]+/gu, "-")}.${SUFFIXES[type] ?? "png"}`;
}
