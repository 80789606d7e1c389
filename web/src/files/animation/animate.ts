/** Makes an animation of a changed picture, as GIF or WebM; loaded when one is asked for. */
import { drawClip, type AnimationRequest, type Following } from "./frames";
import { gifOf } from "./gif";
import { encodingOf, webmOf } from "./webm";

export type AnimationType = "gif" | "webm";

/** What is taken where nothing is asked for. */
export const DEFAULTS: Record<AnimationType, { seconds: number; fps: number; size: number }> = {
  gif: { seconds: 2.4, fps: 20, size: 640 },
  webm: { seconds: 2.4, fps: 30, size: 720 },
};
const DRAWING = 0.7; // share of the work, roughly

/** The types of animation that this browser makes. */
export async function animationTypes(): Promise<AnimationType[]> {
  return (await encodingOf({ width: 640, height: 640, fps: 30 })) ? ["gif", "webm"] : ["gif"];
}

export type Request = Pick<AnimationRequest, "frames" | "madeBy"> & Partial<AnimationRequest>;

/** Return an animation from neutral to the expression and back, which repeats without a jump. */
export async function animate(request: Request, type: AnimationType, { signal, progress }: Following = {}): Promise<Blob> {
  const whole = { ...DEFAULTS[type], ...request };
  const clip = await drawClip(whole, type === "webm" ? 2 : 1, { signal, progress: (share) => progress?.(DRAWING * share) });
  const following = { signal, progress: (share: number) => progress?.(DRAWING + (1 - DRAWING) * share) };
  return type === "webm" ? webmOf(clip, following) : gifOf(clip, following);
}
