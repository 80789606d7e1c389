/** Writes animations as GIF files: one palette, and after the first picture only what changes. */
import { GIFEncoder } from "gifenc";
import { joined, utf8, type Bytes } from "../bytes";
import { markComment } from "../mark";
import type { Clip, Following } from "./frames";
import { Palette, paletteOf } from "./palette";

const COLOURS = 255;
const SAME = 255; // the number of what stays as it is
const KEEP = 1; // what is shown stays below the next picture
const SHORTEST = 2; // hundredths of a second: players show what is shorter for longer
const TABLE_AT = 13; // bytes before the table of colours

/** Return a GIF file that repeats for ever, with the mark in its comment. */
export async function gifOf(clip: Clip, { signal, progress }: Following): Promise<Blob> {
  const { width, height, pictures, madeBy } = clip;
  const colours = paletteOf(pictures, COLOURS);
  const table = Array.from({ length: COLOURS + 1 }, (_, i): Colour => [
    colours[3 * i] ?? 0,
    colours[3 * i + 1] ?? 0,
    colours[3 * i + 2] ?? 0,
  ]);
  const palette = new Palette(colours);
  const indexed = pictures.map((): Bytes | null => null);
  const file = GIFEncoder();
  const runs = runsOf(clip);
  let before: Bytes | null = null;
  for (const [number, { picture, time }] of runs.entries()) {
    signal?.throwIfAborted();
    const now = (indexed[picture] ??= palette.indexed(pictures[picture], width));
    const first = before ? {} : { palette: table, repeat: 0 };
    file.writeFrame(changed(now, before), width, height, {
      ...first,
      delay: 10 * time,
      transparent: true,
      transparentIndex: SAME,
      dispose: KEEP,
    });
    before = now;
    progress?.((number + 1) / runs.length);
    await new Promise((resolve) => setTimeout(resolve)); // let the page answer
  }
  file.finish();
  return new Blob([withComment(file.bytes(), markComment(madeBy))], { type: "image/gif" });
}

type Colour = [red: number, green: number, blue: number];

interface Run {
  picture: number;
  /** Hundredths of a second. */
  time: number;
}

/** Frames that show the same picture, joined; errors of rounding times do not add up. */
export function runsOf({ shown, fps }: Pick<Clip, "shown" | "fps">): Run[] {
  const runs: Run[] = [];
  let [start, from] = [0, 0];
  for (let i = 1; i <= shown.length; i++) {
    const end = Math.max(start + SHORTEST, Math.round((100 * i) / fps));
    if (i < shown.length && shown[i] === shown[from]) continue;
    runs.push({ picture: shown[from], time: end - start });
    [start, from] = [end, i];
  }
  return runs;
}

/** What a picture changes of the one before. */
function changed(now: Bytes, before: Bytes | null): Bytes {
  return before ? now.map((colour, i) => (colour === before[i] ? SAME : colour)) : now;
}

/** The file with a comment after its table of colours. */
function withComment(file: Uint8Array, text: string): Bytes {
  const at = TABLE_AT + 3 * 2 ** ((file[10] & 7) + 1);
  const bytes = utf8(text);
  const blocks = Array.from({ length: Math.ceil(bytes.length / 255) }, (_, i) => bytes.subarray(255 * i, 255 * (i + 1)));
  const comment = joined([0x21, 0xfe], ...blocks.flatMap((block) => [[block.length], block]), [0]);
  return joined(file.subarray(0, at), comment, file.subarray(at));
}
