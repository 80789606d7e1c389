/** A photo with its faces, changed at its own resolution. */
import { planChange, readFace, type Change } from "../core/change";
import { lightOf, type Part } from "../core/light";
import { faceBox, overlap, type Box } from "../core/mesh";
import type { Model } from "../core/model";
import { pieces } from "../core/pieces";
import type { Points } from "../core/pose";
import type { Renderer, Upload } from "../gl/renderer";
import { context2d } from "./canvas";

/** A face of the photo: its points, the part of the photo around it, and that part on the graphics card. */
interface Face {
  landmarks: Points;
  /** Whether it is to be changed. */
  wanted: boolean;
  box: Box;
  /** Null where a larger face, changed first, reaches into the part: it has to be read anew each time. */
  part: ImageData | null;
  /** Null there as well, and where the part is too large for the graphics card as a whole. */
  upload: Upload | null;
}

export class Still {
  private readonly faces: Face[];

  /** `original` and `changed` have the size of the photo. */
  constructor(
    private readonly model: Model,
    private readonly renderer: Renderer,
    private readonly original: HTMLCanvasElement,
    private readonly changed: HTMLCanvasElement,
    faces: Points[],
  ) {
    const { width, height } = original;
    const boxes = faces.map((landmarks) => faceBox(model, landmarks, width, height));
    this.faces = faces.map((landmarks, i) => {
      const alone = boxes.slice(0, i).every((other) => !overlap(other, boxes[i]));
      const part = alone && boxes[i].width && boxes[i].height ? this.partOf(original, boxes[i]) : null;
      const fits = part && Math.max(part.width, part.height) <= renderer.largest;
      return { landmarks, wanted: true, box: boxes[i], part, upload: fits ? renderer.upload(part, part.width, part.height) : null };
    });
    [changed.width, changed.height] = [width, height];
  }

  get landmarks(): Points[] {
    return this.faces.map((face) => face.landmarks);
  }

  /** Change a face, or leave it as it is; which of both it is now. */
  toggle(index: number): boolean {
    const face = this.faces[index];
    return (face.wanted = !face.wanted);
  }

  /** Change every face that is wanted, largest first, to an intensity. */
  draw(intensity: number): void {
    const context = context2d(this.changed, true);
    const { width, height } = this.original;
    context.clearRect(0, 0, width, height);
    context.drawImage(this.original, 0, 0);
    for (const face of this.faces) {
      if (!face.wanted || !face.box.width || !face.box.height) continue;
      const part = face.part ?? this.partOf(this.changed, face.box);
      const seen = asPart(part, face.box);
      const reading = readFace(this.model, face.landmarks, seen, lightOf(seen, face.landmarks, this.model.points));
      const change = planChange(this.model, face.landmarks, intensity, reading, width, height);
      if (change) this.drawFace(context, face, part, change);
    }
  }

  free(): void {
    for (const { upload } of this.faces) if (upload) this.renderer.free(upload);
  }

  private drawFace(context: CanvasRenderingContext2D, { box, upload }: Face, part: ImageData, change: Change): void {
    const { renderer } = this;
    for (const { inner, outer } of pieces(box, renderer.largest, reachOf(change))) {
      const seen = upload ?? renderer.upload(cut(part, box, outer), outer.width, outer.height);
      const pixels = renderer.read(seen, outer, change);
      const [x, y] = [inner.left - outer.left, inner.top - outer.top];
      context.putImageData(new ImageData(pixels, outer.width, outer.height), outer.left, outer.top, x, y, inner.width, inner.height);
      if (!upload) renderer.free(seen);
    }
  }

  private partOf(canvas: HTMLCanvasElement, { left, top, width, height }: Box): ImageData {
    return context2d(canvas, true).getImageData(left, top, width, height);
  }
}

/** How far from its place a pixel of the changed face may come from. */
function reachOf({ drawing: { here, there } }: Change): number {
  return Math.ceil(there.reduce((most, value, i) => Math.max(most, Math.abs(value - here[i])), 0)) + 4;
}

/** A piece of a part of a photo, both given by where they lie in it. */
function cut(part: ImageData, box: Box, piece: Box): ImageData {
  if (piece.width === box.width && piece.height === box.height) return part;
  const out = new ImageData(piece.width, piece.height);
  for (let y = 0; y < piece.height; y++) {
    const start = 4 * ((piece.top - box.top + y) * part.width + piece.left - box.left);
    out.data.set(part.data.subarray(start, start + 4 * piece.width), 4 * y * piece.width);
  }
  return out;
}

function asPart({ data, width, height }: ImageData, { left, top }: Box): Part {
  return { data: data as Uint8ClampedArray, width, height, left, top };
}
