/** What holds of files in and out of the page by themselves. */
import { crc32 as nodeCrc32 } from "node:zlib";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { amountsOf } from "../src/files/animation/frames";
import { runsOf } from "../src/files/animation/gif";
import { uniqueName, zipOf, type Entry } from "../src/files/archive";
import { crc32, joined, utf8 } from "../src/files/bytes";
import { dimensionsOf } from "../src/files/dimensions";
import { nameFor } from "../src/files/encoding";
import { kindOf, type Kind, type PhotoKind } from "../src/files/kind";
import { marked, xmpPacket } from "../src/files/mark";
import { fileSentence } from "../src/files/messages";
import { withComment } from "../src/files/webm_comment";

const latin = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const PNG = latin("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x40\0\0\x00\xf0\x08\x02\0\0\0????");
const JPEG = latin("\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\x01\x00\x02\x00\x03??????????");
const GIF = latin("GIF89a\x10\0\x08\0\0\0\0\x2c\0\0\0\0\x20\0\x08\0\0");
const WEBP = latin("RIFF\x1a\0\0\0WEBPVP8 \x0e\0\0\0\x30\x01\0\x9d\x01\x2a\x40\x01\xf0\0????");
const BMP = latin("BM????????????\x28\0\0\0\x40\x01\0\0\xf0\0\0\0\x01\0\x18\0");
const box = (brand: string): Uint8Array => latin(`\0\0\0\x18ftyp${brand}\0\0\0\0${brand}${brand}`);

describe("the kind of a file", () => {
  it.each([
    ["PNG", PNG],
    ["JPEG", JPEG],
    ["GIF", GIF],
    ["WebP", WEBP],
    ["HEIC", box("heic")],
    ["AVIF", box("avif")],
    ["video", box("isom")],
    ["TIFF", latin("II*\0\x08\0\0\0\0\0")],
    ["pdf", latin("%PDF-1.7")],
    ["zip", latin("PK\x03\x04")],
    ["svg", latin('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">')],
    ["empty", new Uint8Array()],
    ["unknown", latin("hello, world")],
  ] as [Kind, Uint8Array][])("%s is told by its first bytes", (kind, bytes) => {
    expect(kindOf(bytes)).toBe(kind);
  });

  it("a raw photo that is built like TIFF is told by its name too", () => {
    expect(kindOf(latin("II*\0\x08\0\0\0\0\0"), "holiday.NEF")).toBe("raw");
  });
});

describe("the size of a photo", () => {
  it.each([
    ["PNG", PNG, 320, 240],
    ["JPEG", JPEG, 512, 256],
    ["GIF", GIF, 32, 8],
    ["WebP", WEBP, 320, 240],
    ["BMP", BMP, 320, 240],
  ] as [PhotoKind, Uint8Array, number, number][])("is read from the header of a %s", (kind, bytes, width, height) => {
    expect(dimensionsOf(bytes, kind)).toEqual({ width, height });
  });

  it("is a size or nothing, whatever the bytes are", () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    const kinds: [PhotoKind, Uint8Array][] = [
      ["PNG", PNG],
      ["JPEG", JPEG],
      ["GIF", GIF],
      ["WebP", WEBP],
      ["BMP", BMP],
      ["AVIF", joined(box("avif"), latin("\0\0\0\x20meta\0\0\0\0\0\0\0\x14iprp\0\0\0\x0cipco"))],
      ["TIFF", latin("II*\0\x08\0\0\0\x01\0\0\x01\x03\0\x01\0\0\0\x40\x01\0\0\0\0\0\0")],
      ["JPEG XL", latin("\xff\x0a\x12\x34\x56")],
    ];
    for (let round = 0; round < 3000; round++) {
      const [kind, good] = kinds[random(kinds.length)];
      const bytes = good.slice(0, 1 + random(good.length));
      for (let i = random(6); i > 0; i--) bytes[random(bytes.length)] = random(256);
      const size = dimensionsOf(bytes, kind);
      expect(size === null || (size.width > 0 && size.height > 0)).toBe(true);
      kindOf(bytes);
    }
  });
});

describe("the mark", () => {
  it("stands in JPEG, PNG and WebP, in a place where readers look", async () => {
    for (const [type, bytes] of [
      ["image/jpeg", JPEG],
      ["image/png", PNG],
      ["image/webp", WEBP],
    ] as const) {
      const file = new Blob([bytes as Uint8Array<ArrayBuffer>], { type });
      const out = new Uint8Array(await (await marked(file, "pixelfes <1>")).arrayBuffer());
      expect(kindOf(out)).toBe(kindOf(bytes));
      const found = dimensionsOf(out, kindOf(out) as PhotoKind);
      expect(found).toEqual(dimensionsOf(bytes, kindOf(bytes) as PhotoKind));
      expect(new TextDecoder().decode(out)).toContain("pixelfes &#60;1&#62;");
      expect(new TextDecoder().decode(out)).toContain("compositeWithTrainedAlgorithmicMedia");
    }
  });

  it("has the checksum that PNG asks for", () => {
    const bytes = utf8("The quick brown fox");
    expect(crc32(bytes)).toBe(nodeCrc32(bytes));
  });

  it("is XML whatever the model is called", () => {
    expect(xmpPacket("a & b \u0000")).toContain("<xmp:CreatorTool>a &#38; b \ufffd</xmp:CreatorTool>");
  });
});

