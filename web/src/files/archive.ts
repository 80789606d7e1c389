/** Puts several files into one ZIP file, one after the other, as they are: photos cannot be compressed any further. */
import { Zip, ZipPassThrough } from "fflate";
import { PhotoError } from "./photo_error";

export interface Entry {
  name: string;
  blob: Blob;
}

export interface ArchiveOptions {
  signal?: AbortSignal;
  /** Told after each file how many there are so far. */
  progress?: (files: number) => void;
}

const LARGEST = 2 ** 32 - 2 ** 24; // bytes; the directory at the end needs some

/** Return a ZIP file of the entries, taken one after the other as they come. */
export async function zipOf(entries: AsyncIterable<Entry>, { signal, progress }: ArchiveOptions = {}): Promise<Blob> {
  const parts: Blob[] = [];
  const zip = new Zip((error, data) => {
    if (error) throw error;
    parts.push(new Blob([data as Uint8Array<ArrayBuffer>])); // the browser may keep it on disk
  });
  const taken = new Set<string>();
  let size = 0;
  signal?.throwIfAborted();
  for await (const { name, blob } of entries) {
    signal?.throwIfAborted();
    size += blob.size;
    if (size > LARGEST) throw new PhotoError("archive-too-large");
    const file = new ZipPassThrough(uniqueName(name, taken));
    zip.add(file);
    file.push(new Uint8Array(await blob.arrayBuffer()), true);
    progress?.(taken.size);
  }
  signal?.throwIfAborted();
  zip.end();
  return new Blob(parts, { type: "application/zip" });
}

/** A name that no file of the archive has yet, also where case does not count, and that stays inside its folder. */
export function uniqueName(name: string, taken: Set<string>): string {
  const safe = name.replace(/[\\/:*?"<>|\u0000-\u001f]+/g, "-").replace(/^\.+/, "") || "photo";
  const [, stem, suffix] = /^(.*?)(\.[^.]*)?$/s.exec(safe)!;
  let unique = safe;
  for (let number = 2; taken.has(unique.toLowerCase()); number++) unique = `${stem} (${number})${suffix ?? ""}`;
  taken.add(unique.toLowerCase());
  return unique;
}
