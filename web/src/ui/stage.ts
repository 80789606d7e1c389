/** The stage: the picture, as it was and as it is, with the border between the two. */
import type { Points } from "../core/pose";
import { page } from "./elements";

const REVEAL = 1100; // milliseconds in which a new picture is uncovered

export class Stage {
  private canvases: HTMLCanvasElement[] = [];
  private faces: HTMLButtonElement[] = [];
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
    this.clear();
    this.canvases = canvases;
    page.frame.prepend(...canvases);
    page.stage.dataset.shows = shows;
    const within = page.welcome.contains(document.activeElement);
    [page.welcome.hidden, page.frame.hidden] = [true, false];
    if (within) page.frame.focus({ preventScroll: true }); // what was pressed is gone: from here the next Tab goes on
    this.fit();
    this.wipe(this.share);
  }

  /** Take the shape of the picture, where that may have changed. */
  fit(): void {
    const [canvas] = this.canvases;
    if (canvas) page.frame.style.setProperty("--ratio", String(canvas.width / canvas.height));
  }

  empty(): void {
    this.clear();
    page.stage.dataset.shows = "nothing";
    const within = [page.buttons, page.frame].some((gone) => gone.contains(document.activeElement));
    [page.welcome.hidden, page.frame.hidden] = [false, true];
    if (within) page.openers[1].focus({ preventScroll: true });
    page.handle.hidden = true;
  }

  private clear(): void {
    this.stopReveal();
    for (const canvas of this.canvases) {
      canvas.remove();
      canvas.style.clipPath = "";
    }
    for (const face of this.faces) face.remove();
    [this.canvases, this.faces] = [[], []];
  }

  /** Say what is to be seen, and whether there is a border to move. */
  describe(text: string, changed: boolean): void {
    page.handle.hidden = !changed;
    this.canvases.forEach((canvas, i) => {
      const top = i === this.canvases.length - 1;
      canvas.setAttribute("role", top ? "img" : "presentation");
      if (top) canvas.setAttribute("aria-label", text);
    });
  }

  /** Offer to leave each of several faces as it is; `toggle` says whether the face is changed now. */
  offer(faces: Points[], toggle: (index: number) => boolean): void {
    const [{ width, height }] = this.canvases;
    const range = (points: Points, k: number) => {
      const values = points.filter((_, i) => i % 3 === k);
      return [Math.min(...values), Math.max(...values)];
    };
    const placed = faces.map((points, index) => ({ index, x: range(points, 0), y: range(points, 1) }));
    this.faces = placed
      .sort((p, q) => p.x[0] - q.x[0])
      .map(({ index, x, y }, place) => {
        const button = document.createElement("button");
        [button.type, button.className, button.title] = ["button", "face", "Change this face, or leave it as it is"];
        button.setAttribute("aria-label", `Change face ${place + 1} from the left`);
        button.setAttribute("aria-pressed", "true");
        const sides = [x[0] / width, y[0] / height, (x[1] - x[0]) / width, (y[1] - y[0]) / height].map((share) => `${100 * share}%`);
        [button.style.left, button.style.top, button.style.width, button.style.height] = sides;
        button.addEventListener("click", () => button.setAttribute("aria-pressed", String(toggle(index))));
        return button;
      });
    page.handle.before(...this.faces);
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
