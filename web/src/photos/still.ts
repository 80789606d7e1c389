/** A photo with its faces, changed at its own resolution. */
import type { ActionDrawer } from "../actions/change";
import type { Wish } from "../actions/mixing";
import { faceBox, overlap, type Box } from "../core/mesh";
import type { Model } from "../core/model";
import type { Points } from "../core/pose";
import type { Renderer, Upload } from "../gl/renderer";
import { context2d } from "./canvas";
import { drawFace } from "./face";

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
      const part = alone && boxes[i].width && boxes[i].height ? partOf(original, boxes[i]) : null;
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

  /** Change every face that is wanted, largest first; facial actions need their drawer. */
  draw(wish: Wish, actions: ActionDrawer | null = null): void {
    const context = context2d(this.changed, true);
    const { width, height } = this.original;
    context.clearRect(0, 0, width, height);
    context.drawImage(this.original, 0, 0);
    for (const { wanted, box, landmarks, part, upload } of this.faces) {
      if (!wanted || !box.width || !box.height) continue;
      const seen = { box, part: part ?? partOf(this.changed, box), upload };
      drawFace({ model: this.model, renderer: this.renderer, actions }, context, landmarks, wish, seen);
    }
  }

  free(): void {
    for (const { upload } of this.faces) if (upload) this.renderer.free(upload);
  }
}

function partOf(canvas: HTMLCanvasElement, { left, top, width, height }: Box): ImageData {
  return context2d(canvas, true).getImageData(left, top, width, height);
}
