/** A picture with its faces, each changed by a wish of its own. */
import type { Wish } from "../actions/mixing";
import { faceBox, overlap, type Box } from "../core/mesh";
import type { Points } from "../core/pose";
import { finish, within, type Work } from "../core/work";
import type { Upload } from "../gl/renderer";
import { context2d } from "./canvas";
import { drawFaceWork, type FaceParts } from "./face";

/** A face of the picture: its points, the part of the picture around it, and that part on the graphics card. */
interface Face {
  landmarks: Points;
  box: Box;
  /** Null where the picture is drawn once, or a larger face, changed first, reaches into the part: it is read when it is drawn. */
  part: ImageData | null;
  /** Null there as well, and where the part is too large for the graphics card as a whole. */
  upload: Upload | null;
}

export class Still {
  private readonly faces: Face[];

  constructor(
    private readonly parts: Pick<FaceParts, "model" | "renderer">,
    readonly original: HTMLCanvasElement,
    faces: readonly Points[],
    /** Whether the picture is drawn once: nothing is kept for the next time. */
    private readonly once = false,
  ) {
    const { width, height } = original;
    const boxes = faces.map((landmarks) => faceBox(parts.model, landmarks, width, height));
    this.faces = faces.map((landmarks, i) => ({ landmarks, box: boxes[i], ...this.seen(boxes[i], boxes.slice(0, i)) }));
  }

  private seen(box: Box, drawnBefore: readonly Box[]): Pick<Face, "part" | "upload"> {
    const changes = drawnBefore.some((other) => overlap(other, box));
    if (this.once || changes || !box.width || !box.height) return { part: null, upload: null };
    const { renderer } = this.parts;
    const part = partOf(this.original, box);
    const fits = Math.max(part.width, part.height) <= renderer.largest;
    return { part, upload: fits ? renderer.upload(part, part.width, part.height) : null };
  }

  /** Draw the picture with every face that has a wish changed, largest first; facial actions need their drawer. */
  draw(canvas: HTMLCanvasElement, wishes: readonly (Wish | null)[], actions: FaceParts["actions"]): void {
    finish(this.drawWork(canvas, wishes, { actions }));
  }

  /** The same as work in pieces. */
  *drawWork(canvas: HTMLCanvasElement, wishes: readonly (Wish | null)[], how: Pick<FaceParts, "actions" | "largest">): Work<void> {
    const { width, height } = this.original;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const context = context2d(canvas, true);
    context.clearRect(0, 0, width, height);
    context.drawImage(this.original, 0, 0);
    const count = this.faces.length;
    for (const [i, { box, landmarks, part, upload }] of this.faces.entries()) {
      const wish = wishes[i];
      if (!wish || !box.width || !box.height) continue;
      const seen = part ? { box, part, upload } : undefined;
      yield* within(drawFaceWork({ ...this.parts, ...how }, context, landmarks, wish, seen), i / count, (i + 1) / count);
    }
  }

  /** Give the memory of the graphics card back. */
  free(): void {
    for (const { upload } of this.faces) if (upload) this.parts.renderer.free(upload);
  }
}

function partOf(canvas: HTMLCanvasElement, { left, top, width, height }: Box): ImageData {
  return context2d(canvas, true).getImageData(left, top, width, height);
}
