/** How the picture on the stage is looked at: zoomed, moved, and with the border between before and after. */
import { fitScale, placeOf, wipedShare } from "../session/view";
import type { State } from "./state";

const REVEAL = 1100; // milliseconds in which a new picture is uncovered

export class Looking {
  /** `changed` is told where what is drawn may depend on it. */
  constructor(
    private readonly state: State,
    readonly changed: () => void,
  ) {}

  /** Share of the picture's width that shows it as it was. */
  get wiped(): number {
    const { border, view, stage, picture, holding } = this.state;
    if (holding.value) return 1;
    return wipedShare(border.value, placeOf(view.value, stage.value, picture.value), stage.value);
  }

  /** Long side of the picture on the screen, device pixels. */
  get side(): number {
    const { picture, stage, view } = this.state;
    const { width, height } = picture.value;
    return Math.max(width, height) * fitScale(stage.value, picture.value) * view.value.zoom * devicePixelRatio;
  }

  setBorder(border: number): void {
    this.state.border.value = border;
    if (this.state.shows.value === "camera") this.changed();
  }

  /** Show the picture as it was, while something is held. */
  hold(is: boolean): void {
    this.state.holding.value = is;
    if (this.state.shows.value === "camera") this.changed();
  }

  /** Uncover a new picture from right to left, so that one sees what has changed. */
  reveal(): void {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const { border, photo } = this.state;
    const [{ value: shown }, start] = [photo, performance.now()];
    let last = (border.value = 1);
    const move = (now: number) => {
      if (photo.value !== shown || border.value !== last) return; // something else is shown, or the border was moved
      const t = Math.min(1, Math.max(0, (now - start) / REVEAL));
      last = border.value = 1 - t * t * (3 - 2 * t);
      if (t < 1) requestAnimationFrame(move);
    };
    requestAnimationFrame(move);
  }
}
