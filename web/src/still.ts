/** A photo with its faces, changed at its own resolution. */
import { planChange, type Change } from "./core/change";
import { lightOf, type Part } from "./core/light";
import { faceBox, overlap, type Box } from "./core/mesh";
import type { Model } from "./core/model";
import type { Points } from "./core/pose";
import type { Renderer, Upload } from "./gl/renderer";
import { context2d } from "./canvas";

/** A face of the photo: its points, the part of the photo around it, and that part on the graphics card. */
interface Face {
  landmarks: Points;
  box: Box;
  /** Null where a larger face, changed first, reaches into the part: it has to be brought anew each time. */
  upload: Upload | null;
  part: ImageData | null;
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
      return { landmarks, box: boxes[i], part, upload: part && renderer.upload(part, part.width, part.height) };
    });
    [changed.width, changed.height] = [width, height];
  }

  get landmarks(): Points[] {
    return this.faces.map((face) => face.landmarks);
  }

  /** Change every face, largest first, to an intensity. */
  draw(intensity: number): void {
    const context = context2d(this.changed, true);
    const { width, height } = this.original;
    context.clearRect(0, 0, width, height);
    context.drawImage(this.original, 0, 0);
    for (const face of this.faces) {
      if (!face.box.width || !face.box.height) continue;
      const part = face.part ?? this.partOf(this.changed, face.box);
      const light = lightOf(asPart(part, face.box), face.landmarks, this.model.points);
      const change = planChange(this.model, face.landmarks, intensity, light, width, height);
      if (change) this.drawFace(context, face, part, change);
    }
  }

  free(): void {
    for (const { upload } of this.faces) if (upload) this.renderer.free(upload);
  }

  private drawFace(context: CanvasRenderingContext2D, face: Face, part: ImageData, change: Change): void {
    const upload = face.upload ?? this.renderer.upload(part, part.width, part.height);
    const pixels = this.renderer.read(upload, face.box, change);
    context.putImageData(new ImageData(pixels, part.width, part.height), face.box.left, face.box.top);
    if (!face.upload) this.renderer.free(upload);
  }

  private partOf(canvas: HTMLCanvasElement, { left, top, width, height }: Box): ImageData {
    return context2d(canvas, true).getImageData(left, top, width, height);
  }
}

function asPart({ data, width, height }: ImageData, { left, top }: Box): Part {
  return { data: data as Uint8ClampedArray, width, height, left, top };
}
