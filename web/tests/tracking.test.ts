/** Following faces by itself, and beside Python's numbers, which `tests/web_page/tracking_numbers.py` writes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lookOf } from "../src/actions/look";
import { parseActions, type ActionModel } from "../src/actions/model";
import { planNeutral, restingShare } from "../src/actions/neutral";
import { faceState, plan, type Plan } from "../src/core/expression";
import { finish } from "../src/core/work";
import { median } from "../src/core/numbers";
import { parseModel, type Model } from "../src/core/model";
import type { Points } from "../src/core/pose";
import { eyeDistance } from "../src/detector/face_look";
import { PhotoPyramid } from "../src/detector/photo_pyramid";
import { appearanceOf, blended, distance } from "../src/tracking/appearance";
import { CutFinder } from "../src/tracking/cuts";
import { gain, OneEuro } from "../src/tracking/one_euro";
import { AS_READ, SteadyReadouts, type Readouts } from "../src/tracking/readouts";
import { ReadoutsOfFaces } from "../src/tracking/readouts_of_faces";
import { sampleOf } from "../src/tracking/sample";
import { shrunk } from "../src/tracking/small_picture";
import { SteadyLandmarks } from "../src/tracking/steady_landmarks";

interface Planned {
  /** Movement, opened, own teeth. */
  numbers: number[];
  still: number;
  moved: number[];
}

interface FrameCase {
  time: number;
  raw: number[];
  teeth: number;
  landmarks: number[];
  readouts: { levels: number[]; steady: Record<string, number[]>; switch: number; restless: number };
  planned: Planned;
  speaking: number;
}

interface Scenes {
  side: number;
  cuts: boolean[];
  landmarks: number[][];
  distances: number[];
  blended: number;
}

const folder = process.env.PIXELFES_NUMBERS;
const file = (name: string) => readFileSync(join(folder ?? "", name));

function farthest(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(got.length).toBe(expected.length);
  let most = 0;
  for (let i = 0; i < got.length; i++) most = Math.max(most, Math.abs(got[i] - expected[i]));
  return most;
}

describe("a one-euro filter", () => {
  const settings = { cutoff: 1, slope: 0, speed_cutoff: 3 };
  const magnitude = (derivative: Float64Array) => (i: number) => Math.abs(derivative[i]);

  it("takes half of a new value after a step of 1 / (2 pi cutoff)", () => {
    expect([gain(1, 0), gain(1, 1 / (2 * Math.PI))]).toEqual([0, 0.5]);
    const filter = new OneEuro(settings, magnitude);
    expect([...filter.filtered(Float64Array.of(4, 0), 1)]).toEqual([4, 0]);
    const [still, half] = filter.filtered(Float64Array.of(4, 1), 1 + 1 / (2 * Math.PI));
    expect(still).toBe(4);
    expect(half).toBeCloseTo(0.5, 12);
  });

  it("follows what is fast more closely, and begins again where time does not go on", () => {
    const after = (slope: number) => {
      const filter = new OneEuro({ ...settings, slope }, magnitude);
      filter.filtered(Float64Array.of(0), 0);
      return filter.filtered(Float64Array.of(1), 0.04)[0];
    };
    expect(after(20)).toBeGreaterThan(2 * after(0));
    const filter = new OneEuro(settings, magnitude);
    filter.filtered(Float64Array.of(0), 5);
    expect(filter.filtered(Float64Array.of(7), 2)[0]).toBe(7);
  });
});

describe("a small copy of a picture", () => {
  it("has the means of the areas that its pixels cover", () => {
    const data = Uint8Array.from([10, 20, 30, 40, 50, 60].flatMap((level) => [level, 0, 100, 255]));
    expect([...shrunk({ data, width: 3, height: 2 }, [1, 1])]).toEqual([35, 0, 100]);
    const [left, , , right] = shrunk({ data, width: 3, height: 2 }, [2, 1]);
    expect([left, right]).toEqual([Math.round((10 + 40 + (20 + 50) / 2) / 3), Math.round((30 + 60 + (20 + 50) / 2) / 3)]);
  });
});

