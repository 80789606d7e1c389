/** The mark in a file that software changed the photo (IPTC digital source type), as Python's `provenance` modules write it. */
import { big16, big32, crc32, headOf, joined, little32, utf8, type Bytes } from "./bytes";
import { dimensionsOf } from "./dimensions";
import { textAt, view } from "./kind";

const SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";
const JPEG_HEADER = "http://ns.adobe.com/xap/1.0/\0";
const PNG_KEYWORD = "XML:com.adobe.xmp";

/** What a file says of its origin: the program, its version and the model, in words that `pixelfes apply` knows as its own. */
export const madeBy = (version: string, expression: string): string => `pixelfes ${version}, model ${expression}`;

/** The comment that marks a clip: an animation or a video. */
export const markComment = (madeBy: string): string => `${madeBy}; digital source type: ${SOURCE_TYPE}`;

/** The XMP packet that marks a photo. */
export function xmpPacket(madeBy: string): string {
  const text = madeBy
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  return `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
   <xmp:CreatorTool>${text}</xmp:CreatorTool>
   <Iptc4xmpExt:DigitalSourceType>${SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>`;
}

type Marker = (file: Blob, packet: Bytes) => Promise<BlobPart[]>;

const MARKERS: Record<string, Marker> = { "image/jpeg": jpegParts, "image/png": pngParts, "image/webp": webpParts };

/** Return a picture with the mark in it; its pixels are not copied. */
export async function marked(file: Blob, madeBy: string): Promise<Blob> {
  return new Blob(await MARKERS[file.type](file, utf8(xmpPacket(madeBy))), { type: file.type });
}

/** After the JFIF segment. */
async function jpegParts(file: Blob, packet: Bytes): Promise<BlobPart[]> {
  const head = await headOf(file, 6);
  const at = head[2] === 0xff && head[3] === 0xe0 ? 4 + 256 * head[4] + head[5] : 2;
  const content = joined(utf8(JPEG_HEADER), packet);
  return [file.slice(0, at), new Uint8Array([0xff, 0xe1]), big16(content.length + 2), content, file.slice(at)];
}

/** After the header. */
async function pngParts(file: Blob, packet: Bytes): Promise<BlobPart[]> {
  const typed = joined(utf8("iTXt"), utf8(PNG_KEYWORD), new Uint8Array(5), packet);
  const header = 8 + 25; // signature, IHDR
  return [file.slice(0, header), big32(typed.length - 4), typed, big32(crc32(typed)), file.slice(header)];
}

const HAS_XMP = 0x04;
const HAS_ALPHA = 0x10;

/** At the end, where its place is; the extended header, which announces it, is written where there is none. */
async function webpParts(file: Blob, packet: Bytes): Promise<BlobPart[]> {
  const head = await headOf(file, 30);
  const extended = textAt(head, 12, 4) === "VP8X";
  const header = extended ? head.slice(12, 30) : extendedHeader(head);
  header[8] |= HAS_XMP;
  const rest = file.slice(extended ? 30 : 12, 8 + view(head).getUint32(4, true));
  const chunk = joined(utf8("XMP "), little32(packet.length), packet, new Uint8Array(packet.length & 1));
  const length = 4 + header.length + rest.size + chunk.length;
  return [joined(utf8("RIFF"), little32(length), utf8("WEBP"), header), rest, chunk];
}

/** The extended header of a WebP file that has none: whether it has opacity, and its size less one. */
function extendedHeader(head: Bytes): Bytes {
  const { width, height } = dimensionsOf(head, "WebP")!;
  const alpha = textAt(head, 12, 4) === "VP8L" && (head[24] & 0x10) !== 0;
  const size = [width, height].map((side) => little32(side - 1).slice(0, 3));
  return joined(utf8("VP8X"), little32(10), [alpha ? HAS_ALPHA : 0, 0, 0, 0], ...size);
}
