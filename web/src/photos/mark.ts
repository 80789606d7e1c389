/** The mark in a file that software changed the photo (IPTC digital source type, in XMP), as `pixelfes.photos.provenance` writes it. */

const SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";
const JPEG_HEADER = "http://ns.adobe.com/xap/1.0/\0";
const PNG_KEYWORD = "XML:com.adobe.xmp";

type Bytes = Uint8Array<ArrayBuffer>;

function packet(madeBy: string): string {
  const text = madeBy.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
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

const encode = (text: string): Bytes => new TextEncoder().encode(text);

function joined(...parts: Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const big32 = (value: number): Bytes => new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]);

/** Put the mark into a JPEG file, after its JFIF segment. */
export function markJpeg(file: Bytes, madeBy: string): Bytes {
  const content = joined(encode(JPEG_HEADER), encode(packet(madeBy)));
  const length = content.length + 2;
  const jfif = file[2] === 0xff && file[3] === 0xe0 ? 4 + 256 * file[4] + file[5] : 2;
  return joined(file.subarray(0, jfif), new Uint8Array([0xff, 0xe1, length >> 8, length & 255]), content, file.subarray(jfif));
}

/** Put the mark into a PNG file, after its header. */
export function markPng(file: Bytes, madeBy: string): Bytes {
  const typed = joined(encode("iTXt"), encode(PNG_KEYWORD), new Uint8Array(5), encode(packet(madeBy)));
  const header = 8 + 25; // signature, IHDR
  return joined(file.subarray(0, header), big32(typed.length - 4), typed, big32(crc32(typed)), file.subarray(header));
}

/** The checksum of PNG files. */
export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
