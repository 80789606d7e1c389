/** The size of a photo as its header says it, read before anything is decoded. */
import { textAt, tiffTags, view, type PhotoKind } from "./kind";

export interface Size {
  width: number;
  height: number;
}

type Reader = (bytes: Uint8Array) => Size | null;

const READERS: Record<PhotoKind, Reader> = {
  JPEG: ofJpeg,
  PNG: ofPng,
  GIF: ofGif,
  WebP: ofWebp,
  BMP: ofBmp,
  AVIF: ofBoxes,
  HEIC: ofBoxes,
  "JPEG XL": ofJpegXl,
  TIFF: ofTiff,
};

/** Return the size that a photo's first bytes say, or null if they end before they say it, or say nothing that can be. */
export function dimensionsOf(bytes: Uint8Array, kind: PhotoKind): Size | null {
  try {
    const size = READERS[kind](bytes);
    return size && size.width > 0 && size.height > 0 ? size : null;
  } catch (error) {
    if (error instanceof RangeError) return null; // beyond the last byte
    throw error;
  }
}

function ofJpeg(bytes: Uint8Array): Size | null {
  const at = jpegFrameAt(bytes);
  return at < 0 ? null : { width: view(bytes).getUint16(at + 7), height: view(bytes).getUint16(at + 5) };
}

/** Where the header of a JPEG file's frame stands, or -1; what comes before it is skipped by its length. */
export function jpegFrameAt(bytes: Uint8Array): number {
  let at = 2;
  while (at + 9 < bytes.length) {
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff || marker === 0xff) at += 1;
    else if (marker === 0xd9 || marker === 0xda) return -1;
    else if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return at;
    else at += 2 + view(bytes).getUint16(at + 2);
  }
  return -1;
}

function ofPng(bytes: Uint8Array): Size | null {
  if (textAt(bytes, 12, 4) !== "IHDR") return null;
  return { width: view(bytes).getUint32(16), height: view(bytes).getUint32(20) };
}

/** The screen, or the first frame where that reaches beyond it. */
function ofGif(bytes: Uint8Array): Size | null {
  const data = view(bytes);
  let at = 13 + tableBytes(bytes[10]);
  while (data.getUint8(at) === 0x21) {
    at += 2; // an extension, made of blocks; one without bytes is the last
    while (data.getUint8(at)) at += 1 + bytes[at];
    at += 1;
  }
  if (data.getUint8(at) !== 0x2c) return null;
  const reach = (side: number) =>
    Math.max(data.getUint16(6 + side, true), data.getUint16(at + 1 + side, true) + data.getUint16(at + 5 + side, true));
  return { width: reach(0), height: reach(2) };
}

const tableBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** The first chunk says it, in one of three ways. */
function ofWebp(bytes: Uint8Array): Size | null {
  const data = view(bytes);
  const at24 = (at: number) => data.getUint16(at, true) + 65536 * data.getUint8(at + 2);
  switch (textAt(bytes, 12, 4)) {
    case "VP8 ":
      return { width: data.getUint16(26, true) & 0x3fff, height: data.getUint16(28, true) & 0x3fff };
    case "VP8L": {
      const bits = data.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case "VP8X":
      return { width: at24(24) + 1, height: at24(27) + 1 };
    default:
      return null;
  }
}

function ofBmp(bytes: Uint8Array): Size | null {
  const data = view(bytes);
  if (data.getUint32(14, true) === 12) return { width: data.getUint16(18, true), height: data.getUint16(20, true) };
  return { width: data.getInt32(18, true), height: Math.abs(data.getInt32(22, true)) };
}

const ISPE = 0x69737065; // "ispe": the property that holds a size

/** The largest of the sizes in the properties of a file of boxes: those of tiles and thumbnails are smaller. */
function ofBoxes(bytes: Uint8Array): Size | null {
  const data = view(bytes);
  let largest: Size | null = null;
  for (let at = bytes.indexOf(0x69); at >= 0 && at + 16 <= bytes.length; at = bytes.indexOf(0x69, at + 1)) {
    if (data.getUint32(at) !== ISPE) continue;
    const size = { width: data.getUint32(at + 8), height: data.getUint32(at + 12) };
    if (!largest || size.width * size.height > largest.width * largest.height) largest = size;
  }
  return largest;
}

/** The tags of width and height, short or long numbers. */
function ofTiff(bytes: Uint8Array): Size | null {
  const data = view(bytes);
  const little = bytes[0] === 0x49;
  const tags = tiffTags(bytes);
  const side = (tag: number): number => {
    const at = tags.get(tag);
    if (at === undefined) return 0;
    return data.getUint16(at + 2, little) === 3 ? data.getUint16(at + 8, little) : data.getUint32(at + 8, little);
  };
  return { width: side(256), height: side(257) };
}

const RATIOS = [0, 1, 12 / 10, 4 / 3, 3 / 2, 16 / 9, 5 / 4, 2];
const LENGTHS = [9, 13, 18, 30];

/** The first bits of the codestream, which may stand in a box. */
function ofJpegXl(bytes: Uint8Array): Size | null {
  const start = bytes[0] === 0xff ? 2 : codestreamOf(bytes);
  if (start === null) return null;
  let at = 8 * start;
  const bits = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, at++) value += ((view(bytes).getUint8(at >> 3) >> (at & 7)) & 1) * 2 ** i;
    return value;
  };
  const small = bits(1);
  const side = (): number => (small ? 8 * (bits(5) + 1) : bits(LENGTHS[bits(2)]) + 1);
  const height = side();
  const ratio = bits(3);
  return { width: ratio ? Math.floor(height * RATIOS[ratio]) : side(), height };
}

/** Where the codestream begins, after its own signature, in a file of boxes. */
function codestreamOf(bytes: Uint8Array): number | null {
  const data = view(bytes);
  for (let at = 12; ;) {
    const length = data.getUint32(at);
    const type = textAt(bytes, at + 4, 4);
    if (type === "jxlc") return at + 10;
    if (type === "jxlp") return at + 14;
    if (length < 8) return null; // up to the end of the file, or longer than 4 GB
    at += length;
  }
}
