/** One photo being worked on: drawn at the screen's resolution while its faces change, and at its own when it is saved. */
import type { Wish } from "../actions/mixing";
import type { Points } from "../core/pose";
import type { Work } from "../core/work";
import { context2d } from "./canvas";
import type { FaceParts } from "./face";
import { fullWork } from "./full";
import { emptied, WorkingCopy } from "./working_copy";

const LEAST_SIDE = 320; // pixels of the long side of a copy, at least
const LARGEST_SIDE = 4096; // and at most, however far one zooms in
const WIDER = 1.15; // a copy serves for sides that are smaller or larger by this factor

/** The two canvases on the stage: the photo as it was and as it is. They serve for one photo after another. */
export interface ShownPair {
  before: HTMLCanvasElement;
  after: HTMLCanvasElement;
}

export class Desk {
  private fine: WorkingCopy;
  private quick: WorkingCopy | null = null;

  constructor(
    private readonly parts: Pick<FaceParts, "model" | "renderer">,
    readonly photo: HTMLCanvasElement,
    readonly faces: readonly Points[],
    private readonly shown: ShownPair,
    side: number,
  ) {
    this.fine = this.copy(side);
    this.showOriginal();
  }

  /** Work at another long side, pixels of the screen; whether anything has to be drawn again. */
  fit(side: number): boolean {
    const wanted = this.allowed(side);
    if (wanted < this.fine.side * WIDER && wanted * WIDER > this.fine.side) return false;
    this.fine.free();
    this.quick?.free();
    [this.fine, this.quick] = [this.copy(side), null];
    this.showOriginal();
    return true;
  }

  /** Draw the photo onto the stage; `share` of the screen's resolution is enough while something moves. */
  draw(wishes: readonly (Wish | null)[], actions: FaceParts["actions"], share = 1): void {
    const copy = share < 1 ? this.quickCopy(share) : this.fine;
    copy.still.draw(this.shown.after, wishes, actions);
  }

  /** Draw the photo at its own resolution into a canvas of its own, as work in pieces. */
  fullWork(wishes: readonly (Wish | null)[], actions: FaceParts["actions"]): Work<HTMLCanvasElement> {
    return fullWork({ ...this.parts, actions }, this.photo, this.faces, wishes);
  }

  /** Give memory back; that of the photo itself only if it is not used any more. */
  free(photoToo: boolean): void {
    this.fine.free();
    this.quick?.free();
    if (photoToo) emptied(this.photo);
  }

  private quickCopy(share: number): WorkingCopy {
    const side = Math.max(LEAST_SIDE, Math.round(share * this.fine.side));
    if (this.quick && side < this.quick.side * WIDER && side * WIDER > this.quick.side) return this.quick;
    this.quick?.free();
    return (this.quick = new WorkingCopy(this.parts, this.fine.original, this.fine.faces, side));
  }

  private copy(side: number): WorkingCopy {
    return new WorkingCopy(this.parts, this.photo, this.faces, this.allowed(side));
  }

  private allowed(side: number): number {
    const own = Math.max(this.photo.width, this.photo.height);
    return Math.min(own, Math.max(LEAST_SIDE, Math.min(LARGEST_SIDE, Math.round(side))));
  }

  private showOriginal(): void {
    const { original } = this.fine;
    const { before } = this.shown;
    [before.width, before.height] = [original.width, original.height];
    context2d(before, true).drawImage(original, 0, 0);
  }
}
