/** Faces are told apart and followed, whatever finds them, on pictures that `tests/web_page/tracking_numbers.py` writes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parseModel, type Model } from "../src/core/model";
import type { Points } from "../src/core/pose";
import { boxOf, eyeDistance, middleOf } from "../src/detector/face_look";
import { isKnown } from "../src/detector/boxes";
import { PhotoPyramid } from "../src/detector/photo_pyramid";
import { FaceTracker, type FaceFinder } from "../src/tracking/face_tracker";
import type { TrackedFace } from "../src/tracking/track";

const folder = process.env.PIXELFES_NUMBERS;
const file = (name: string) => readFileSync(join(folder ?? "", name));
const STEP = 0.04;

const shifted = (points: Points, x: number): Points => points.map((value, i) => (i % 3 ? value : value + x));

/** Finds the faces that it is told of, near where they were. */
class Told implements FaceFinder {
  faces: Points[] = [];
  score = 0.9;

  lookFrom = (_: PhotoPyramid, points: Points) => {
    const away = (face: Points) => Math.abs(middleOf(face).x - middleOf(points).x);
    const [nearest] = this.faces.filter((face) => away(face) < eyeDistance(face)).sort((a, b) => away(a) - away(b));
    return Promise.resolve({ points: nearest ?? points, presence: nearest ? 1 : 0 });
  };

  faceScore = () => Promise.resolve(this.score);

  findNewFaces: FaceFinder["findNewFaces"] = (_, known) => {
    const found = this.faces.map((points) => ({ points, box: boxOf(points, 0.9) }));
    return Promise.resolve(found.filter(({ box }) => !isKnown(box, known)));
  };
}

describe.skipIf(!folder)("a tracker of faces", () => {
  const model = folder ? parseModel(new Uint8Array(file("model.safetensors")).buffer) : (null as unknown as Model);
  const { side, landmarks } = folder
    ? (JSON.parse(file("tracking.json").toString()) as { scenes: { side: number; landmarks: number[][] } }).scenes
    : { side: 0, landmarks: [] };
  const pixels = (number: number) => new Uint8ClampedArray(file(`scene-${number}.rgba`));
  const photo = (data: Uint8ClampedArray) => new PhotoPyramid({ data, width: side, height: side });
  const [here, elsewhere] = [0, 2].map((number) => (folder ? photo(pixels(number)) : (null as unknown as PhotoPyramid)));
  const [one, other] = [0, 2].map((number) => Float64Array.from(landmarks[number] ?? []));
  let finder: Told;
  let tracker: FaceTracker;
  let time: number;

  beforeEach(() => {
    [finder, time] = [new Told(), 0];
    tracker = new FaceTracker(model.tracking, finder);
  });

  /** The faces after some frames. */
  async function after(seconds: number, picture = here): Promise<TrackedFace[]> {
    let faces: TrackedFace[] = [];
    for (let frame = 0; frame < Math.round(seconds / STEP); frame++) faces = await tracker.update(picture, (time += STEP));
    return faces;
  }

  const shares = (faces: TrackedFace[]) => faces.map(({ share }) => Math.round(100 * share) / 100);

  it("draws a lost face for 0.3 s, fades it out in 0.2 s, and knows it again for two seconds", async () => {
    finder.faces = [one];
    const [first] = await after(1);
    finder.faces = [];
    expect(shares(await after(0.32))).toEqual([1]);
    expect(shares(await after(0.12))).toEqual([0.4]);
    expect(shares(await after(0.12))).toEqual([0]);
    finder.faces = [one];
    const [back] = await after(0.4);
    expect([back.identity, back.share, back.since > first.since]).toEqual([first.identity, 1, true]);
    finder.faces = [];
    expect(await after(2.2)).toEqual([]);
    finder.faces = [one];
    expect((await after(0.4))[0].identity).toBe(first.identity + 1);
  });

  it("shows the faces of the first frame and after a cut at once, and lets those that come later fade in", async () => {
    finder.faces = [one];
    const [first] = await after(STEP);
    expect([first.identity, first.share]).toEqual([0, 1]);
    finder.faces = [other];
    const [next] = await after(STEP, elsewhere);
    expect([next.identity, next.share]).toEqual([1, 1]);
    finder.faces = [other, shifted(one, -120)];
    let late: TrackedFace[] = [];
    while (late.length < 2) late = await after(STEP, elsewhere); // until the detector looks again
    const shareOf = (faces: TrackedFace[]) => faces.find(({ identity }) => identity === 2)?.share;
    expect(shareOf(late)).toBe(0);
    expect(shareOf(await after(STEP, elsewhere))).toBeCloseTo(0.2, 9);
    expect(shares(await after(0.2, elsewhere))).toEqual([1, 1]);
  });

  it("begins again where time goes back, as with another camera", async () => {
    finder.faces = [one];
    await after(1);
    time = 0;
    const [face] = await after(STEP);
    expect([face.identity, face.share]).toEqual([1, 1]);
  });

  it("hides a face at once if something else is where it should be", async () => {
    finder.faces = [one];
    await after(0.4);
    finder.faces = [];
    const { x, y, side: wide } = boxOf(one, 1);
    const covered = pixels(0).map((level, i) => {
      const [column, row] = [(i >> 2) % side, Math.floor((i >> 2) / side)];
      const isOver = Math.abs(column - x) < 0.6 * wide && Math.abs(row - y) < 0.6 * wide;
      return isOver && i % 4 < 3 ? 255 - level : level;
    });
    expect(shares(await after(STEP, photo(covered)))).toEqual([0]);
  });

  it("leaves a face on which two tracks meet to the one that looks like it", async () => {
    const step = 0.9 * eyeDistance(one);
    finder.faces = [one, shifted(one, step)];
    finder.findNewFaces = () => Promise.resolve(time > STEP ? [] : finder.faces.map((points) => ({ points, box: boxOf(points, 0.9) })));
    await after(STEP);
    finder.faces = [shifted(one, 0.3 * step)];
    finder.lookFrom = () => Promise.resolve({ points: one, presence: 1 });
    model.tracking.tracker.largest_step = 1;
    const faces = await after(STEP);
    expect(faces.filter(({ share }) => share > 0).map(({ identity }) => identity)).toEqual([0]);
  });

  it("carries a face that is lost on by its last movement, which comes to rest", async () => {
    for (let frame = 0; frame < 10; frame++) {
      finder.faces = [shifted(one, 2 * frame)];
      await after(STEP);
    }
    const last = middleOf(finder.faces[0]).x;
    finder.faces = [];
    const [next] = await after(0.2);
    const carried = middleOf(next.landmarks).x - last;
    expect(carried).toBeGreaterThan(2);
    expect(carried).toBeLessThan((0.1 * 2) / STEP);
  });

  it("loses a face that the detector does not see any more", async () => {
    finder.faces = [one];
    await after(1);
    finder.findNewFaces = () => Promise.resolve([]);
    finder.score = 0.1;
    expect(shares(await after(1))).toEqual([0]);
  });
});
