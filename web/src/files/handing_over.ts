/** Hands files over to the device: as a download, to other programs, to the clipboard; each says how it went. */
import type { FileMessage, Values } from "./messages";

/** How it went, and the sentence that says so. */
export interface Outcome {
  kind: "done" | "cancelled" | "missing" | "failed";
  message: FileMessage;
  values?: Values;
}

const KEEP_FOR = 60_000; // milliseconds until the download has surely begun

/** Download a file. */
export function saveFile(blob: Blob, name: string): Outcome {
  const link = document.createElement("a");
  [link.href, link.download] = [URL.createObjectURL(blob), name];
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_FOR);
  return { kind: "done", message: "saved", values: { name } };
}

/** Whether this browser shares files of a type with other programs. */
export function canShare(type: string): boolean {
  return sharable(new File([], "picture", { type }));
}

const sharable = (file: File): boolean => navigator.canShare?.({ files: [file] }) ?? false;

/** Share a file with another program; to be called while a press of the user is fresh (some seconds). */
export async function shareFile(blob: Blob, name: string): Promise<Outcome> {
  const file = new File([blob], name, { type: blob.type });
  if (!sharable(file)) return { kind: "missing", message: "share-missing" };
  try {
    await navigator.share({ files: [file] });
    return { kind: "done", message: "shared" };
  } catch (error) {
    if (nameOf(error) === "AbortError") return { kind: "cancelled", message: "share-cancelled" };
    return { kind: "failed", message: "share-failed" };
  }
}

/** Whether this browser copies pictures. */
export const canCopy = (): boolean => typeof ClipboardItem !== "undefined" && Boolean(navigator.clipboard?.write);

/**
 * Copy a PNG picture to the clipboard. To be called at once when the user asks for it: a picture that takes time is given as a
 * promise, because Safari refuses later calls.
 */
export async function copyPicture(picture: Blob | Promise<Blob>): Promise<Outcome> {
  if (!canCopy()) return { kind: "missing", message: "copy-missing" };
  try {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
    return { kind: "done", message: "copied" };
  } catch (error) {
    return { kind: "failed", message: nameOf(error) === "NotAllowedError" ? "copy-refused" : "copy-failed" };
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");
