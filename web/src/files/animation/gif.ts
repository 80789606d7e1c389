/** Writes animations as GIF files: one palette, and after the first picture only what changes. */
import { joined, little16, utf8, type Bytes } from "../bytes";
import { markComment } from "../mark";
import type { Clip, Following } from "./frames";
import { lzw } from "./lzw";
import { Palette, paletteOf } from "./palette";

const COLOURS = 255;
const SAME = 255; // the number of what stays as it is
const KEEP_AND_TRANSPARENT = (1 << 2) | 1;
const SHORTEST = 2; // hundredths of a second: players show what is shorter for longer

/** Return a GIF file that repeats for ever, with the mark in its comment. */
export async function gifOf(clip: Clip, { signal, progress }: Following): Promise<Blob> {
  const { width, height, pictures, madeBy } = clip;
  const colours = paletteOf(pictures, COLOURS);
  const palette = new Palette(colours);
  const indexed = pictures.map((): Bytes | null => null);
  const parts: Bytes[] = [startOf(width, height, colours), comment(markComment(madeBy))];
  const runs = runsOf(clip);
  let before: Bytes | null = null;
  for (const [number, { picture, time }] of runs.entries()) {
    signal?.throwIfAborted();
    const now = (indexed[picture] ??= palette.indexed(pictures[picture], width));
    parts.push(frameOf(now, before, width, time));
    before = now;
    progress?.((number + 1) / runs.length);
    await new Promise((resolve) => setTimeout(resolve)); // let the page answer
  }
  return new Blob([...parts, new Uint8Array([0x3b])], { type: "image/gif" });
}

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

/** Header, size, palette, and that it repeats for ever. */
function startOf(width: number, height: number, colours: Uint8Array): Bytes {
  const table = new Uint8Array(3 * 256);
  table.set(colours);
  const repeat = joined([0x21, 0xff, 11], utf8("NETSCAPE2.0"), [3, 1, 0, 0, 0]);
  return joined(utf8("GIF89a"), little16(width), little16(height), [0xf7, 0, 0], table, repeat);
}

function comment(text: string): Bytes {
  return joined([0x21, 0xfe], blocks(utf8(text)));
}

/** The part of a picture that differs from the one before, and for how long it is shown. */
function frameOf(now: Bytes, before: Bytes | null, width: number, time: number): Bytes {
  const { left, top, wide, high } = before ? changedPart(now, before, width) : whole(now, width);
  const part = new Uint8Array(wide * high);
  for (let y = 0, to = 0; y < high; y++) {
    for (let x = 0, at = (top + y) * width + left; x < wide; x++, at++, to++) part[to] = before?.[at] === now[at] ? SAME : now[at];
  }
  const control = joined([0x21, 0xf9, 4, KEEP_AND_TRANSPARENT], little16(time), [SAME, 0]);
  const place = joined([0x2c], ...[left, top, wide, high].map(little16), [0]);
  return joined(control, place, [8], blocks(lzw(part)));
}

interface Part {
  left: number;
  top: number;
  wide: number;
  high: number;
}

const whole = (picture: Bytes, width: number): Part => ({ left: 0, top: 0, wide: width, high: picture.length / width });

/** The smallest rectangle around what changed, of one pixel where nothing did. */
function changedPart(now: Bytes, before: Bytes, width: number): Part {
  let [left, right, top, bottom] = [width, -1, Infinity, -1];
  for (let i = 0, x = 0, y = 0; i < now.length; i++, x++) {
    if (x === width) [x, y] = [0, y + 1];
    if (now[i] === before[i]) continue;
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), y];
  }
  return right < 0 ? { left: 0, top: 0, wide: 1, high: 1 } : { left, top, wide: right - left + 1, high: bottom - top + 1 };
}

/** Bytes in blocks of at most 255, each after its length, and an empty one at the end. */
function blocks(bytes: Bytes): Bytes {
  const out = new Uint8Array(bytes.length + Math.ceil(bytes.length / 255) + 1);
  for (let at = 0, to = 0; at < bytes.length; at += 255, to += 256) {
    const block = bytes.subarray(at, at + 255);
    out[to] = block.length;
    out.set(block, to + 1);
  }
  return out;
}
