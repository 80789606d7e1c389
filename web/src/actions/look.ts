/** What a photo looks like where a face is, as `pixelfes.expression.actions.draw.photo_look` has it, without its grain. */
import { gaussianWork } from "../core/maps";
import type { Colour, Light, Part } from "../core/light";
import { clamp, median } from "../core/numbers";
import type { Model } from "../core/model";
import type { Points } from "../core/pose";
import type { Work } from "../core/work";
import { steadyBlur, steadyLight } from "../tracking/face_readouts";
import { AS_READ, type Readouts } from "../tracking/readouts";

export interface Look {
  light: Light;
  /** The colour of the lips, 1 for 255. */
  lips: Colour;
  /** Deviation that sharp detail needs to be as blurred as the photo, image pixels. */
  blur: number;
}

/** Look at a face; the part of the photo must hold all of it that lies in the photo. */
export function* lookOf(model: Model, landmarks: Points, part: Part, readouts: Readouts = AS_READ): Work<Look> {
  const light = yield* steadyLight(model, landmarks, part, readouts, "look: light");
  const lips = readouts.steady("look: lips", () => Float64Array.from(lipsColour(model.points, landmarks, part)));
  return { light, lips: [...lips] as Colour, blur: yield* steadyBlur(model, landmarks, part, readouts) };
}

/** The median colour of the middle of the lips. */
function lipsColour(points: Model["points"], landmarks: Points, part: Part): Colour {
  const found: number[][] = [[], [], []];
  for (const [inner, outer] of [
    [points.upper_inner, points.upper_outer],
    [points.lower_inner, points.lower_outer],
  ])
    for (let i = 2; i < inner.length - 2; i++) {
      const place = (k: number) => (landmarks[3 * inner[i] + k] + landmarks[3 * outer[i] + k]) / 2;
      const x = Math.round(clamp(place(0) - part.left, 0, part.width - 1));
      const y = Math.round(clamp(place(1) - part.top, 0, part.height - 1));
      for (let c = 0; c < 3; c++) found[c].push(part.data[4 * (y * part.width + x) + c] / 255);
    }
  return found.map(median) as Colour;
}

/** What is drawn, as blurred as the photo: rows of `width` pixels, each of one or three numbers. */
export function* takenOn({ blur }: Look, drawn: Float32Array, width: number, channels: 1 | 3): Work<Float32Array> {
  return blur > 0 ? yield* blurredBy(drawn, width, channels, blur, blur) : drawn;
}

/** A Gaussian blur of a picture whose pixels have one or three numbers. */
export function* blurredBy(picture: Float32Array, width: number, channels: 1 | 3, across: number, down: number): Work<Float32Array> {
  if (channels === 1) return yield* gaussianWork(picture, width, across, down);
  const out = new Float32Array(picture.length);
  for (let c = 0; c < 3; c++) {
    const channel = Float32Array.from({ length: picture.length / 3 }, (_, p) => picture[3 * p + c]);
    const soft = yield* gaussianWork(channel, width, across, down);
    soft.forEach((value, p) => (out[3 * p + c] = value));
  }
  return out;
}
