/** The core beside Python's numbers, which `tests/web_page/test_core.py` writes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readFace } from "../src/core/change";
import { amounts, plan } from "../src/core/expression";
import { lightOf } from "../src/core/light";
import { computeMaps } from "../src/core/maps";
import { planDrawing, type Drawing } from "../src/core/mesh";
import { parseModel } from "../src/core/model";
import { LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS } from "../src/detector/face_look";
import { type Border, PhotoPyramid, squareMap } from "../src/detector/photo_pyramid";
import { finerLevels, smallestFace, windowLevels } from "../src/detector/windows";

interface Case {
  landmarks: number[];
  intensity: number;
  strength: number;
  openness: number;
  actions: number[];
  teeth: number;
  movement: number;
  opened: number;
  own: number;
  still: number;
  moved: number[];
  bare: number[];
  blur: number;
  white: number[];
  skin: number[];
  change: number[];
  bias: number[];
}

interface Cut {
  square: [x: number, y: number, side: number, angle: number, size: number];
  border: Border;
  toImage: number[];
  picture: number[];
}

interface Searched {
  size: { width: number; height: number };
  windows: number[][][];
}

const folder = process.env.PIXELFES_NUMBERS;

describe.skipIf(!folder)("beside Python", () => {
  const file = (name: string) => readFileSync(join(folder ?? "", name));
  const numbers = folder
    ? (JSON.parse(file("numbers.json").toString()) as { shape: number[]; cases: Case[]; cuts: Cut[]; searched: Searched[] })
    : { shape: [], cases: [], cuts: [], searched: [] };
  const model = folder ? parseModel(new Uint8Array(file("model.safetensors")).buffer) : null;
  const photo = folder
    ? { data: new Uint8ClampedArray(file("photo.rgba")), width: numbers.shape[1], height: numbers.shape[0], left: 0, top: 0 }
    : null;

  function farthest(got: ArrayLike<number>, expected: ArrayLike<number>): number {
    expect(got.length).toBe(expected.length);
    let most = 0;
    for (let i = 0; i < got.length; i++) most = Math.max(most, Math.abs(got[i] - expected[i]));
    return most;
  }

  it.each(numbers.cases.map((one, i) => [i, one] as const))("face %i moves, is lit and changes alike", (_, one) => {
    if (!model || !photo) throw new Error("no numbers");
    const landmarks = Float64Array.from(one.landmarks);
    const light = lightOf(photo, landmarks, model.points);
    expect(farthest(light.skin, one.skin)).toBeLessThan(1e-9);
    expect(farthest(light.white, one.white)).toBeLessThan(0.004); // of 1: an outline may hold a pixel more or less
    const reading = readFace(model, landmarks, photo, light);
    const { strength, openness, teeth, actions } = reading.state;
    expect(farthest([strength, openness, ...actions], [one.strength, one.openness, ...one.actions])).toBeLessThan(1e-4);
    expect(farthest([teeth, reading.blur], [one.teeth, one.blur])).toBeLessThan(0.02);
    const onFace = (share: ArrayLike<number>) => model.face.map((face, p) => face * share[p]);
    expect(farthest(onFace(reading.skin), onFace(one.bare))).toBeLessThan(0.05);
    const planned = plan(model, landmarks, reading.state, one.intensity);
    expect(farthest([planned.movement, planned.opened, planned.own], [one.movement, one.opened, one.own])).toBeLessThan(1e-3);
    expect(farthest([planned.still], [one.still])).toBeLessThan(1e-2);
    expect(farthest(planned.moved, one.moved)).toBeLessThan(0.02); // pixels
    const skin = Float32Array.from(one.bare);
    const maps = computeMaps(model, amounts(model, planned), { ...reading, skin }, planned.moved);
    const { size } = model;
    let most = 0;
    for (let p = 0; p < size * size; p++) {
      const at = 4 * ((size + 2) * (1 + Math.floor(p / size)) + 1 + (p % size));
      most = Math.max(most, Math.abs(maps.lit[at + 3] - one.change[p] * maps.seen[p]));
      for (let c = 0; c < 3; c++) most = Math.max(most, Math.abs(maps.lit[at + c] - one.bias[3 * p + c] * maps.seen[p]));
    }
    expect(most).toBeLessThan(0.006); // masks have 8 bits in the file
    const drawing = planDrawing(model, landmarks, planned.moved, maps.seen, photo);
    if (planned.movement > 0.1) expectWhole(drawing);
  });

  /** Every triangle has its corners in all three places, and mended ones come first. */
  function expectWhole(drawing: Drawing | null): void {
    if (!drawing || !model) throw new Error("nothing is drawn");
    const { here, there, grid, indices } = drawing;
    expect([there.length, grid.length]).toEqual([here.length, here.length]);
    expect(Math.max(...indices)).toBeLessThan(here.length / 2);
    const own = model.vertices.length / 2;
    const mended = (here.length / 2 - own) / 3;
    expect(indices.filter((index) => index >= own)).toEqual(indices.slice(0, 3 * mended));
    expect([...here, ...there, ...grid].every(Number.isFinite)).toBe(true);
  }

  it.each(numbers.cuts)("pictures are cut out alike", ({ square, border, toImage, picture }) => {
    if (!photo) throw new Error("no numbers");
    const map = squareMap(...square);
    expect(farthest(map, toImage)).toBeLessThan(1e-9);
    const cut = new PhotoPyramid(photo).picture(map, square[4], border);
    expect(farthest(cut, picture)).toBeLessThanOrEqual(1); // OpenCV 4 and 5 round differently
    expect(cut.filter((value, i) => value !== picture[i]).length).toBeLessThan(0.04 * cut.length);
  });

  it.each(numbers.searched)("windows are the same", ({ size, windows }) => {
    const smallest = smallestFace(size);
    const found = [...windowLevels(size, smallest), ...finerLevels(size, smallest)];
    expect(found.map((level) => level.length)).toEqual(windows.map((level) => level.length));
    const flat = found.flat().flatMap(({ x, y, side }) => [x, y, side]);
    expect(farthest(flat, windows.flat(2))).toBeLessThan(1e-6);
  });

  it("eyes are at the same points", () => {
    expect([RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS]).toEqual([model?.points.right_eye_corners, model?.points.left_eye_corners]);
  });
});
