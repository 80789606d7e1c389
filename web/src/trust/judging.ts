/**
 * Judge faces: whether they can be changed, or the reason why not, as `pixelfes.face.trust.judging` has it.
 *
 * Convention: image pixels, x right, y down, z away from the camera in the same unit, pixel centres at whole numbers.
 */
import { N_POINTS } from "../core/model";
import { clamp } from "../core/numbers";
import type { Points } from "../core/pose";
import { eyeDistance, lookFrom } from "../detector/face_look";
import type { DetectedFace } from "../detector/face_search";
import type { PhotoPyramid } from "../detector/photo_pyramid";
import { mouthTexture } from "./mouth_texture";
import { farthestOutside } from "./outline";
import { likenessAndCover } from "./texture_model";
import type { TrustModel } from "./trust_file";
import type { Verdict } from "./verdicts";

/** What a verdict is made of. */
export interface Evidence {
  /** Distance between the eyes, pixels. */
  distance: number;
  /** How far a corner of the mouth lies outside the outline of the face, in distances between the eyes. */
  outside: number;
  likeness: number;
  cover: number;
  /** How far the landmarks move when the network looks once more, % of the distance between the eyes. */
  movement: number;
  score: number;
}

/** A verdict and what was measured for it; where geometry decides, nothing else is measured. */
export interface Judgement {
  verdict: Verdict;
  evidence: Partial<Evidence>;
}

/** The verdict on a face of a photo. */
export async function judgeFace(model: TrustModel, photo: PhotoPyramid, face: DetectedFace): Promise<Judgement> {
  const { points, box } = face;
  const shape = { distance: eyeDistance(points), outside: cornerOutside(model, points) };
  const refused = byGeometry(model, shape);
  if (refused) return { verdict: refused, evidence: shape };
  const texture = likenessAndCover(model, mouthTexture(model, photo, points));
  const evidence = { ...shape, ...texture, movement: await movementOf(photo, points), score: box.score };
  return { verdict: verdictOf(model, evidence), evidence };
}

/** The verdict that follows from all evidence. */
export function verdictOf(model: TrustModel, evidence: Evidence): Verdict {
  const { largest_cover, largest_doubt, covered_likeness, unsteady } = model.facts.judging;
  const refused = byGeometry(model, evidence);
  if (refused) return refused;
  if (evidence.cover > largest_cover) return "covered mouth";
  if (doubt(model, evidence) <= largest_doubt) return "ok";
  if (evidence.likeness < covered_likeness) return "covered mouth";
  return evidence.movement > unsteady ? "unsure where the face is" : "not a human face";
}

/** The doubt about a face. */
export function doubt({ facts }: TrustModel, { movement, score, likeness, distance }: Omit<Evidence, "cover" | "outside">): number {
  const { doubt: weights, movements, unsteady_pixels: pixels } = facts.judging;
  const steps = Math.log(clamp(movement - (100 * pixels) / distance, ...movements));
  const unexplained = Math.max(0, facts.texture.explained - likeness);
  const sure = weights.score * score + weights.likeness * likeness;
  return weights.movement * steps + sure + weights.unexplained * unexplained + weights.constant;
}

function byGeometry({ facts }: TrustModel, { distance, outside }: Pick<Evidence, "distance" | "outside">): Verdict | null {
  if (distance < facts.judging.smallest_eye_distance) return "too small";
  return outside > facts.judging.farthest_corner ? "turned too far" : null;
}

/** How far a corner of the mouth lies outside the outline of the face, in distances between the eyes. */
export function cornerOutside({ facts }: TrustModel, points: Points): number {
  return farthestOutside(points, facts.mouth_corners, facts.oval) / eyeDistance(points);
}

async function movementOf(photo: PhotoPyramid, points: Points): Promise<number> {
  const again = (await lookFrom(photo, points)).points;
  let sum = 0;
  for (let i = 0; i < 3 * N_POINTS; i += 3) sum += Math.hypot(again[i] - points[i], again[i + 1] - points[i + 1]);
  return (100 * sum) / N_POINTS / eyeDistance(points);
}
