/** Changes a face of a photo by facial actions, as `pixelfes.expression.actions.draw.face_change` does: skin, eyes, mouth. */
import { faceBox, planDrawing } from "../core/mesh";
import type { Part } from "../core/light";
import type { Model } from "../core/model";
import type { Points } from "../core/pose";
import type { Renderer } from "../gl/renderer";
import { drawChange, seenIn } from "../photos/drawing";
import { drawEye, eyeChanges } from "./eyes";
import { lookOf } from "./look";
import { sizesOf, type Wish } from "./mixing";
import type { ActionModel } from "./model";
import { drawMouth, mouthChange } from "./mouth";
import { planActions } from "./planning";
import { shadingMaps } from "./shading";

export { parseActions } from "./model";
export { presetWish } from "./mixing";

/** Changes faces by facial actions. */
export class ActionDrawer {
  constructor(
    private readonly model: Model,
    private readonly renderer: Renderer,
    readonly actions: ActionModel,
  ) {}

  /** Throw a `RangeError` where a name or a size cannot be drawn. */
  check(wish: Wish): void {
    sizesOf(this.actions, wish);
  }

  /**
   * Change a face of a photo in place, and return where its landmarks are now.
   *
   * Where no action is asked for, no bit changes. A name or a size that cannot be drawn is a `RangeError`.
   */
  draw(photo: CanvasRenderingContext2D, landmarks: Points, wish: Wish): Points {
    const { model, renderer, actions } = this;
    const sizes = sizesOf(actions, wish);
    if (!sizes.some((size) => size > 0)) return landmarks;
    const plan = planActions(model, actions, landmarks, sizes);
    const { width, height } = photo.canvas;
    const box = faceBox(model, landmarks, width, height, plan.ringReach);
    if (!box.width || !box.height) return landmarks;
    const seen: Part = { ...box, data: seenIn(photo, box).part.data as Uint8ClampedArray };
    const look = lookOf(model, landmarks, seen);
    const maps = shadingMaps(model, actions, plan, look, seen);
    const drawing = planDrawing(model, landmarks, plan.moved, maps.seen, photo.canvas, { grid: actions.grid, reach: plan.ringReach });
    const eyes = eyeChanges(model, actions, plan, photo.canvas).map((change) => ({ change, before: change.box.part(photo) }));
    const mouth = mouthChange(model, plan, photo.canvas);
    const behind = mouth?.box.part(photo);
    if (drawing) drawChange(renderer, photo, seenIn(photo, drawing.box), { drawing, maps, still: 0 });
    for (const { change, before } of eyes) drawEye(change, before, look, photo);
    if (mouth && behind) drawMouth(mouth, actions.teeth, behind, look, photo);
    return plan.moved;
  }
}
