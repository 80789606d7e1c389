/** Changes what is wanted of the faces, step by step, so that each step can be taken back. */
import type { Wish } from "../actions/mixing";
import { choose, UNCHANGED, wishOf, type FaceEdit } from "../session/face_edit";
import { amend, redone, step, undone, type History } from "../session/history";
import type { OpenPhoto } from "../session/open_photo";
import type { State } from "./state";

export class Editing {
  private moving = ""; // the control that is being moved: its steps are one
  private scripted: Wish | null = null; // what a script asked for, in the place of the edits

  /** `changed` is told of every change of the edits. */
  constructor(
    private readonly state: State,
    private readonly changed: () => void,
  ) {}

  /** The edit that a new face begins with: the learned expression. */
  get first(): FaceEdit {
    return choose(UNCHANGED, this.state.model.value?.expression ?? "");
  }

  /** What is to be drawn on each face of a photo, by default the one on the stage. */
  wishes(photo: OpenPhoto | null = this.state.photo.value): (Wish | null)[] {
    const edits = photo?.history.value.now ?? [];
    if (this.scripted && photo === this.state.photo.value) return edits.map(() => this.scripted);
    return edits.map((edit) => (edit.wanted ? wishOf(edit, this.state.catalogue.value) : null));
  }

  /** Another photo has come onto the stage. */
  begin(): void {
    [this.moving, this.scripted] = ["", null];
  }

  /** Change the edits of the chosen face, or of all; the steps of one `control` while it is moved are one step to undo. */
  change(change: (edit: FaceEdit) => FaceEdit, control = ""): void {
    const { state } = this;
    this.scripted = null;
    if (state.shows.value === "camera") {
      state.live.value = change(state.live.value);
      return this.changed();
    }
    const { value: photo } = state.photo;
    if (!photo) return;
    const chosen = state.selected.value;
    const meant = (edit: FaceEdit, index: number) => (chosen === null ? edit.wanted : chosen === index);
    const next = state.edits.value.map((edit, i) => (meant(edit, i) ? change(edit) : edit));
    const { value: history } = photo.history;
    photo.history.value = control && control === this.moving ? amend(history, next) : step(history, next);
    this.moving = control;
    this.changed();
  }

  /** A control has been let go. */
  rest(): void {
    this.moving = "";
  }

  undo(): void {
    this.move(undone);
  }

  redo(): void {
    this.move(redone);
  }

  /** Begin again as when the photo was opened; that can be undone too. */
  reset(): void {
    const edits = this.state.faces.value.map(({ verdict }) => ({ ...this.first, wanted: verdict === "ok" }));
    this.move((history) => step(history, edits));
  }

  /** Choose the face that edits are for; null for all. */
  select(index: number | null): void {
    this.state.selected.value = index;
    this.moving = "";
  }

  /** Change a face, or leave it as it is; who insists has a face changed in spite of its verdict. */
  want(index: number, wanted: boolean): void {
    const next = this.state.edits.value.map((edit, i) => (i === index ? { ...edit, wanted } : edit));
    this.move((history) => step(history, next));
  }

  /** Draw what a script asks for on all faces, in the place of the edits. */
  script(wish: Wish): void {
    this.scripted = wish;
  }

  private move(move: (history: History<readonly FaceEdit[]>) => History<readonly FaceEdit[]>): void {
    const { value: photo } = this.state.photo;
    if (!photo) return;
    this.begin();
    photo.history.value = move(photo.history.value);
    this.changed();
  }
}
