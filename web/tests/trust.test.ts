/** What holds of verdicts by themselves, and beside Python's numbers, which `tests/web_page/trust_numbers.py` writes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ModelFileError } from "../src/core/model";
import { eyeDistance } from "../src/detector/face_look";
import { PhotoPyramid } from "../src/detector/photo_pyramid";
import { cornerOutside, type Evidence, verdictOf } from "../src/trust/judging";
import { mouthTexture } from "../src/trust/mouth_texture";
import { distanceOutside } from "../src/trust/outline";
import { likenessAndCover, textureFeatures } from "../src/trust/texture_model";
import { parseTrust, type TrustModel } from "../src/trust/trust_file";
import english from "../src/messages/en";
import type { Verdict } from "../src/trust/verdicts";

describe("words", () => {
  it("say of every refused face that it is left alone, and why", () => {
    expect(english.leftAlone("covered mouth")).toBe("Left this face alone: covered mouth.");
    for (const [verdict, { reason, explanation }] of Object.entries(english.verdicts)) {
      expect(reason).toBe(verdict); // Python's words
      expect(explanation).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe("an outline", () => {
  const square = [
    [0, 0],
    [10, 0],
    [10, 10],
    [0, 10],
  ] as const;

  it.each([
    [[5, 5], -5],
    [[9, 5], -1],
    [[12, 5], 2],
    [[13, 14], 5],
    [[0, 5], 0],
  ] as const)("has %j outside by %d", (place, distance) => {
    expect(distanceOutside(place, square)).toBeCloseTo(distance, 12);
  });
});

interface Case {
  name: string;
  shape: [height: number, width: number];
  landmarks: number[];
  verdict: Verdict;
  features: number[];
  evidence: Evidence;
}

const folder = process.env.PIXELFES_NUMBERS;

describe.skipIf(!folder)("beside Python", () => {
  const file = (name: string) => readFileSync(join(folder ?? "", name));
  const cases = folder ? (JSON.parse(file("trust.json").toString()) as Case[]) : [];
  const model = folder ? parseTrust(new Uint8Array(file("trust.safetensors")).buffer) : ({} as TrustModel);

  /** Whether the page reads a face off a smaller level of the photo, where Python blurs the photo itself. */
  const isReduced = (photo: PhotoPyramid, distance: number) => photo.levelFor(distance / model.facts.eye_distance) > 0;

  it.each(cases.map((one, i) => [one.name, i, one] as const))("a face is judged alike: %s", (_, i, { shape, ...one }) => {
    const photo = new PhotoPyramid({ data: new Uint8ClampedArray(file(`judged-${i}.rgba`)), width: shape[1], height: shape[0] });
    const landmarks = Float64Array.from(one.landmarks);
    const texture = mouthTexture(model, photo, landmarks);
    const found = { distance: eyeDistance(landmarks), outside: cornerOutside(model, landmarks), ...likenessAndCover(model, texture) };
    expect(Math.abs(found.distance - one.evidence.distance)).toBeLessThan(1e-9);
    expect(Math.abs(found.outside - one.evidence.outside)).toBeLessThan(1e-6);
    const [feature, likeness, cover] = isReduced(photo, found.distance) ? [0.006, 5e-4, 0.02] : [2e-5, 2e-6, 5e-5];
    const features = textureFeatures(model, texture);
    expect(features.length).toBe(one.features.length);
    features.forEach((value, i) => expect(Math.abs(value - one.features[i])).toBeLessThan(feature));
    expect(Math.abs(found.likeness - one.evidence.likeness)).toBeLessThan(likeness);
    expect(Math.abs(found.cover - one.evidence.cover)).toBeLessThan(cover);
    expect(verdictOf(model, { ...one.evidence, ...found })).toBe(one.verdict);
  });

  it("every reason is given by the evidence for it", () => {
    const clear = { distance: 100, outside: -0.5, likeness: 0.9, cover: -4, movement: 0.5, score: 0.92 };
    const strange = { ...clear, likeness: 0.6, score: 0.6, movement: 2 };
    const limit = model.facts.judging;
    const given: [Evidence, Verdict][] = [
      [clear, "ok"],
      [{ ...clear, distance: limit.smallest_eye_distance - 0.01 }, "too small"],
      [{ ...clear, outside: limit.farthest_corner + 0.01 }, "turned too far"],
      [{ ...clear, cover: limit.largest_cover + 0.01 }, "covered mouth"],
      [{ ...strange, likeness: limit.covered_likeness - 0.01 }, "covered mouth"],
      [{ ...strange, movement: limit.unsteady + 0.01 }, "unsure where the face is"],
      [strange, "not a human face"],
    ];
    for (const [evidence, verdict] of given) expect(verdictOf(model, evidence)).toBe(verdict);
  });

  it("a damaged file is refused", () => {
    const bytes = new Uint8Array(file("trust.safetensors"));
    const changed = new TextDecoder("latin1").decode(bytes).replace('version\\": 1', 'version\\": 7');
    const parse = (text: string) => parseTrust(Uint8Array.from(text, (c) => c.charCodeAt(0)).buffer);
    expect(() => parse(changed)).toThrow(/version 7; this page reads 1/);
    expect(() => parseTrust(bytes.buffer.slice(0, 20_000))).toThrow(ModelFileError);
  });
});
