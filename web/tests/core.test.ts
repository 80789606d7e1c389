/** What holds of the core by itself. */
import { crc32 as nodeCrc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { insidePolygon } from "../src/core/light";
import { blurred } from "../src/core/maps";
import { halfToFloat, ModelFileError, parseModel } from "../src/core/model";
import { median, percentile, smoothstep } from "../src/core/numbers";
import { pieces } from "../src/core/pieces";
import { poseOf, toCanonical } from "../src/core/pose";
import { crc32, markPng } from "../src/photos/mark";
import { nameFor } from "../src/photos/photo";

describe("numbers", () => {
  it("has NumPy's median and percentile", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(percentile([0, 10, 20, 30], 50)).toBe(15);
    expect(smoothstep(0.5, 0, 1)).toBe(0.5);
  });

  it("reads half precision", () => {
    expect([0x3c00, 0xc000, 0x0001, 0x7c00, 0x3555].map(halfToFloat)).toEqual([1, -2, 2 ** -24, Infinity, 0.333251953125]);
  });
});

describe("pose", () => {
  it("takes a reference that was scaled, turned and moved back to itself", () => {
    const reference = Float64Array.from({ length: 30 }, (_, i) => Math.sin(3 * i + 1));
    const [c, s] = [Math.cos(0.4), Math.sin(0.4)];
    const seen = new Float64Array(30);
    for (let i = 0; i < 30; i += 3) {
      const [x, y, z] = reference.subarray(i, i + 3);
      seen.set([80 * (c * x - s * z) + 300, 80 * y + 200, 80 * (s * x + c * z) - 5], i);
    }
    const pose = poseOf(seen, reference, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(pose.scale).toBeCloseTo(80, 9);
    toCanonical(pose, seen).forEach((value, i) => expect(value).toBeCloseTo(reference[i], 9));
  });
});

describe("pieces", () => {
  it("make every pixel once, and see a margin around it", () => {
    const part = { left: 7, top: 3, width: 1003, height: 550 };
    const made = new Uint8Array(part.width * part.height);
    for (const { inner, outer } of pieces(part, 300, 20)) {
      expect(Math.max(outer.width, outer.height)).toBeLessThanOrEqual(300);
      expect(inner.left - outer.left === 20 || outer.left === part.left).toBe(true);
      for (let y = inner.top; y < inner.top + inner.height; y++)
        for (let x = inner.left; x < inner.left + inner.width; x++) made[(y - part.top) * part.width + x - part.left]++;
    }
    expect(made.every((count) => count === 1)).toBe(true);
  });

  it("are one where a part fits", () => {
    const part = { left: 1, top: 2, width: 300, height: 200 };
    expect(pieces(part, 300, 20)).toEqual([{ inner: part, outer: part }]);
  });
});

describe("light and maps", () => {
  it("fills a polygon with its outline", () => {
    const square: [number, number][] = [
      [1, 1],
      [4, 1],
      [4, 3],
      [1, 3],
    ];
    expect([...insidePolygon(square, 10, 10)]).toHaveLength(12);
    expect([...insidePolygon(square, 3, 2)]).toHaveLength(2);
  });

  it("blurs without changing what is even", () => {
    for (const value of blurred(new Float32Array(64).fill(3), 8)) expect(value).toBeCloseTo(3, 5);
  });
});

describe("files", () => {
  const safetensors = (header: unknown, data = new Uint8Array()) => {
    const text = new TextEncoder().encode(JSON.stringify(header));
    const file = new Uint8Array(8 + text.length + data.length);
    new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
    file.set(text, 8);
    file.set(data, 8 + text.length);
    return file.buffer;
  };

  it.each([
    ["nothing", new ArrayBuffer(0)],
    ["no JSON", new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0, 1, 2]).buffer],
    ["no metadata", safetensors({})],
    ["another version", safetensors({ __metadata__: { "pixelfes-web": '{"version": 99, "points": {}}' } })],
    ["a length beyond the file", new Uint8Array([255, 255, 255, 255, 255, 255, 255, 255]).buffer],
  ])("refuses a model file with %s", (_, file) => {
    expect(() => parseModel(file)).toThrow(ModelFileError);
  });

  it("marks a PNG with a chunk whose checksum is right", () => {
    const bytes = new TextEncoder().encode("The quick brown fox");
    expect(crc32(bytes)).toBe(nodeCrc32(bytes));
    const marked = markPng(new Uint8Array(50), "pixelfes <1>");
    expect(new TextDecoder().decode(marked)).toContain("pixelfes &#60;1&#62;");
  });

  it("names a download after its photo", () => {
    expect(nameFor("a.b.JPG", "smile", "image/jpeg")).toBe("a.b.smile.jpg");
    expect(nameFor("", "big / smile", "image/webp")).toBe("photo.big-smile.png");
  });
});
