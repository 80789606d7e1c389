/** Puts a comment into a WebM file (Matroska, RFC 9559). */
import { joined, utf8, type Bytes } from "./bytes";

const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
/** Elements with places of others in them, which move; players find the pictures without. */
const INDEXES = [0x114d9b74, 0x1c53bb6b];
const INFO = 0x1549a966;
const SIZE_BYTES = 8;

interface Element {
  id: number;
  start: number;
  /** Where its content starts and ends; null where it says not how long it is, and reaches to the end of the file. */
  content: number;
  end: number | null;
}

/**
 * The file with a comment on the whole of it, before its pictures; its indexes are left out.
 *
 * `seconds` is how long it lasts, for a file that does not say so: browsers leave that out of what they record.
 */
export function withComment(file: Uint8Array, text: string, seconds?: number): Bytes {
  const head = elementAt(file, 0);
  const segment = elementAt(file, head.end ?? 0);
  if (segment.id !== SEGMENT) throw new Error("this is no WebM file");
  const before: Uint8Array[] = [];
  const pictures: Uint8Array[] = [];
  for (const { id, start, content, end } of elementsIn(file, segment)) {
    if (INDEXES.includes(id)) continue;
    const whole = file.subarray(start, end ?? file.length);
    if (id === CLUSTER || pictures.length) pictures.push(whole);
    else before.push(id === INFO && seconds ? withDuration(file.subarray(content, end ?? file.length), seconds) : whole);
  }
  const content = [...before, tagsOf(text), ...pictures];
  const size = content.reduce((sum, part) => sum + part.length, 0);
  return joined(file.subarray(0, segment.start + 4), segment.end === null ? UNKNOWN_SIZE : sizeOf(size), ...content);
}

/** What a file says of itself, with how long it lasts, in milliseconds, as browsers count time. */
function withDuration(info: Uint8Array, seconds: number): Bytes {
  const duration = new Uint8Array(8);
  new DataView(duration.buffer).setFloat64(0, 1000 * seconds);
  return element([0x15, 0x49, 0xa9, 0x66], info, element([0x44, 0x89], duration));
}

const UNKNOWN_SIZE = Uint8Array.from([1, 255, 255, 255, 255, 255, 255, 255]);

function* elementsIn(file: Uint8Array, { content, end }: Element): Generator<Element> {
  const last = end ?? file.length;
  for (let at = content; at < last;) {
    const element = elementAt(file, at);
    yield element;
    at = element.end ?? last;
  }
}

function elementAt(file: Uint8Array, start: number): Element {
  const idBytes = lengthAt(file, start);
  const id = numberAt(file, start, idBytes);
  const at = start + idBytes;
  const sizeBytes = lengthAt(file, at);
  const size = numberAt(file, at, sizeBytes) - 2 ** (7 * sizeBytes);
  const content = at + sizeBytes;
  if (content > file.length) throw new Error("this is no WebM file");
  return { id, start, content, end: size === 2 ** (7 * sizeBytes) - 1 ? null : Math.min(file.length, content + size) };
}

/** How many bytes a number has: as many as there are zeros before its first one, and one more. */
function lengthAt(file: Uint8Array, at: number): number {
  return Math.clz32(file[at] || 1) - 24 + 1;
}

function numberAt(file: Uint8Array, at: number, length: number): number {
  return file.subarray(at, at + length).reduce((sum, byte) => 256 * sum + byte, 0);
}

function tagsOf(text: string): Bytes {
  const simple = element([0x67, 0xc8], element([0x45, 0xa3], utf8("COMMENT")), element([0x44, 0x87], utf8(text)));
  return element([0x12, 0x54, 0xc3, 0x67], element([0x73, 0x73], element([0x63, 0xc0]), simple));
}

/** An element: its name, its size in eight bytes, its content. */
function element(id: number[], ...content: ArrayLike<number>[]): Bytes {
  const inside = joined(...content);
  return joined(id, sizeOf(inside.length), inside);
}

function sizeOf(length: number): Bytes {
  const size = new Uint8Array(SIZE_BYTES);
  const data = new DataView(size.buffer);
  data.setUint32(0, 0x01000000 | Math.floor(length / 2 ** 32));
  data.setUint32(4, length % 2 ** 32);
  return size;
}
