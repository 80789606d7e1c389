/** Whether a photo's file was cut off: some browsers open the rest of it, with nothing where pixels are missing. */
import { textAt, type PhotoKind } from "./kind";

/** What stands at the end of the pixels; behind it, cameras put videos and more. Of other kinds, browsers refuse a part. */
const ENDS: Partial<Record<PhotoKind, string>> = { JPEG: "\xff\xd9", PNG: "IEND" };
const SLICE = 2 ** 18;

/** Search a file from its end back to `start` for the end of its pixels. */
export async function isWhole(file: Blob, kind: PhotoKind, start: number): Promise<boolean> {
  const mark = ENDS[kind];
  if (!mark) return true;
  for (let end = file.size; end > start; end -= SLICE) {
    const slice = file.slice(Math.max(start, end - SLICE), end + mark.length - 1);
    if (holds(new Uint8Array(await slice.arrayBuffer()), mark)) return true;
  }
  return false;
}

function holds(bytes: Uint8Array, mark: string): boolean {
  const first = mark.charCodeAt(0);
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) if (textAt(bytes, at, mark.length) === mark) return true;
  return false;
}
