/**
 * Puts the mark that software changed it into an MP4 file (ISO 14496-12), and takes its dates out.
 *
 * The mark is the comment on the whole, where players look for it. The file is not read as a whole, so it may be large.
 */
import { big32, joined, utf8, type Bytes } from "./bytes";
import { textAt, view } from "./kind";
import { markComment, xmpPacket } from "./mark";

interface Box {
  name: string;
  start: number;
  /** Where its content starts, and where it ends. */
  content: number;
  end: number;
}

const ABSOLUTE_PLACES = 1; // flag of `tfhd`
const PARENTS = ["moov", "trak", "mdia", "minf", "stbl", "moof", "traf"];
const DATED = ["mvhd", "tkhd", "mdhd"];
const XMP = [0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac];

/** The file with the mark: in a comment, or where that would move pictures that are found by their places, as XMP at its end. */
export async function markedMp4(file: Blob, madeBy: string): Promise<Blob> {
  const boxes = await topBoxes(file);
  const found = boxes.find(({ name }) => name === "moov");
  if (!found) throw new Error("this is no MP4 file");
  const movie = await bytesOf(file, found);
  const first = boxes.find(({ name }) => name === "moof");
  if (first && hasAbsolutePlaces(await bytesOf(file, first))) {
    return new Blob([file, box("uuid", XMP, utf8(xmpPacket(madeBy)))], { type: file.type });
  }
  const told = commentBox(markComment(madeBy));
  const out = joined(movie, told);
  out.set(big32(out.length));
  withoutDates(out);
  if (boxes.some(({ name, start }) => name === "mdat" && start > found.start)) movePictures(out, told.length);
  return new Blob([file.slice(0, found.start), out, file.slice(found.end)], { type: file.type });
}

async function bytesOf(file: Blob, { start, end }: Box): Promise<Bytes> {
  return new Uint8Array(await file.slice(start, end).arrayBuffer());
}

/** The outermost boxes; the last one of a file that is cut off ends with it. */
async function topBoxes(file: Blob): Promise<Box[]> {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= file.size;) {
    const box = boxAt(new Uint8Array(await file.slice(at, at + 16).arrayBuffer()), 0, file.size - at);
    boxes.push({ name: box.name, start: at, content: at + box.content, end: at + box.end });
    at += box.end;
  }
  return boxes;
}

function boxAt(bytes: Uint8Array, start: number, last: number): Box {
  const data = view(bytes);
  const size = data.getUint32(start);
  const isLarge = size === 1 && start + 16 <= bytes.length;
  const length = isLarge ? 2 ** 32 * data.getUint32(start + 8) + data.getUint32(start + 12) : size || last - start;
  const head = isLarge ? 16 : 8;
  if (length < head) throw new Error("this is no MP4 file");
  return { name: textAt(bytes, start + 4, 4), start, content: start + head, end: Math.min(last, start + length) };
}

/** All boxes within one that hold no others. */
function* leaves(bytes: Uint8Array, start = 0, last = bytes.length): Generator<Box> {
  for (let at = start; at + 8 <= last;) {
    const box = boxAt(bytes, at, last);
    if (PARENTS.includes(box.name)) yield* leaves(bytes, box.content, box.end);
    else yield box;
    at = box.end;
  }
}

function hasAbsolutePlaces(fragment: Uint8Array): boolean {
  const header = [...leaves(fragment)].find(({ name }) => name === "tfhd");
  return header !== undefined && (view(fragment).getUint32(header.content) & ABSOLUTE_PLACES) !== 0;
}

/** Set to zero when the recording was made. */
function withoutDates(movie: Uint8Array): void {
  for (const { name, content } of leaves(movie)) {
    if (DATED.includes(name)) movie.fill(0, content + 4, content + (movie[content] === 1 ? 20 : 12));
  }
}

/** Move the places of pictures that lie behind the movie's head. */
function movePictures(movie: Uint8Array, by: number): void {
  const data = view(movie);
  for (const { name, content } of leaves(movie)) {
    if (name !== "stco" && name !== "co64") continue;
    const [wide, count] = [name === "co64" ? 8 : 4, data.getUint32(content + 4)];
    for (let i = 0, at = content + 8; i < count; i++, at += wide) {
      if (wide === 8) data.setBigUint64(at, data.getBigUint64(at) + BigInt(by));
      else data.setUint32(at, data.getUint32(at) + by);
    }
  }
}

/** The comment as iTunes writes it. */
function commentBox(text: string): Bytes {
  const value = box("data", big32(1), big32(0), utf8(text)); // 1: text in UTF-8
  const handler = box("hdlr", big32(0), big32(0), utf8("mdirappl"), new Uint8Array(9));
  const list = box("ilst", box("\u00a9cmt", value));
  return box("udta", box("meta", big32(0), handler, list));
}

function box(name: string, ...content: ArrayLike<number>[]): Bytes {
  const inside = joined(...content);
  const letters = Uint8Array.from(name, (letter) => letter.charCodeAt(0));
  return joined(big32(8 + inside.length), letters, inside);
}
