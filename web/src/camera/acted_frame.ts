/** Draws facial actions and words onto a frame, at a size that keeps the picture moving. */
import { isInOrder, type Wish } from "../actions/mixing";
import type { Points } from "../core/pose";
import { drawFace, type FaceParts } from "../photos/face";
import { scaledPoints } from "../photos/working_copy";
import { scaledWish } from "../session/face_edit";
import type { Readouts } from "../tracking/readouts";
import type { LiveSettings } from "./changer";

const QUICK = 60; // milliseconds that the actions of a frame may take
const LEAST_SHARE = 0.4; // of the frame's size
const FOLLOW = 0.3; // of the way to a new size, each frame
const LETTERS = 1 / 32; // height of words, of the frame's

interface ActedFace {
  landmarks: Points;
  /** How much of the change is drawn. */
  share: number;
  /** What is read from it, steady. */
  readouts: Readouts;
}

export class ActedFrame {
  readonly canvas = document.createElement("canvas");
  private share = 1;

  constructor(private readonly parts: Pick<FaceParts, "model" | "renderer">) {}

  /** Draw the renderer's picture of a frame, the actions of its faces, the frame as it was left of the border, and words. */
  draw(frame: HTMLCanvasElement, actions: FaceParts["actions"], faces: readonly ActedFace[], settings: LiveSettings): void {
    const start = performance.now();
    const share = actions && !settings.steadyCanvas ? this.share : 1;
    const scale = this.fit(frame, share);
    const { canvas } = this;
    const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true }); // recordings would encode alpha
    if (!context) throw new Error("this browser has no canvas, or no memory for one of this size");
    context.drawImage(this.parts.renderer.canvas, 0, 0, canvas.width, canvas.height);
    if (actions) for (const face of faces) this.act(context, actions, face, scale, settings.wish);
    const left = Math.round(settings.wipe * frame.width);
    if (left > 0) context.drawImage(frame, 0, 0, left, frame.height, 0, 0, left * scale, canvas.height);
    if (settings.words) write(context, settings.words);
    if (actions) this.follow(performance.now() - start);
  }

  private act(
    context: CanvasRenderingContext2D,
    actions: FaceParts["actions"],
    { landmarks, share, readouts }: ActedFace,
    scale: number,
    wish: Wish,
  ): void {
    const own = scaledWish(wish, share);
    if (!isInOrder(wish)) own.smile = 0; // it is there already
    drawFace({ ...this.parts, actions, readouts }, context, scale === 1 ? landmarks : scaledPoints(landmarks, scale), own);
  }

  /** Give the canvas a share of the frame's size; how much smaller it is. */
  private fit(frame: HTMLCanvasElement, share: number): number {
    const width = Math.max(2, 2 * Math.round((share * frame.width) / 2));
    const height = Math.round((width * frame.height) / frame.width);
    if (this.canvas.width !== width || this.canvas.height !== height) [this.canvas.width, this.canvas.height] = [width, height];
    return width / frame.width;
  }

  /** Draw smaller where it takes too long, in steps, so that the canvas is not made anew with every frame. */
  private follow(took: number): void {
    const wanted = Math.min(1, Math.max(LEAST_SHARE, this.share * Math.sqrt(QUICK / Math.max(1, took))));
    const next = this.share + FOLLOW * (wanted - this.share);
    if (Math.abs(next - this.share) > 0.03) this.share = Math.round(20 * next) / 20;
  }
}

/** Write words into the lower right corner, readable on any picture. */
function write(context: CanvasRenderingContext2D, words: string): void {
  const { width, height } = context.canvas;
  const size = Math.max(10, Math.round(LETTERS * height));
  context.font = `600 ${size}px system-ui, sans-serif`;
  [context.textAlign, context.textBaseline] = ["right", "bottom"];
  [context.lineWidth, context.strokeStyle, context.fillStyle] = [size / 5, "rgb(0 0 0 / 70%)", "white"];
  context.strokeText(words, width - size / 2, height - size / 2);
  context.fillText(words, width - size / 2, height - size / 2);
}
