/**
 * A linear model of the lower halves of faces, which tells whether a mouth is covered, as `pixelfes.face.trust.texture_model`
 * has it.
 */
import { clamp } from "../core/numbers";
import type { MouthTexture } from "./mouth_texture";
import type { TrustModel } from "./trust_file";

type Values = ArrayLike<number>;

/** The correlation of a face with its explanation, and the score of the classifier: positive if the mouth is likely covered. */
export function likenessAndCover(model: TrustModel, texture: MouthTexture): { likeness: number; cover: number } {
  const features = textureFeatures(model, texture);
  const { centre, scale, weights, bias } = model;
  const cover = features.reduce((sum, value, i) => sum + ((value - centre[i]) / scale[i]) * weights[i], bias);
  return { likeness: features[0], cover };
}

/** The features of a face: likeness, unexplained parts, local likeness, colours, lips, detail. */
export function textureFeatures(model: TrustModel, texture: MouthTexture): number[] {
  const { floor, explained: enough } = model.facts.texture;
  const face = standardised(taken(texture.luminance, model.regions.face), floor);
  const explained = explanation(model, face);
  const likeness = mean(standardised(explained, floor).map((value, i) => value * face[i]));
  return [
    likeness,
    Math.max(0, enough - likeness),
    ...unexplained(model, face, explained),
    ...localLikeness(model, face, explained),
    ...colours(model, texture.red),
    ...colours(model, texture.blue),
    ...lips(model, texture),
    ...detail(model, texture.luminance),
  ];
}

/** What the components make of a standardised face. */
function explanation({ mean: middle, components, spread, facts }: TrustModel, face: Float64Array): Float64Array {
  const out = Float64Array.from(middle);
  const count = out.length;
  spread.forEach((deviation, k) => {
    let score = 0;
    for (let p = 0; p < count; p++) score += (face[p] - middle[p]) * components[k * count + p];
    const limit = facts.texture.largest_score * deviation;
    score = clamp(score, -limit, limit);
    for (let p = 0; p < count; p++) out[p] += score * components[k * count + p];
  });
  return out;
}

/** The root mean square of each part, their largest, mean, and third largest. */
function unexplained({ parts }: TrustModel, face: Float64Array, explained: Float64Array): number[] {
  const sizes = parts.partsInFace.map((part) => Math.sqrt(mean(Float64Array.from(part, (p) => (face[p] - explained[p]) ** 2))));
  return [...sizes, Math.max(...sizes), mean(sizes), [...sizes].sort((a, b) => b - a)[2]];
}

/** The correlation in each window, their least, what is below a limit, and their mean. */
function localLikeness(model: TrustModel, face: Float64Array, explained: Float64Array): number[] {
  const { noise, clearly_alike: limit } = model.facts.texture;
  const each = model.parts.windowsInFace.map((inside) => {
    const [a, b] = [face, explained].map((values) => centred(taken(values, inside)));
    const floor = noise * inside.length;
    const product = (p: Float64Array, q: Float64Array) => p.reduce((sum, value, i) => sum + value * q[i], 0);
    return product(a, b) / Math.sqrt((product(a, a) + floor) * (product(b, b) + floor));
  });
  return [...each, Math.min(...each), ...each.map((value) => Math.min(0, value - limit)), mean(each)];
}

/** How the colours of the parts and of the chin differ from the cheeks', and how varied the lips are. */
function colours({ regions, parts: { parts: boxes } }: TrustModel, channel: Float32Array): number[] {
  const base = mean(taken(channel, regions.cheeks));
  const parts = boxes.map((part) => mean(taken(channel, part)) - base);
  const chin = mean(taken(channel, regions.chin)) - base;
  const everywhere = [...parts, chin];
  return [
    Math.max(...everywhere.map(Math.abs)),
    deviation(parts),
    Math.abs(chin),
    Math.min(...everywhere),
    deviation(taken(channel, regions.lips)),
  ];
}

/** How red and how bright the lips are beside their surroundings, by thirds; and the least and range of the red. */
function lips({ parts }: TrustModel, { red, luminance }: MouthTexture): number[] {
  const beside = (channel: Float32Array) =>
    parts.lipThirds.map(({ inside, outside }) => mean(taken(channel, inside)) - mean(taken(channel, outside)));
  const reds = beside(red);
  return [...reds, ...beside(luminance), Math.min(...reds), Math.max(...reds) - Math.min(...reds)];
}

/** The strength of the gradients on chin, lips and cheeks. */
function detail({ regions, size }: TrustModel, luminance: Float32Array): number[] {
  const slope = (at: number, place: number, step: number) => {
    const [before, after] = [place > 0 ? 1 : 0, place < size - 1 ? 1 : 0];
    return (luminance[at + after * step] - luminance[at - before * step]) / (before + after);
  };
  const strength = (p: number) => slope(p, Math.floor(p / size), size) ** 2 + slope(p, p % size, 1) ** 2;
  return [regions.chin, regions.lips, regions.cheeks].map((region) => Math.sqrt(mean(Float64Array.from(region, strength))));
}

function taken(values: Values, indices: Values): Float64Array {
  const out = new Float64Array(indices.length);
  for (let i = 0; i < out.length; i++) out[i] = values[indices[i]];
  return out;
}

function mean(values: Values): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function centred(values: Float64Array): Float64Array {
  const middle = mean(values);
  return values.map((value) => value - middle);
}

function deviation(values: Values): number {
  const middle = mean(values);
  return Math.sqrt(mean(Float64Array.from(values, (value) => (value - middle) ** 2)));
}

/** A face with mean 0 and a standard deviation of nearly 1. */
function standardised(values: Float64Array, floor: number): Float64Array {
  const scale = deviation(values) + floor;
  return centred(values).map((value) => value / scale);
}