describe("names", () => {
  it("of a download follow the photo, the expression and the type", () => {
    expect(nameFor("a.b.JPG", "smile", "image/jpeg")).toBe("a.b.smile.jpg");
    expect(nameFor("", "big / smile", "image/webp")).toBe("photo.big-smile.webp");
    expect(nameFor("x.heic", "closed smile", "image/gif")).toBe("x.closed-smile.gif");
  });

  it("in an archive are different, and lead nowhere else", () => {
    const taken = new Set<string>();
    const names = ["a.jpg", "A.jpg", "../a.jpg", "..", "a.jpg"].map((name) => uniqueName(name, taken));
    expect(names).toEqual(["a.jpg", "A (2).jpg", "-a.jpg", "photo", "a (3).jpg"]);
  });
});

describe("an archive", () => {
  async function* entries(): AsyncGenerator<Entry> {
    yield { name: "one.png", blob: new Blob(["first"]) };
    yield { name: "one.png", blob: new Blob(["second"]) };
  }

  it("holds every file once, as it is", async () => {
    const seen: number[] = [];
    const zip = await zipOf(entries(), { progress: (files) => seen.push(files) });
    const files = unzipSync(new Uint8Array(await zip.arrayBuffer()));
    const text = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]));
    expect(text).toEqual({ "one.png": "first", "one (2).png": "second" });
    expect(seen).toEqual([1, 2]);
  });

  it("ends when it is to end", async () => {
    await expect(zipOf(entries(), { signal: AbortSignal.abort() })).rejects.toThrow("abort");
  });
});

describe("an animation", () => {
  it("rests, rises smoothly, stays, and goes back the same way", () => {
    const amounts = amountsOf(40);
    expect(amounts).toHaveLength(40);
    expect([amounts[0], Math.max(...amounts)]).toEqual([0, 1]);
    const top = amounts.indexOf(1);
    for (let i = 1; i <= top; i++) expect(amounts[i]).toBeGreaterThanOrEqual(amounts[i - 1]);
    for (let i = amounts.lastIndexOf(1) + 1; i < 40; i++) expect(amounts[i]).toBeLessThan(amounts[i - 1]);
  });

  it("shows each picture as long as all its frames last", () => {
    expect(runsOf({ shown: [0, 0, 1, 2, 2, 2], fps: 20 })).toEqual([
      { picture: 0, time: 10 },
      { picture: 1, time: 5 },
      { picture: 2, time: 15 },
    ]);
  });
});

describe("the comment of a WebM file", () => {
  const head = latin("\x1aE\xdf\xa3\x80\x18\x53\x80\x67");
  const info = latin("\x15\x49\xa9\x66\x82ab");
  const cluster = latin("\x1f\x43\xb6\x75\x83xyz");
  const cues = latin("\x1c\x53\xbb\x6b\x81c");

  it("stands before its pictures; the file says how long it is, and indexes are left out", () => {
    const out = withComment(joined(head, [0x80 | (info.length + cluster.length + cues.length)], info, cluster, cues), "changed");
    const text = new TextDecoder("latin1").decode(out);
    expect(text.indexOf("changed")).toBeGreaterThan(text.indexOf("ab"));
    expect(text.indexOf("changed")).toBeLessThan(text.indexOf("xyz"));
    expect(text).not.toContain("\x1c\x53\xbb\x6b");
    expect(new DataView(out.buffer).getUint32(head.length + 4)).toBe(out.length - head.length - 8);
  });

  it("is added to a file that does not say how long it is, as a browser records one", () => {
    const open = joined(head, latin("\x01\xff\xff\xff\xff\xff\xff\xff"), info, latin("\x1f\x43\xb6\x75\xff"), latin("xyz"));
    const out = withComment(open, "changed");
    expect(out.subarray(9, 17)).toEqual(open.subarray(9, 17));
    expect(new TextDecoder("latin1").decode(out)).toMatch(/changed\x1f.*xyz$/s);
  });

  it("is refused by what is no WebM file", () => {
    expect(() => withComment(latin("no, this is not"), "changed")).toThrow("no WebM file");
  });
});

describe("sentences", () => {
  it("have their values in place", () => {
    expect(fileSentence("saved", { name: "a.jpg" })).toBe("Saved as a.jpg.");
  });
});