describe("a sample of a face", () => {
  const [width, height] = [600, 400];
  const data = Uint8ClampedArray.from(
    { length: 4 * width * height },
    (_, i) => [((i >> 2) % width) >> 2, Math.floor((i >> 2) / width) >> 1, 0, 255][i % 4],
  );
  const frame = new PhotoPyramid({ data, width, height });
  const between = (left: number, right: number) => Float64Array.of(left, 50, 3, right, 50, 3, (left + right) / 2, 150, 3);

  it.each([
    [100, 200],
    [100, 420],
    [-40, 130],
  ])("shows what the frame shows at its points (from column %d to %d)", (left, right) => {
    const given = between(left, right);
    const sample = sampleOf(frame, given);
    if (!sample) throw new Error("no sample");
    const { part, landmarks } = sample;
    expect(Math.max(part.width, part.height)).toBeLessThan(170);
    const [x, y] = [6, 7].map((i) => Math.round(landmarks[i]));
    const [red, green] = part.data.subarray(4 * (y * part.width + x));
    expect([Math.abs(red - given[6] / 4) < 1.1, Math.abs(green - given[7] / 2) < 1.1]).toEqual([true, true]);
  });

  it("is none where the face lies outside the frame", () => {
    expect(sampleOf(frame, between(700, 800))).toBeNull();
  });
});

describe("read-outs of faces", () => {
  const numbers = { paces: {}, usual_pace: { interval: 0, constant: 0.4 }, band: 0.2, fade: 0.15 };
  const others = { drift: 0.5, calming: 1, rousing: 0.25, speaking: [0.05, 0.15] as [number, number] };
  const face = (identity: number, since = 0) => ({ identity, since, landmarks: new Float64Array(0), share: 1 });
  const read = (all: ReadoutsOfFaces, one: ReturnType<typeof face>, value: number) =>
    all.of(one).steady("state", () => Float64Array.of(value))[0];

  it("are one face's own, and begin again when it has been away", () => {
    const all = new ReadoutsOfFaces({ ...numbers, ...others });
    all.begin([face(1), face(2)], 0);
    expect([read(all, face(1), 0), read(all, face(2), 8)]).toEqual([0, 8]);
    all.begin([face(2), face(1)], 0.04);
    expect(read(all, face(1), 1)).toBeCloseTo(1 - Math.exp(-0.1), 12);
    expect(read(all, face(2), 8)).toBe(8);
    all.begin([face(1, 0.08)], 0.08);
    expect(read(all, face(1, 0.08), 5)).toBe(5);
    expect(() => all.of(face(2))).toThrow();
  });
});

