/** The stage: the picture, as it was and as it is, with the border between the two. */
import { page } from "./elements";

const REVEAL = 1100; // milliseconds in which a new picture is uncovered

export class Stage {
  private canvases: HTMLCanvasElement[] = [];
  private share = 0;
  private animation = 0;
  /** Told of a border that was moved on the picture itself. */
  onWipe: (share: number) => void = () => undefined;

  constructor() {
    const { handle } = page;
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const { left, width } = page.frame.getBoundingClientRect();
      this.onWipe(Math.min(1, Math.max(0, (event.clientX - left) / width)));
    });
  }

  /** Show canvases one on another, the last one uncovered right of the border; one alone has its border drawn in it. */
  show(shows: "photo" | "camera", canvases: HTMLCanvasElement[]): void {
    this.stopReveal();
    for (const old of this.canvases) {
      old.remove();
      old.style.clipPath = "";
    }
    this.canvases = canvases;
    page.frame.prepend(...canvases);
    page.stage.dataset.shows = shows;
    [page.welcome.hidden, page.frame.hidden] = [true, false];
    this.fit();
    this.wipe(this.share);
  }

  /** Take the shape of the picture, where that may have changed. */
  fit(): void {
    const [canvas] = this.canvases;
    if (canvas) page.frame.style.setProperty("--ratio", String(canvas.width / canvas.height));
  }

  empty(): void {
    this.stopReveal();
    for (const canvas of this.canvases) canvas.remove();
    this.canvases = [];
    page.stage.dataset.shows = "nothing";
    [page.welcome.hidden, page.frame.hidden] = [false, true];
    this.describe("", false);
  }

  /** Say what is to be seen, and whether there is a border to move. */
  describe(text: string, changed: boolean): void {
    page.handle.hidden = !changed;
    if (text) {
      page.frame.setAttribute("role", "img");
      page.frame.setAttribute("aria-label", text);
    } else {
      page.frame.removeAttribute("role");
      page.frame.removeAttribute("aria-label");
    }
  }

  /** Show the faces as they were left of a share of the width. */
  wipe(share: number): void {
    this.share = share;
    page.handle.style.left = `${100 * share}%`;
    const top = this.canvases.at(-1);
    if (top && this.canvases.length > 1) top.style.clipPath = share > 0 ? `inset(0 0 0 ${100 * share}%)` : "";
  }

  /** Uncover a new picture from right to left, so that one sees what has changed. */
  reveal(wipe: (share: number) => void): void {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return wipe(0);
    const start = performance.now();
    const step = (now: number) => {
      const t = Math.min(1, Math.max(0, (now - start) / REVEAL));
      wipe(1 - t * t * (3 - 2 * t));
      this.animation = t < 1 ? requestAnimationFrame(step) : 0;
    };
    this.animation = requestAnimationFrame(step);
  }

  stopReveal(): void {
    cancelAnimationFrame(this.animation);
    this.animation = 0;
  }
}
