/** Loads what draws facial actions, once, when it is first needed. */
import type { ActionDrawer } from "../actions/change";
import { loadActions, type Parts } from "../loading";
import { catalogueOf } from "../session/catalogue";
import type { State } from "./state";

export class ActionsLoader {
  /** What draws them; null until it is loaded. */
  drawer: ActionDrawer | null = null;
  private loading: Promise<ActionDrawer> | null = null;

  constructor(
    private readonly parts: Parts,
    private readonly state: State,
  ) {}

  load(): Promise<ActionDrawer> {
    const { model, renderer } = this.parts;
    this.loading ??= loadActions(model, renderer).then(
      (drawer) => {
        this.drawer = drawer;
        this.state.catalogue.value = catalogueOf(model, drawer.actions);
        return drawer;
      },
      (error: unknown) => {
        this.loading = null; // the next one who asks tries again
        throw error;
      },
    );
    return this.loading;
  }
}
