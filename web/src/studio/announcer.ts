/** Says how things stand, and which of the things asked for is the last: what comes later ends what came before. */
import type { State, Status } from "./state";

export class Announcer {
  private turn = 0;

  constructor(private readonly state: State) {}

  say(kind: Status["kind"], text: Status["text"]): void {
    const { value: known } = this.state.status;
    if (known.kind !== kind || known.text() !== text()) this.state.status.value = { kind, text };
  }

  /** Begin something that takes a while; the answer says whether it is still what is wanted. */
  begin(text: Status["text"]): () => boolean {
    this.say("busy", text);
    const turn = ++this.turn;
    return () => turn === this.turn;
  }
}
