/** What the mark in an MP4 file leaves as it was; the tests in a browser mark recordings, and read them with FFmpeg. */
import { describe, expect, it } from "vitest";
import { big32, joined, utf8 } from "../src/files/bytes";
import { textAt, view } from "../src/files/kind";
import { markedMp4 } from "../src/files/mp4_mark";

const box = (name: string, ...content: Uint8Array[]) => {
  const inside = joined(...content);
  return joined(big32(8 + inside.length), utf8(name), inside);
};
const header = box("mvhd", big32(0), big32(3_800_000_000), big32(3_800_000_001), big32(1000));
const places = (...at: number[]) =>
  box("trak", box("mdia", box("minf", box("stbl", box("stco", big32(0), big32(at.length), ...at.map(big32))))));
const pictures = box("mdat", utf8("pictures"));
const start = box("ftyp", utf8("isom"));

async function marked(...boxes: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const file = await markedMp4(new Blob([joined(...boxes)], { type: "video/mp4" }), "by software");
  expect(file.type).toBe("video/mp4");
  return new Uint8Array(await file.arrayBuffer());
}

const placeOf = (file: Uint8Array, text: string) => textAt(file, 0, file.length).indexOf(text);

describe("the mark in an MP4 file", () => {
  it("stands at the end of the head, whose dates are gone", async () => {
    const file = await marked(start, pictures, box("moov", header, places(20)));
    const head = placeOf(file, "moov") - 4;
    expect(view(file).getUint32(head)).toBe(file.length - head);
    expect(textAt(file, head, file.length)).toMatch(/©cmt.*by software; digital source type: .*compositeWithTrained\w+$/s);
    const dates = placeOf(file, "mvhd") + 8;
    expect([0, 4, 8].map((i) => view(file).getUint32(dates + i))).toEqual([0, 0, 1000]);
    expect(view(file).getUint32(placeOf(file, "stco") + 12)).toBe(20); // the pictures are before it
  });

  it("moves the places of pictures that come after it", async () => {
    const before = [start, box("moov", header, places(0)), pictures];
    const at = placeOf(joined(...before), "pictures");
    const file = await marked(start, box("moov", header, places(at)), pictures);
    const found = view(file).getUint32(placeOf(file, "stco") + 12);
    expect(textAt(file, found, 8)).toBe("pictures");
    expect(found).toBeGreaterThan(at);
  });

  it("is in fragmented files too, at the end where their places are counted from the start of the file", async () => {
    const fragment = (flags: number) => box("moof", box("traf", box("tfhd", big32(flags), big32(1))));
    const relative = await marked(start, box("moov", header), fragment(0x20000), pictures);
    expect(placeOf(relative, "by software")).toBeGreaterThan(0);
    expect(textAt(relative, relative.length - 8, 8)).toBe("pictures");
    const absolute = [start, box("moov", header), fragment(1), pictures];
    const file = await marked(...absolute);
    expect(file.subarray(0, joined(...absolute).length)).toEqual(joined(...absolute));
    expect(placeOf(file, "<xmp:CreatorTool>by software<")).toBeGreaterThan(joined(...absolute).length);
  });

  it("is refused by what is no MP4 file", async () => {
    await expect(markedMp4(new Blob([utf8("no film, just words")]), "by software")).rejects.toThrow("no MP4");
  });
});
