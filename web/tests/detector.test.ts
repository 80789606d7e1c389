/** What holds of the search for faces by itself; `python.test.ts` and the tests in a browser compare it with Python's. */
import { describe, expect, it } from "vitest";
import { isSameFace, withoutRepeats, type FaceBox } from "../src/detector/boxes";
import { halved, PhotoPyramid, squareMap } from "../src/detector/photo_pyramid";
import { cuts, smallestFace, windowLevels } from "../src/detector/windows";

const BOX: FaceBox = { x: 50, y: 50, side: 40, angle: 0, score: 0.8 };

const grey = (width: number, height: number, of: (x: number, y: number) => number) => {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < width * height; i++) data.fill(of(i % width, Math.floor(i / width)), 4 * i, 4 * i + 4);
  return { data, width, height };
};

describe("boxes", () => {
  it("show one face where they overlap by much, or one lies in the other", () => {
    expect(isSameFace(BOX, { ...BOX, x: 60 })).toBe(true);
    expect(isSameFace(BOX, { ...BOX, side: 10 })).toBe(true);
    expect(isSameFace(BOX, { ...BOX, x: 80 })).toBe(false);
  });

  it("are kept once, with the highest score", () => {
    const surer = { ...BOX, x: 55, score: 0.9 };
    const other = { ...BOX, x: 200, score: 0.7 };
    expect(withoutRepeats([other, BOX, surer])).toEqual([surer, other]);
  });
});

describe("windows", () => {
  it.each([
    [640, 480],
    [1600, 1000],
    [4000, 300],
  ])("of %i x %i cover the photo, ever smaller", (width, height) => {
    const levels = windowLevels({ width, height }, smallestFace({ width, height }));
    const sides = levels.map(([{ side }]) => side);
    expect(sides).toEqual([...new Set(sides)].sort((p, q) => q - p));
    for (const windows of levels) {
      for (const [x, y] of [
        [0, 0],
        [width, height],
        [width / 3, height / 2],
      ]) {
        expect(windows.some((w) => w.x <= x + 1e-6 && x <= w.x + w.side + 1e-6 && w.y <= y + 1e-6 && y <= w.y + w.side + 1e-6)).toBe(true);
      }
    }
  });

  it("leave a face that their inner edge cuts to the next one", () => {
    const photo = { width: 300, height: 100 };
    expect(cuts({ x: 0, y: 0, side: 100 }, { ...BOX, x: 90 }, photo)).toBe(true);
    expect(cuts({ x: 0, y: 0, side: 100 }, { ...BOX, x: 10, y: 95 }, photo)).toBe(false);
  });
});

describe("pictures", () => {
  it("of a photo's own pixels are the photo's", () => {
    const photo = grey(40, 40, (x, y) => 3 * x + 2 * y);
    const picture = new PhotoPyramid(photo).picture(squareMap(20, 20, 32, 0, 32), 32);
    expect(picture[3 * (5 * 32 + 7)]).toBe(3 * (7 + 4) + 2 * (5 + 4));
  });

  it("are black outside the photo, or go on as its border", () => {
    const pyramid = new PhotoPyramid(grey(40, 40, () => 200));
    const map = squareMap(0, 0, 64, 0, 64);
    expect(pyramid.picture(map, 64, "black")[0]).toBe(0);
    expect(pyramid.picture(map, 64)[0]).toBe(200);
  });

  it("are cut out of halves where they are small", () => {
    expect([...halved(grey(4, 3, (x, y) => 10 * x + y)).data]).toEqual([6, 6, 6, 6, 26, 26, 26, 26].map((v, i) => (i % 4 === 3 ? 0 : v)));
    const fine = new PhotoPyramid(grey(1024, 1024, (x, y) => 255 * ((x + y) % 2)));
    const picture = fine.picture(squareMap(512, 512, 1000, 0.3, 128), 128);
    expect([Math.min(...picture), Math.max(...picture)]).toEqual([128, 128]);
  });
});