describe.skipIf(!folder)("beside Python", () => {
  const { films, scenes } = folder
    ? (JSON.parse(file("tracking.json").toString()) as { films: Record<string, { cases: FrameCase[] }>; scenes: Scenes })
    : { films: {}, scenes: { side: 0, cuts: [], landmarks: [], distances: [], blended: 0 } };
  const model = folder ? parseModel(new Uint8Array(file("model.safetensors")).buffer) : (null as unknown as Model);
  const actions = folder ? parseActions(new Uint8Array(file("actions.safetensors")).buffer, model) : (null as unknown as ActionModel);
  const names = folder ? Object.keys(films) : ["no film"];

  it.each(names)("landmarks of a film (%s) are the same", (name) => {
    const steady = new SteadyLandmarks(model.tracking);
    for (const { raw, time, landmarks } of films[name].cases) {
      expect(farthest(steady.filtered(Float64Array.from(raw), time), landmarks)).toBeLessThan(1e-6); // pixels
    }
  });

  it.each(names)("read-outs of a film (%s) are the same", (name) => {
    const readouts = new SteadyReadouts(model.tracking.readouts);
    for (const { time, teeth, readouts: expected } of films[name].cases) {
      readouts.begin(time);
      for (const [kind, values] of Object.entries(expected.steady)) {
        const levels = kind === "bare skin" ? Float32Array.from(expected.levels) : Float64Array.from(expected.levels);
        expect(
          farthest(
            readouts.steady(kind, () => levels),
            values,
          ),
        ).toBeLessThan(1e-6);
      }
      const [level] = expected.levels;
      const found = [readouts.switch("test", teeth, 0.12), readouts.restless("test", level)];
      expect(farthest(found, [expected.switch, expected.restless])).toBeLessThan(1e-6);
    }
  });

  it.each(names)("a smile is planned alike in every frame of a film (%s)", (name) => {
    const readouts = new SteadyReadouts(model.tracking.readouts);
    for (const one of films[name].cases) {
      readouts.begin(one.time);
      const points = Float64Array.from(one.landmarks);
      const planned = plan(model, points, faceState(model, points, one.teeth), 1, readouts);
      expectAlike(planned, one.planned);
    }
  });

  it.each(names)("a mouth that speaks in a film (%s) is known alike, and left open where the rest is taken back", (name) => {
    const readouts = new SteadyReadouts(model.tracking.readouts);
    const found = films[name].cases.map(({ time, landmarks }) => {
      readouts.begin(time);
      return 1 - restingShare(model, Float64Array.from(landmarks), readouts);
    });
    const expected = films[name].cases.map(({ speaking }) => speaking);
    expect(farthest(found, expected)).toBeLessThan(1e-4); // the file has single precision
    expect(Math.max(...found) > 0.5).toBe(name === "acting");
  });

  it("lips of an open mouth meet where it rests, and stay open where it speaks", () => {
    const [upper, lower] = model.points.inner_lips;
    const gap = (points: Points) => points[3 * lower + 1] - points[3 * upper + 1];
    const open = films.acting.cases.map(({ landmarks }) => Float64Array.from(landmarks)).sort((p, q) => gap(q) - gap(p))[0];
    const [rests, speaks] = [1, 0].map((resting) => planNeutral(model, actions, open, 1, resting)?.moved ?? open);
    expect(gap(rests)).toBeLessThan(0.5 * gap(open));
    expect(gap(speaks)).toBeGreaterThan(0.8 * gap(open));
  });

  it("the look of a face follows slowly where its light jumps", () => {
    const [dark, bright] = [1, 1.4].map((gain) => {
      const { data, width, height } = photos()[0].level(0);
      return { data: data.map((level) => gain * level), width, height, left: 0, top: 0 };
    });
    const points = Float64Array.from(scenes.landmarks[0]).subarray(0, 3 * 468);
    const readouts = new SteadyReadouts(model.tracking.readouts);
    const green = (part: typeof dark, time: number, use: Readouts) => {
      readouts.begin(time);
      const { light, lips } = finish(lookOf(model, points, part, use));
      return [light.skin[1], lips[1]];
    };
    const [before, after] = [dark, bright].map((part) => green(part, 0, AS_READ));
    expect(green(dark, 0, readouts)).toEqual(before);
    for (const [k, value] of green(bright, 0.12, readouts).entries()) {
      expect((value - before[k]) / (after[k] - before[k])).toBeCloseTo(1 - Math.exp(-0.12 / 0.4), 6);
    }
  });

  function expectAlike(planned: Plan, expected: Planned): void {
    const [movement, opened, own] = expected.numbers;
    expect(farthest([planned.movement, planned.opened, planned.own], [movement, opened, own])).toBeLessThan(1e-3); // the file has half precision
    expect(farthest([planned.still], [expected.still])).toBeLessThan(1e-2);
    expect(farthest(planned.moved, expected.moved)).toBeLessThan(0.02); // pixels
  }

  const photos = () =>
    scenes.cuts.map((_, i) => {
      return new PhotoPyramid({ data: new Uint8ClampedArray(file(`scene-${i}.rgba`)), width: scenes.side, height: scenes.side });
    });

  it("scenes are cut at the same frames", () => {
    const cuts = new CutFinder(model.tracking.cuts);
    expect(photos().map((photo) => cuts.isCut(photo.smallest))).toEqual(scenes.cuts);
    expect(scenes.cuts).toEqual([false, false, true, false, false]);
  });

  it("people look as different", () => {
    const looks = photos().map((photo, i) => {
      return appearanceOf(model.tracking, photo, Float64Array.from(scenes.landmarks[i]).subarray(0, 3 * 468));
    });
    const found = looks.map((look) => distance(model.tracking, looks[0], look));
    expect(farthest(found, scenes.distances)).toBeLessThan(0.02);
    expect([found[1] < 0.1, found[2] > 1]).toEqual([true, true]);
    expect(distance(model.tracking, looks[0], blended(looks[0], looks[2], 0.1))).toBeCloseTo(scenes.blended, 2);
  });

  it("a still face trembles a third as much, and a smile within 0.2 s lags by less than a frame and a half", () => {
    const still = films.still.cases;
    const steady = filtered(still);
    expect(jitter(steady.slice(10))).toBeLessThan(0.35 * jitter(still.slice(10).map(({ raw }) => Float64Array.from(raw))));
    const step = stepOf(still);
    expect(lagOf(filtered(step), step)).toBeLessThan(0.06);
  });

  function filtered(cases: readonly Pick<FrameCase, "raw" | "time">[]): Points[] {
    const steady = new SteadyLandmarks(model.tracking);
    return cases.map(({ raw, time }) => steady.filtered(Float64Array.from(raw), time));
  }

  /** The still face, whose mouth becomes wider by a fifth of the distance between its eyes, from 0.6 to 0.8 s. */
  function stepOf(cases: readonly FrameCase[]): { raw: number[]; time: number }[] {
    const [right, left] = model.points.mouth_corners;
    const lips = new Set(model.points.outer_mouth.concat(right, left));
    return cases.map(({ raw, time }) => {
      const unit = eyeDistance(Float64Array.from(raw)) * 0.1 * Math.min(1, Math.max(0, (time - 0.6) / 0.2));
      const middle = (raw[3 * right] + raw[3 * left]) / 2;
      const width = raw[3 * left] - middle;
      const moved = raw.map((x, i) => (i % 3 || !lips.has(i / 3) ? x : x + (unit * (x - middle)) / width));
      return { time, raw: moved };
    });
  }

  /** How much later than the given mouth the filtered one is half as wide again, s. */
  function lagOf(found: readonly Points[], given: readonly { raw: number[]; time: number }[]): number {
    const [right, left] = model.points.mouth_corners;
    const width = (points: ArrayLike<number>) => points[3 * left] - points[3 * right];
    const middle = (widths: number[]) => {
      const [low, high] = [median(widths.slice(0, 12)), median(widths.slice(-12))];
      const after = widths.findIndex((value) => value > (low + high) / 2);
      const share = ((low + high) / 2 - widths[after - 1]) / (widths[after] - widths[after - 1]);
      return given[after - 1].time + share * (given[after].time - given[after - 1].time);
    };
    return middle(found.map(width)) - middle(given.map(({ raw }) => width(raw)));
  }

  /** The second difference over time of the landmarks, root mean square, distances between the eyes. */
  function jitter(points: readonly Points[]): number {
    let sum = 0;
    for (let t = 1; t + 1 < points.length; t++) {
      points[t].forEach((value, i) => (sum += i % 3 === 2 ? 0 : (points[t + 1][i] - 2 * value + points[t - 1][i]) ** 2));
    }
    return Math.sqrt(sum / ((points.length - 2) * 468)) / eyeDistance(points[0]);
  }
});
