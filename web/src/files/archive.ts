/** Puts several files into one ZIP file, which refers to them as they are: nothing is compressed or copied. */
import { crc32, joined, little16, little32, utf8, type Bytes } from "./bytes";
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

const VERSION = 20; // 2.0
const UTF8_NAMES = 0x0800;
const LARGEST = 2 ** 32 - 1;
const MOST_FILES = 2 ** 16 - 1;

/** Return a ZIP file of the entries, taken one after the other as they come. */
export async function zipOf(entries: AsyncIterable<Entry>, { signal, progress }: ArchiveOptions = {}): Promise<Blob> {
  const date = dosTime(new Date());
  const taken = new Set<string>();
  const parts: BlobPart[] = [];
  const directory: Bytes[] = [];
  let at = 0;
  signal?.throwIfAborted();
  for await (const { name, blob } of entries) {
    signal?.throwIfAborted();
    const utf8Name = utf8(uniqueName(name, taken));
    const about = joined(date, little32(await checksum(blob)), little32(blob.size), little32(blob.size), little16(utf8Name.length), [0, 0]);
    const header = joined(utf8("PK\x03\x04"), little16(VERSION), little16(UTF8_NAMES), [0, 0], about, utf8Name);
    const where = joined(new Uint8Array(10), little32(at));
    directory.push(joined(utf8("PK\x01\x02"), little16(VERSION), little16(VERSION), little16(UTF8_NAMES), [0, 0], about, where, utf8Name));
    parts.push(header, blob);
    at += header.length + blob.size;
    if (at > LARGEST || directory.length > MOST_FILES) throw new PhotoError("archive-too-large");
    progress?.(directory.length);
  }
  signal?.throwIfAborted();
  return new Blob([...parts, ...directory, endOf(directory, at)], { type: "application/zip" });
}

/** The end of the archive: how many files there are, and where their directory is. */
function endOf(directory: Bytes[], at: number): Bytes {
  const count = little16(directory.length);
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  return joined(utf8("PK\x05\x06"), new Uint8Array(4), count, count, little32(length), little32(at), [0, 0]);
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

async function checksum(blob: Blob): Promise<number> {
  let crc = 0;
  const reader = blob.stream().getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) crc = crc32(chunk.value, crc);
  return crc;
}

/** The local time as old systems write it: two seconds are the smallest step. */
function dosTime(date: Date): Bytes {
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  const day = ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  return joined(little16(time), little16(day));
}
