/** Keys that work anywhere on the page. */
import type { Program } from "./program";

/** Undo and redo by the keys that people know. */
export function listenForShortcuts({ act }: Program): void {
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || isText(event.target)) return;
    const key = event.key.toLowerCase();
    const redo = key === "y" || (key === "z" && event.shiftKey);
    if (!redo && key !== "z") return;
    event.preventDefault();
    act(({ editing }) => (redo ? editing.redo() : editing.undo()));
  });
}

/** Whether keys are text here. */
function isText(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && ["search", "text", "number"].includes(target.type);
}
