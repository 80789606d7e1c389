/** What holds of the core by itself. */
import { describe, expect, it } from "vitest";
import { insidePolygon } from "../src/core/light";
import { blurred } from "../src/core/maps";
import type { Box } from "../src/core/mesh";
import { halfToFloat, ModelFileError, parseModel } from "../src/core/model";
import { median, percentile, smoothstep } from "../src/core/numbers";
import { pieces, sourcesOf } from "../src/core/pieces";
import { poseOf, toCanonical } from "../src/core/pose";

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
  const beside = ({ left, top, width, height }: Box): Box => ({ left: left - 20, top: top - 10, width, height });

  it("make every pixel once, and see what they are made of", () => {
    const part = { left: 7, top: 3, width: 1003, height: 550 };
    const made = new Uint8Array(part.width * part.height);
    for (const { inner, outer } of pieces(part, 200, 220, beside)) {
      expect(Math.max(inner.width, inner.height)).toBeLessThanOrEqual(200);
      expect(Math.max(outer.width, outer.height)).toBeLessThanOrEqual(220);
      expect([outer.left, outer.top]).toEqual([Math.max(part.left, inner.left - 20), Math.max(part.top, inner.top - 10)]);
      expect(outer.left + outer.width).toBe(inner.left + inner.width);
      for (let y = inner.top; y < inner.top + inner.height; y++)
        for (let x = inner.left; x < inner.left + inner.width; x++) made[(y - part.top) * part.width + x - part.left]++;
    }
    expect(made.every((count) => count === 1)).toBe(true);
  });

  it("are one where a part fits", () => {
    const part = { left: 1, top: 2, width: 300, height: 200 };
    expect(pieces(part, Infinity, 300, beside)).toEqual([{ inner: part, outer: part }]);
  });

  it("are left out where nothing is drawn", () => {
    const part = { left: 0, top: 0, width: 400, height: 400 };
    const found = pieces(part, 100, 1000, (piece) => (piece.left < 100 ? piece : null));
    expect(found.every(({ inner }) => inner.left === 0)).toBe(true);
    expect(found.reduce((sum, { inner }) => sum + inner.height, 0)).toBe(400);
  });

  it("are made of as much of the photo as the triangles in them move", () => {
    const there = Float32Array.from([0, 0, 100, 0, 0, 100, 500, 500, 600, 500, 500, 600]);
    const here = there.map((value, i) => (i < 6 ? value + (i % 2 ? -30 : 7.5) : value));
    const drawing = { here, there, grid: there, indices: Uint16Array.from([0, 1, 2, 3, 4, 5]), box: part(0, 0, 600, 600) };
    const sourceOf = sourcesOf(drawing);
    expect(sourceOf(part(10, 20, 30, 40))).toEqual(part(13, -14, 39, 48));
    expect(sourceOf(part(510, 510, 30, 40))).toEqual(part(506, 506, 38, 48));
    expect(sourceOf(part(200, 200, 100, 100))).toBeNull();
  });

  function part(left: number, top: number, width: number, height: number): Box {
    return { left, top, width, height };
  }
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
});
