/** What a camera's frame shows of a face, steady from frame to frame, as `pixelfes.tracking.face_readouts` has it. */
import type { Reading } from "../core/change";
import { faceState } from "../core/expression";
import { lightOf, type Colour, type Light, type Part } from "../core/light";
import type { Model } from "../core/model";
import { teethShare } from "../core/mouth";
import type { Points } from "../core/pose";
import { skinShare } from "../core/skin";
import { steadyNumber, type Readouts } from "./readouts";
import type { Sample } from "./sample";

/** Read a face off a small copy of it, which is too small to tell how sharp the frame is. */
export function steadyReading(model: Model, landmarks: Points, { part, landmarks: small }: Sample, readouts: Readouts): Reading {
  const light = steadyLight(model, small, part, readouts);
  const teeth = steadyNumber(readouts, "teeth", () => teethShare(part, small, model.points, light.white));
  const skin = readouts.steady("bare skin", () => skinShare(model, small, part, light.skin));
  return { light, skin, blur: 0, state: faceState(model, landmarks, teeth) };
}

function steadyLight({ points }: Model, landmarks: Points, part: Part, readouts: Readouts): Light {
  const values = readouts.steady("light", () => {
    const { white, skin } = lightOf(part, landmarks, points);
    return Float64Array.of(...white, ...skin);
  });
  const [white, skin] = [values.slice(0, 3), values.slice(3)].map((colour) => [...colour] as Colour);
  return { white, skin };
}
