/** The pictures of an animation "from neutral to the expression and back", drawn once each and scaled. */
import { smoothstep } from "../../core/numbers";
import { context2d } from "../../photos/canvas";

export interface AnimationRequest {
  /** The picture at an amount of the change, from 0 (as it was) to 1 (all of it). */
  frames: (amount: number) => Promise<ImageData | HTMLCanvasElement>;
  seconds: number;
  fps: number;
  /** The most pixels of the longer side; pictures are never enlarged. */
  size: number;
  /** What goes into the mark: package, version and model. */
  madeBy: string;
}

export interface Following {
  signal?: AbortSignal;
  /** Told the share of the work that is done, from 0 to 1. */
  progress?: (share: number) => void;
}

/** Different pictures, RGBA and opaque, and which of them each frame shows. */
export interface Clip {
  width: number;
  height: number;
  fps: number;
  pictures: Uint8ClampedArray<ArrayBuffer>[];
  shown: number[];
  madeBy: string;
}

const LONGEST = 30; // seconds

/** The amount in each of `count` frames: a rest, a smooth rise, all of it for a while, and the same way back. */
export function amountsOf(count: number): number[] {
  const full = Math.max(1, Math.round(0.2 * count));
  const rise = Math.max(0, Math.floor(0.375 * count));
  const rest = Math.max(1, count - full - 2 * rise);
  const rising = Array.from({ length: rise }, (_, i) => smoothstep(i + 1, 0, rise + 1));
  return [...new Array(rest).fill(0), ...rising, ...new Array(full).fill(1), ...rising.slice().reverse()];
}

/** Draw every picture of an animation; sides are multiples of `step`. */
export async function drawClip(request: AnimationRequest, step: number, { signal, progress }: Following): Promise<Clip> {
  const amounts = amountsOf(Math.max(2, Math.round(Math.min(LONGEST, request.seconds) * request.fps)));
  const different = [...new Set(amounts)].sort((a, b) => a - b);
  const scaled = new Scaled(request.size, step);
  const pictures: Uint8ClampedArray<ArrayBuffer>[] = [];
  for (const amount of different) {
    signal?.throwIfAborted();
    pictures.push(scaled.read(await request.frames(amount)));
    progress?.(pictures.length / different.length);
  }
  const shown = amounts.map((amount) => different.indexOf(amount));
  const { width, height } = scaled.canvas;
  return { width, height, fps: request.fps, pictures, shown, madeBy: request.madeBy };
}

/** Scales pictures, all of one size, to at most so many pixels, on white where they are transparent. */
class Scaled {
  readonly canvas = document.createElement("canvas");
  private readonly whole = document.createElement("canvas");

  constructor(
    private readonly size: number,
    private readonly step: number,
  ) {}

  read(picture: ImageData | HTMLCanvasElement): Uint8ClampedArray<ArrayBuffer> {
    const source = picture instanceof ImageData ? this.put(picture) : picture;
    if (!this.canvas.dataset.sized) this.fit(source);
    const { width, height } = this.canvas;
    const context = context2d(this.canvas, true);
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = "high";
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  }

  private fit({ width, height }: HTMLCanvasElement): void {
    const share = Math.min(1, this.size / Math.max(width, height));
    const side = (length: number) => Math.max(this.step, this.step * Math.round((share * length) / this.step - 0.01));
    [this.canvas.width, this.canvas.height] = [side(width), side(height)];
    this.canvas.dataset.sized = "yes";
  }

  private put(picture: ImageData): HTMLCanvasElement {
    [this.whole.width, this.whole.height] = [picture.width, picture.height];
    context2d(this.whole, true).putImageData(picture, 0, 0);
    return this.whole;
  }
}
