/** Makes the small pictures of the expressions, when nothing else is to be done. */
import { computed } from "@preact/signals";
import type { ActionDrawer } from "../actions/change";
import type { Points } from "../core/pose";
import type { Parts } from "../loading";
import { drawTile, tileFace, type TileFace } from "../photos/tiles";
import { choose, UNCHANGED, wishOf } from "../session/face_edit";
import type { State } from "./state";

const WAITS = 350; // milliseconds after the last change
/** The name of the tile that shows the face as it is. */
export const AS_IT_IS = "";

export class TileMaker {
  private photo: HTMLCanvasElement | null = null;
  private faces: readonly Points[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private made = -1; // the face whose tiles there are

  constructor(
    private readonly parts: Parts,
    private readonly state: State,
    private readonly actions: () => ActionDrawer | null,
  ) {
    computed(() => `${this.face()} ${this.wanted()}`).subscribe(() => this.photo && this.again());
  }

  /** Make the tiles of a picture that has come onto the stage; they show the face that edits are for. */
  begin(photo: HTMLCanvasElement, faces: readonly Points[]): void {
    [this.photo, this.faces] = [photo, faces];
    this.again();
  }

  end(): void {
    clearTimeout(this.timer);
    this.photo = null;
    this.state.tiles.value = new Map();
  }

  /** Make them anew. */
  again(): void {
    clearTimeout(this.timer);
    this.made = this.face();
    const landmarks = this.faces[this.made];
    if (!this.photo || !landmarks) return void (this.state.tiles.value = new Map());
    const face = tileFace(this.parts, this.photo, landmarks);
    this.state.tiles.value = new Map([[AS_IT_IS, face.picture]]);
    const names = this.wanted() ? this.state.catalogue.value.expressions.map(({ name }) => name) : [];
    this.timer = setTimeout(() => this.next(face, names), WAITS);
  }

  private next(face: TileFace, [name, ...others]: string[]): void {
    if (name === undefined) return;
    const wish = wishOf(choose(UNCHANGED, name), this.state.catalogue.value);
    const tile = drawTile({ ...this.parts, actions: this.actions() }, face, wish);
    this.state.tiles.value = new Map([...this.state.tiles.value, [name, tile]]);
    this.timer = setTimeout(() => this.next(face, others));
  }

  /** Whether the face is changed: nothing is drawn on one that is left alone. */
  private wanted(): boolean {
    return this.state.edits.value[this.face()]?.wanted ?? true;
  }

  private face(): number {
    const { selected, edits } = this.state;
    return (
      selected.value ??
      Math.max(
        0,
        edits.value.findIndex(({ wanted }) => wanted),
      )
    );
  }
}
