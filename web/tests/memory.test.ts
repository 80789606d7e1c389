import { describe, expect, it } from "vitest";
import { PhotoPyramid } from "../src/detector/photo_pyramid";
import { giveBack } from "../src/memory";

describe("memory that is given back", () => {
  it("is gone at once", () => {
    const [bytes, numbers] = [new Uint8ClampedArray(400), new Float32Array(100)];
    giveBack(bytes, numbers);
    expect([bytes.length, numbers.length]).toEqual([0, 0]);
  });

  it("can be given back twice", () => {
    const bytes = new Uint8Array(8);
    giveBack(bytes);
    expect(() => giveBack(bytes, new Uint8Array(0))).not.toThrow();
  });

  it("is that of all levels of a photo", () => {
    const photo = new PhotoPyramid({ data: new Uint8ClampedArray(4 * 400 * 300), width: 400, height: 300 });
    const levels = [photo.level(0), photo.level(1), photo.level(2)];
    photo.free();
    expect(levels.map(({ data }) => data.length)).toEqual([0, 0, 0]);
  });
});
