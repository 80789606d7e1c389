/** Draws the photo on the stage: at once while something moves, sharp when it rests. */
import type { ActionDrawer } from "../actions/change";
import type { Wish } from "../actions/mixing";
import type { Points } from "../core/pose";
import type { Work } from "../core/work";
import { Desk, type ShownPair } from "../photos/desk";
import type { FaceParts } from "../photos/face";

const QUICK = 32; // milliseconds that a drawing may take while something moves
const LEAST_SHARE = 0.3; // of the screen's resolution while something moves
const RESTS = 180; // milliseconds without a change after which the photo is drawn sharp

export interface DeskNeeds {
  parts: Pick<FaceParts, "model" | "renderer">;
  shown: ShownPair;
  /** Long side of the photo on the screen now, device pixels. */
  side: () => number;
  wishes: () => readonly (Wish | null)[];
  actions: () => ActionDrawer | null;
}

export class PhotoDesk {
  private desk: Desk | null = null;
  private frame = 0;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private share = 1;

  constructor(private readonly needs: DeskNeeds) {}

  get photo(): HTMLCanvasElement | null {
    return this.desk?.photo ?? null;
  }

  /** Put a photo on the stage in the place of the last one. */
  put(photo: HTMLCanvasElement, faces: readonly Points[]): void {
    const { parts, shown, side } = this.needs;
    const same = this.desk?.photo === photo;
    if (this.desk) this.desk.free(!same);
    this.desk = new Desk(parts, photo, faces, shown, side());
    this.share = 1;
    this.drawNow();
  }

  clear(): void {
    this.cancel();
    this.desk?.free(true);
    this.desk = null;
  }

  /** Draw soon: quickly now, sharp when nothing has changed for a moment. */
  drawSoon(): void {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.drawQuick());
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.drawNow(), RESTS);
  }

  /** Draw whatever is due, sharp. */
  drawNow(): void {
    this.cancel();
    if (!this.desk) return;
    this.desk.fit(this.needs.side());
    this.desk.draw(this.needs.wishes(), this.needs.actions());
  }

  /** Draw the photo as it is now at its own resolution, as work in pieces. */
  fullWork(): Work<HTMLCanvasElement> | null {
    return this.desk?.fullWork(this.needs.wishes(), this.needs.actions()) ?? null;
  }

  private drawQuick(): void {
    this.frame = 0;
    if (!this.desk) return;
    const start = performance.now();
    const { renderer } = this.needs.parts;
    renderer.quick = true;
    try {
      this.desk.draw(this.needs.wishes(), this.needs.actions(), this.share);
    } finally {
      renderer.quick = false;
    }
    const took = performance.now() - start;
    this.share = Math.min(1, Math.max(LEAST_SHARE, this.share * Math.sqrt(QUICK / Math.max(took, 1))));
    if (this.share > 0.9) this.share = 1;
  }

  private cancel(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    this.frame = 0;
  }
}
