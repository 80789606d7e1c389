/** What kind of file it is, told by its first bytes; names and types that come with files are often wrong. */

export type PhotoKind = "JPEG" | "PNG" | "GIF" | "WebP" | "BMP" | "AVIF" | "JPEG XL" | "HEIC" | "TIFF";
export type Kind = PhotoKind | "empty" | "raw" | "svg" | "pdf" | "video" | "zip" | "unknown";

/** How many bytes from the start are enough. */
export const HEAD_BYTES = 4096;

type Signature = readonly [kind: Kind, at: number, bytes: string];

const SIGNATURES: readonly Signature[] = [
  ["JPEG", 0, "\xff\xd8\xff"],
  ["PNG", 0, "\x89PNG\r\n\x1a\n"],
  ["GIF", 0, "GIF87a"],
  ["GIF", 0, "GIF89a"],
  ["WebP", 8, "WEBP"],
  ["JPEG XL", 0, "\xff\x0a"],
  ["JPEG XL", 0, "\0\0\0\x0cJXL \r\n\x87\n"],
  ["raw", 0, "FUJIFILMCCD-RAW"], // RAF
  ["raw", 0, "IIRO"], // ORF
  ["raw", 0, "IIRS"],
  ["raw", 0, "MMOR"],
  ["raw", 0, "IIU\0"], // RW2
  ["raw", 6, "HEAPCCDR"], // CRW
  ["raw", 0, "FOVb"], // X3F
  ["raw", 0, "\0MRM"],
  ["raw", 8, "CR\x02"], // CR2
  ["TIFF", 0, "II*\0"],
  ["TIFF", 0, "MM\0*"],
  ["TIFF", 0, "II+\0"], // BigTIFF
  ["TIFF", 0, "MM\0+"],
  ["pdf", 0, "%PDF-"],
  ["zip", 0, "PK\x03\x04"],
  ["zip", 0, "PK\x05\x06"],
  ["video", 0, "\x1aE\xdf\xa3"], // WebM, Matroska
  ["video", 8, "AVI LIST"],
  ["video", 4, "moov"],
  ["video", 4, "mdat"],
  ["video", 4, "wide"],
  ["video", 0, "FLV\x01"],
  ["video", 0, "OggS"],
  ["video", 0, "\0\0\x01\xba"], // MPEG
  ["video", 0, "\0\0\x01\xb3"],
  ["video", 0, "0&\xb2u\x8ef\xcf\x11"], // Windows Media
];

const HEIC_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1", "mif2"];
const RAW_NAMES = /\.(3fr|arw|cr2|cr3|dcr|dng|erf|iiq|kdc|mef|mos|nef|nrw|orf|pef|raf|rw2|rwl|sr2|srf|srw)$/i;
const DNG_VERSION = 0xc612;

/** Tell the kind of a file from its first `HEAD_BYTES` and, of files that are built like TIFF, from its name too. */
export function kindOf(head: Uint8Array, name = ""): Kind {
  if (!head.length) return "empty";
  if (textAt(head, 4, 4) === "ftyp") return kindOfBrands(head);
  const found = SIGNATURES.find(([, at, bytes]) => textAt(head, at, bytes.length) === bytes)?.[0] ?? otherKind(head);
  return found === "TIFF" && (RAW_NAMES.test(name) || hasTag(head, DNG_VERSION)) ? "raw" : found;
}

/** The kind of a file of boxes (ISO base media): photos and videos say in their first box which they are. */
function kindOfBrands(head: Uint8Array): Kind {
  const end = Math.min(head.length, Math.max(16, view(head).getUint32(0)));
  const brands: string[] = [];
  for (let at = 8; at + 4 <= end; at += 4) if (at !== 12) brands.push(textAt(head, at, 4));
  if (brands.some((brand) => brand === "avif" || brand === "avis")) return "AVIF";
  if (brands[0] === "crx ") return "raw"; // CR3
  return brands.some((brand) => HEIC_BRANDS.includes(brand)) ? "HEIC" : "video";
}

/** The kinds that a short signature at a fixed place does not tell. */
function otherKind(head: Uint8Array): Kind {
  if (textAt(head, 0, 2) === "BM" && head.length >= 26 && [12, 40, 52, 56, 64, 108, 124].includes(view(head).getUint32(14, true)))
    return "BMP";
  const text = new TextDecoder().decode(head.subarray(0, HEAD_BYTES));
  if (/^\s*</.test(text) && /<(\w+:)?svg[\s>]/.test(text)) return "svg";
  if (text.slice(0, 1024).includes("%PDF-")) return "pdf";
  return head.length > 188 && head[0] === 0x47 && head[188] === 0x47 ? "video" : "unknown"; // packets of an MPEG transport stream
}

/** Whether the first directory of a file that is built like TIFF has a tag. */
function hasTag(head: Uint8Array, tag: number): boolean {
  return tiffTags(head).has(tag);
}

/** The tags of the first directory of a TIFF file, as far as it lies in these bytes: where each stands. */
export function tiffTags(head: Uint8Array): Map<number, number> {
  const tags = new Map<number, number>();
  if (head.length < 8) return tags;
  const little = head[0] === 0x49;
  const data = view(head);
  const start = data.getUint32(4, little);
  if (start + 2 > head.length) return tags;
  const count = data.getUint16(start, little);
  for (let at = start + 2, i = 0; i < count && at + 12 <= head.length; i++, at += 12) tags.set(data.getUint16(at, little), at);
  return tags;
}

/** Bytes as text, one character each. */
export function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
