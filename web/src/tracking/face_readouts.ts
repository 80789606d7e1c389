/** What a camera's frame shows of a face, steady from frame to frame, as `pixelfes.tracking.face_readouts` has it. */
import type { Reading } from "../core/change";
import { faceState } from "../core/expression";
import { lightWork, type Colour, type Light, type Part } from "../core/light";
import type { Model } from "../core/model";
import { teethShare } from "../core/mouth";
import type { Points } from "../core/pose";
import { missingBlur } from "../core/sharpness";
import { skinShare } from "../core/skin";
import { finish, type Work } from "../core/work";
import { steadyNumber, steadyWork, type Readouts } from "./readouts";
import type { Sample } from "./sample";

/** Read a face off a small copy of it, which is too small to tell how sharp the frame is. */
export function steadyReading(model: Model, landmarks: Points, { part, landmarks: small }: Sample, readouts: Readouts): Reading {
  const light = finish(steadyLight(model, small, part, readouts));
  const teeth = steadyNumber(readouts, "teeth", () => teethShare(part, small, model.points, light.white));
  const skin = readouts.steady("bare skin", () => skinShare(model, small, part, light.skin));
  return { light, skin, blur: 0, state: faceState(model, landmarks, teeth) };
}

/** The light of a face; the part must hold all of it that lies in the photo or frame. */
export function* steadyLight({ points }: Model, landmarks: Points, part: Part, readouts: Readouts, name = "light"): Work<Light> {
  const values = yield* steadyWork(readouts, name, function* () {
    const { white, skin } = yield* lightWork(part, landmarks, points);
    return Float64Array.of(...white, ...skin);
  });
  const [white, skin] = [values.slice(0, 3), values.slice(3)].map((colour) => [...colour] as Colour);
  return { white, skin };
}

/** Deviation of the blur that fits added detail to the photo or frame, pixels. */
export function* steadyBlur({ points }: Model, landmarks: Points, part: Part, readouts: Readouts): Work<number> {
  const [blur] = yield* steadyWork(readouts, "blur", function* () {
    return Float64Array.of(yield* missingBlur(part, landmarks, points));
  });
  return blur;
}
