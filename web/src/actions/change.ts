/** Changes a face of a photo by facial actions, as `pixelfes.expression.actions.draw.face_change` does: skin, eyes, mouth. */
import { faceBox, planDrawing } from "../core/mesh";
import { skinShare } from "../core/skin";
import { poseOf, type Points } from "../core/pose";
import { within, type Work } from "../core/work";
import { AS_READ, type Readouts } from "../tracking/readouts";
import type { Part } from "../core/light";
import type { Model } from "../core/model";
import type { Renderer } from "../gl/renderer";
import { giveBack } from "../memory";
import { drawChange, seenIn, type SeenPart } from "../photos/drawing";
import { browBox } from "./brow_line";
import { drawEye, eyeChanges } from "./eyes";
import { lookOf } from "./look";
import { checkNeutral, sizesOf, type Wish } from "./mixing";
import type { ActionModel } from "./model";
import { drawLipLine, drawMouth, mouthChange } from "./mouth";
import { neutralMaps, planNeutral, restingShare } from "./neutral";
import { planActions, type ActionPlan } from "./planning";
import { missingSizes, readActions, type Shown } from "./reading";
import { shadingMaps } from "./shading";

/** How a face is drawn. */
export interface ActionOptions {
  /** Pixels of a side of the pieces that it is drawn in, at most. */
  largest?: number;
  /** How what is read from the face is used; as it is read where this is left out. */
  readouts?: Readouts;
}

export { parseActions } from "./model";
export { presetWish } from "./mixing";
export { meantActions } from "./reading";

/** Changes faces by facial actions. */
export class ActionDrawer {
  constructor(
    readonly model: Model,
    readonly renderer: Renderer,
    readonly actions: ActionModel,
  ) {}

  /** Throw a `RangeError` where a name or a size cannot be drawn. */
  check(wish: Wish): void {
    checkNeutral(wish);
    sizesOf(this.actions, wish);
  }

  /** Read which actions a face of a photo shows, and how far. */
  read(photo: CanvasRenderingContext2D, landmarks: Points): Shown {
    const { model, actions } = this;
    const box = browBox(model, actions, poseOf(landmarks, model.head, model.points.stable), photo.canvas);
    const { left, top, width, height } = box;
    const part: Part = { ...box, data: new Uint8ClampedArray() };
    if (width && height) part.data = photo.getImageData(left, top, width, height).data as Uint8ClampedArray;
    return readActions(model, actions, landmarks, part);
  }

  /** The sizes that are to be drawn on a face of a photo for a wish; a name or a size that cannot be drawn is a `RangeError`. */
  sizes(photo: CanvasRenderingContext2D, landmarks: Points, wish: Wish, readouts: Readouts = AS_READ): Float64Array {
    this.check(wish);
    const sizes = sizesOf(this.actions, wish);
    if (!wish.only) return sizes;
    const shown = this.read(photo, landmarks);
    const steady = readouts.steady("shown: missing", () => Float64Array.from(Object.values(shown)));
    const known = Object.fromEntries(Object.keys(shown).map((name, i) => [name, steady[i]]));
    return missingSizes(this.actions, sizes, known, wish.neutral);
  }

  /**
   * Take back a share of what a face of a photo shows, in place, and return where its landmarks are now.
   *
   * `known` is the part of the photo around the face where it is at hand.
   */
  *takeBack(
    photo: CanvasRenderingContext2D,
    landmarks: Points,
    share: number,
    known?: SeenPart,
    { largest, readouts = AS_READ }: ActionOptions = {},
  ): Work<Points> {
    const { model, renderer, actions } = this;
    const plan = share > 0 ? planNeutral(model, actions, landmarks, share, restingShare(model, landmarks, readouts)) : null;
    const box = known?.box ?? faceBox(model, landmarks, photo.canvas.width, photo.canvas.height);
    if (!plan || !box.width || !box.height) return landmarks;
    const seen = known ?? (yield* within(seenIn(photo, box), 0, 0.15));
    const part: Part = { ...box, data: seen.part.data as Uint8ClampedArray };
    const look = yield* lookOf(model, landmarks, part, readouts);
    const skin = readouts.steady("bare skin: neutral", () => skinShare(model, landmarks, part, look.light.skin));
    const maps = neutralMaps(model, actions, plan, look.light, skin);
    yield 0.3;
    const drawing = planDrawing(model, plan.here, plan.moved, maps.seen, photo.canvas, { isFine: true });
    if (drawing) yield* within(drawChange(renderer, photo, seen, { drawing, maps, still: 0 }, largest), 0.3, 0.9);
    if (!known) giveBack(seen.part.data);
    if (plan.line > 0) yield* drawLipLine(model, actions.neutral, plan, look, photo);
    return plan.moved;
  }

  /**
   * Change a face of a photo in place by actions of these sizes, and return where its landmarks are now.
   *
   * Where all sizes are 0, no bit changes.
   */
  *draw(photo: CanvasRenderingContext2D, landmarks: Points, sizes: Float64Array, options: ActionOptions = {}): Work<Points> {
    const { model, actions } = this;
    if (!sizes.some((size) => size > 0)) return landmarks;
    const plan = planActions(model, actions, landmarks, sizes);
    const { width, height } = photo.canvas;
    const box = faceBox(model, landmarks, width, height, plan.ringReach);
    if (!box.width || !box.height) return landmarks;
    const { part } = yield* within(seenIn(photo, box), 0, 0.1);
    yield* within(this.drawPlan(photo, plan, { ...box, data: part.data as Uint8ClampedArray }, options), 0.1, 1);
    return plan.moved;
  }

  private *drawPlan(photo: CanvasRenderingContext2D, plan: ActionPlan, seen: Part, { largest, readouts }: ActionOptions): Work<void> {
    const { model, renderer, actions } = this;
    const look = yield* lookOf(model, plan.landmarks, seen, readouts);
    yield;
    const maps = shadingMaps(model, actions, plan, look, seen, readouts);
    yield 0.1;
    const shape = { grid: actions.grid, reach: plan.ringReach };
    const drawing = planDrawing(model, plan.landmarks, plan.moved, maps.seen, photo.canvas, shape);
    yield;
    const eyes = [];
    for (const change of eyeChanges(model, actions, plan, photo.canvas)) eyes.push({ change, before: yield* change.box.part(photo) });
    const mouth = mouthChange(model, plan, photo.canvas);
    const behind = mouth ? yield* mouth.box.part(photo) : null;
    giveBack(seen.data);
    if (drawing) {
      const seenNow = yield* seenIn(photo, drawing.box);
      yield* within(drawChange(renderer, photo, seenNow, { drawing, maps, still: 0 }, largest), 0.2, 0.6);
      giveBack(seenNow.part.data);
    }
    for (const { change, before } of eyes) yield* drawEye(change, before, look, photo);
    yield 0.8;
    if (mouth && behind) yield* drawMouth(mouth, actions.teeth, behind, look, photo);
  }
}
