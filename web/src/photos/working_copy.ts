/** A copy of a photo at the resolution of the screen, which slides stay quick on. */
import type { Points } from "../core/pose";
import { context2d } from "./canvas";
import type { FaceParts } from "./face";
import { Still } from "./still";

/** Points in the pixels of a copy of another size; pixel centres are at whole numbers. */
export function scaledPoints(points: Points, scale: number): Points {
  return points.map((value, i) => (i % 3 === 2 ? scale * value : (value + 0.5) * scale - 0.5));
}

/** A smaller copy of a canvas, its long side in pixels given; the canvas itself where it is small enough. */
export function scaledCopy(source: HTMLCanvasElement, side: number): HTMLCanvasElement {
  const scale = side / Math.max(source.width, source.height);
  if (scale >= 1) return source;
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [source.width, source.height].map((value) => Math.max(1, Math.round(scale * value)));
  const context = context2d(copy, true);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, copy.width, copy.height);
  return copy;
}

/** A copy of a canvas. */
export function copied(source: HTMLCanvasElement): HTMLCanvasElement {
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [source.width, source.height];
  context2d(copy, true).drawImage(source, 0, 0);
  return copy;
}

/** Give the memory of a canvas back at once. */
export function emptied(canvas: HTMLCanvasElement): void {
  [canvas.width, canvas.height] = [0, 0];
}

export class WorkingCopy {
  readonly still: Still;
  /** Points of the faces at this resolution. */
  readonly faces: readonly Points[];
  private readonly picture: HTMLCanvasElement;

  constructor(
    parts: Pick<FaceParts, "model" | "renderer">,
    private readonly photo: HTMLCanvasElement,
    faces: readonly Points[],
    readonly side: number,
  ) {
    this.picture = scaledCopy(photo, side);
    const scale = this.picture.width / photo.width;
    this.faces = scale === 1 ? faces : faces.map((points) => scaledPoints(points, scale));
    this.still = new Still(parts, this.picture, this.faces);
  }

  /** The photo as it was, at this resolution. */
  get original(): HTMLCanvasElement {
    return this.picture;
  }

  free(): void {
    this.still.free();
    if (this.picture !== this.photo) emptied(this.picture);
  }
}
