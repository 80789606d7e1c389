import { describe, expect, test } from "vitest";
import type { ActionModel } from "../src/actions/model";
import type { Model } from "../src/core/model";
import { catalogueOf, learnedOnly } from "../src/session/catalogue";
import { choose, isStill, setIntensity, setSizes, toggleInMix, UNCHANGED, wishOf } from "../src/session/face_edit";
import { amend, begun, redone, step, undone } from "../src/session/history";
import { borderAt, borderFrom, largestZoom, moved, placeOf, WHOLE, wipedShare, zoomed } from "../src/session/view";

const model = { expression: "great joy" } as Model;
const names = ["browDown_L", "browDown_R", "eyeBlink_L", "eyeBlink_R", "eyeLookUp_L", "jawOpen", "noseSneer_L", "noseSneer_R"];
const actions = {
  names,
  index: new Map(names.map((name, k) => [name, k])),
  presets: {
    smile: { actions: {}, smile: 1, neutral: 0, experimental: false },
    angry: { actions: { browDown: 1.3, jawOpen: 0.2 }, smile: 0, neutral: 1, experimental: true },
    neutral: { actions: {}, smile: 0, neutral: 1, experimental: false },
  },
  mixing: { caps: names.map((name) => (name === "jawOpen" ? 0.45 : 1.5)), neutral_from: 0.6 },
} as unknown as ActionModel;
const catalogue = catalogueOf(model, actions);

describe("What can be asked for", () => {
  test("comes from the model files: the learned expression first, then presets, those on trial last", () => {
    expect(learnedOnly(model).expressions.map(({ name }) => name)).toEqual(["great joy"]);
    expect(catalogue.expressions.map(({ name }) => name)).toEqual(["great joy", "neutral", "angry"]);
  });

  test("has one slider for both sides of a movement, by region; eyes are turned together, not by sliders", () => {
    expect(catalogue.sliders.map(({ name, region, largest }) => [name, region, largest])).toEqual([
      ["browDown", "brows", 1.5],
      ["eyeBlink", "eyes", 1.5],
      ["jawOpen", "mouth", 0.45],
      ["noseSneer", "cheeks", 1.5],
    ]);
    expect(catalogue.sliders[0].actions).toEqual(["browDown_L", "browDown_R"]);
  });
});

describe("An edit", () => {
  test("draws nothing at first", () => {
    expect(wishOf(UNCHANGED, catalogue)).toEqual({ smile: 0, neutral: 0, actions: {}, gaze: [0, 0], only: false });
    expect(isStill(UNCHANGED, catalogue)).toBe(true);
    expect(isStill(choose(UNCHANGED, "great joy"), catalogue)).toBe(false);
    expect(isStill({ ...choose(UNCHANGED, "great joy"), wanted: false }, catalogue)).toBe(true);
  });

  test("sums the expressions that are mixed, sides written out, and takes neutral back wholly from 0.6 on", () => {
    const mixed = setIntensity(toggleInMix(choose(UNCHANGED, "great joy"), "angry"), "angry", 0.3);
    const { smile, neutral, actions: sizes } = wishOf(mixed, catalogue);
    expect([smile, neutral]).toEqual([1, 0.5]);
    expect(sizes.browDown_L).toBeCloseTo(0.39);
    expect(sizes.browDown_R).toBeCloseTo(0.39);
    expect(toggleInMix(mixed, "angry").mix).toEqual({ "great joy": 1 });
  });

  test("puts sizes that were set by hand in the place of the mix's", () => {
    const own = setSizes(choose(UNCHANGED, "angry"), ["browDown_L"], 0);
    const { actions: sizes } = wishOf(own, catalogue);
    expect([sizes.browDown_L, sizes.browDown_R]).toEqual([0, 1.3]);
    expect(wishOf({ ...own, neutral: 0 }, catalogue).neutral).toBe(0);
  });

  test("begins anew when another expression is chosen, and stays wanted or not", () => {
    const own = { ...setSizes(choose(UNCHANGED, "angry"), ["jawOpen"], 0.4), wanted: false, gaze: [5, 5] as const };
    expect(choose(own, "neutral")).toEqual({ ...UNCHANGED, wanted: false, mix: { neutral: 1 } });
  });
});

describe("History", () => {
  test("goes back and forth, and forgets what was undone when something new is done", () => {
    const three = step(step(begun(1), 2), 3);
    expect(undone(three).now).toBe(2);
    expect(undone(undone(undone(three))).now).toBe(1);
    expect(redone(undone(three)).now).toBe(3);
    expect(redone(three)).toBe(three);
    expect(redone(step(undone(three), 4)).now).toBe(4);
  });

  test("keeps the state before a drag as one step", () => {
    const dragged = amend(amend(step(begun(0), 1), 2), 3);
    expect([dragged.now, undone(dragged).now]).toEqual([3, 0]);
  });

  test("keeps two hundred steps", () => {
    let history = begun(0);
    for (let i = 1; i <= 300; i++) history = step(history, i);
    for (let i = 0; i < 300; i++) history = undone(history);
    expect(history.now).toBe(100);
  });
});

describe("The view", () => {
  const stage = { width: 800, height: 600 };
  const picture = { width: 2000, height: 1000 };

  test("fits the whole picture into the middle", () => {
    expect(placeOf(WHOLE, stage, picture)).toEqual({ left: 0, top: 100, width: 800, height: 400 });
  });

  test("keeps the point under the pointer while zooming", () => {
    const at = { x: 600, y: 350 };
    const shareOf = (view: typeof WHOLE) => {
      const place = placeOf(view, stage, picture);
      return [(at.x - place.left) / place.width, (at.y - place.top) / place.height];
    };
    const near = zoomed(WHOLE, 3, at, stage, picture);
    const [x, y] = shareOf(WHOLE);
    expect(shareOf(near)[0]).toBeCloseTo(x);
    expect(shareOf(near)[1]).toBeCloseTo(y);
    expect(zoomed(near, 1e-3, at, stage, picture)).toEqual(WHOLE);
    expect(zoomed(near, 1e9, at, stage, picture).zoom).toBe(largestZoom(stage, picture));
  });

  test("never lets the picture leave the stage", () => {
    const view = moved({ zoom: 2, x: 0, y: 0 }, { x: 1e6, y: -1e6 }, stage, picture);
    expect(placeOf(view, stage, picture)).toMatchObject({ left: 0, top: -200 });
    expect(moved(WHOLE, { x: 50, y: 50 }, stage, picture)).toEqual(WHOLE);
  });

  test("has the border at a share of what is seen, in the picture and on the stage alike", () => {
    const place = placeOf({ zoom: 2, x: 100, y: 0 }, stage, picture);
    expect(borderFrom(borderAt(0.3, place, stage), place, stage)).toBeCloseTo(0.3);
    expect(borderAt(0.5, place, stage)).toBe(400);
    expect(wipedShare(0.5, place, stage)).toBeCloseTo((400 - place.left) / place.width);
    expect([wipedShare(0, placeOf(WHOLE, stage, picture), stage), wipedShare(1, placeOf(WHOLE, stage, picture), stage)]).toEqual([0, 1]);
  });
});
