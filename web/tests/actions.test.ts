/** Facial actions beside Python's numbers, which `tests/web_page/test_core.py` writes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lookOf } from "../src/actions/look";
import { presetWish, sizesOf, type Wish } from "../src/actions/mixing";
import { parseActions } from "../src/actions/model";
import { Edges, type Place } from "../src/actions/opening";
import { planNeutral } from "../src/actions/neutral";
import { planActions } from "../src/actions/planning";
import { meantActions, missingSizes, readActions, type Shown } from "../src/actions/reading";
import { shadingMaps } from "../src/actions/shading";
import { ModelFileError, parseModel } from "../src/core/model";
import { finish } from "../src/core/work";

interface Case {
  landmarks: number[];
  wish: Wish;
  sizes: number[];
  moved: number[];
  ringReach: number;
  lips: number[];
  upperLip: { line: Place[]; u: number[]; v: number[] };
  weight: number[];
}

interface NeutralCase {
  landmarks: number[];
  amount: number;
  moved: number[];
  shown: Shown;
  unseen: Shown;
  meant: Shown;
  wanted: number[];
  missing: number[];
}

const folder = process.env.PIXELFES_NUMBERS;

describe("the edges of an opening", () => {
  const line = (bend: number): Place[] => Array.from({ length: 9 }, (_, i) => [i / 8, bend * (i / 8) * (1 - i / 8)]);

  it("go through a smooth line and keep their corners", () => {
    const edges = new Edges(line(-0.4), line(0.2));
    for (const u of [0, 0.3, 0.5, 0.9, 1]) {
      expect(edges.top(u)).toBeCloseTo(-0.4 * u * (1 - u), 3);
      expect(edges.bottom(u)).toBeCloseTo(0.2 * u * (1 - u), 3);
    }
    expect(edges.height).toBeCloseTo(0.15, 3);
    expect([edges.inside(0.5, 0, 0.01), edges.inside(0.5, -0.2, 0.01)]).toEqual([1, 0]);
    expect(edges.inside(0.5, 0.05, 0.01)).toBeCloseTo(0.5, 2);
  });

  it("never cross", () => {
    const edges = new Edges(line(0.4), line(0.2));
    expect(edges.bottom(0.5)).toBe(edges.top(0.5));
  });
});

describe.skipIf(!folder)("facial actions beside Python", () => {
  const file = (name: string) => readFileSync(join(folder ?? "", name));
  const tensors = (name: string) => new Uint8Array(file(name)).buffer;
  const numbers = folder
    ? (JSON.parse(file("actions.json").toString()) as {
        presets: string[];
        cases: Record<string, Case>;
        neutral: Record<string, NeutralCase>;
      })
    : { presets: [], cases: {}, neutral: {} };
  const model = folder ? parseModel(tensors("model.safetensors")) : null;
  const actions = model && parseActions(tensors("actions.safetensors"), model);
  const { shape } = folder ? (JSON.parse(file("numbers.json").toString()) as { shape: number[] }) : { shape: [] };
  const photo = { data: new Uint8ClampedArray(folder ? file("photo.rgba") : []), width: shape[1], height: shape[0], left: 0, top: 0 };

  function farthest(got: ArrayLike<number>, expected: ArrayLike<number>): number {
    expect(got.length).toBe(expected.length);
    let most = 0;
    for (let i = 0; i < got.length; i++) most = Math.max(most, Math.abs(got[i] - expected[i]));
    return most;
  }

  it.each(Object.entries(numbers.cases))("%s: a face moves and is shaded alike", (_, one) => {
    if (!model || !actions) throw new Error("no numbers");
    const landmarks = Float64Array.from(one.landmarks);
    const sizes = sizesOf(actions, one.wish);
    expect(farthest(sizes, one.sizes)).toBeLessThan(1e-12);
    const plan = planActions(model, actions, landmarks, sizes);
    expect(farthest(plan.moved, one.moved)).toBeLessThan(1e-6); // pixels
    expect(plan.ringReach).toBeCloseTo(one.ringReach, 9);
    const look = finish(lookOf(model, landmarks, photo));
    expect(farthest(look.lips, one.lips)).toBeLessThan(1e-9);
    const { line, u, v } = one.upperLip;
    const edges = new Edges(line, line);
    expect(
      farthest(
        u.map((at) => edges.top(at)),
        v,
      ),
    ).toBeLessThan(1e-9);
    const { lit } = shadingMaps(model, actions, plan, look, photo);
    const side = actions.grid.size + 2;
    const weight = one.weight.map((_, p) => lit[4 * (side * (1 + Math.floor(p / (side - 2))) + 1 + (p % (side - 2))) + 3]);
    expect(farthest(weight, one.weight)).toBeLessThan(1e-4);
  });

  it.each(Object.entries(numbers.neutral))("%s: what a face shows is read and taken back alike", (_, one) => {
    if (!model || !actions) throw new Error("no numbers");
    const landmarks = Float64Array.from(one.landmarks);
    const moved = planNeutral(model, actions, landmarks, one.amount)?.moved ?? landmarks;
    expect(farthest(moved, one.moved)).toBeLessThan(0.03); // pixels
    expect(farthestOf(readActions(model, actions, landmarks), one.unseen)).toBeLessThan(0.001);
    const shown = readActions(model, actions, landmarks, photo);
    expect(farthestOf(shown, one.shown)).toBeLessThan(0.005);
    expect(farthestOf(meantActions(actions, one.shown), one.meant)).toBeLessThan(1e-9);
    const missing = missingSizes(actions, Float64Array.from(one.wanted), one.shown, one.amount);
    expect(farthest(missing, one.missing)).toBeLessThan(1e-9);
  });

  function farthestOf(got: Shown, expected: Shown): number {
    expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
    return Math.max(0, ...Object.entries(got).map(([name, size]) => Math.abs(size - expected[name])));
  }

  it("have the presets of Python, at every intensity", () => {
    if (!actions) throw new Error("no numbers");
    expect(Object.keys(actions.presets).sort()).toEqual(numbers.presets);
    expect(presetWish(actions, "smile", 0.5)).toEqual({ smile: 0.5, actions: {}, neutral: 0 });
    expect(presetWish(actions, "blink", 0.5)).toEqual({ smile: 0, actions: { eyeBlink_L: 0.5, eyeBlink_R: 0.5 }, neutral: 0 });
    expect([0.3, 0.6, 1].map((size) => presetWish(actions, "sad", size).neutral)).toEqual([0.5, 1, 1]);
    expect(() => presetWish(actions, "bored")).toThrow(RangeError);
  });

  it("mean both sides without a side, and refuse what cannot be drawn", () => {
    if (!actions) throw new Error("no numbers");
    const both = sizesOf(actions, { actions: { browDown: 0.4 } });
    expect(both).toEqual(sizesOf(actions, { actions: { browDown_L: 0.4, browDown_R: 0.4 } }));
    const wrong: Wish[] = [{ actions: { browUp: 1 } }, { actions: { jawOpen: NaN } }, { actions: { jawOpen: 11 } }, { gaze: [50, 0] }];
    for (const wish of wrong) {
      expect(() => sizesOf(actions, wish)).toThrow(RangeError);
    }
    expect(sizesOf(actions, {}).every((size) => size === 0)).toBe(true);
  });

  it("come from a file that is theirs", () => {
    if (!model) throw new Error("no numbers");
    expect(() => parseActions(tensors("model.safetensors"), model)).toThrow(ModelFileError);
  });
});
