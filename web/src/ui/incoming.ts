/** Photos that come to the page: chosen, dropped, pasted. */
import type { Program } from "./program";

const chooser = document.createElement("input");

/** Let the user choose files. */
export const chooseFiles = (): void => chooser.click();

/** Listen from the start: a photo dropped while the page still loads waits for it, and does not take its place. */
export function listenForFiles({ act }: Program): void {
  const open = (files: readonly File[]) => files.length && act((studio) => studio.photos.open(files));
  [chooser.type, chooser.accept, chooser.multiple, chooser.hidden, chooser.id] = ["file", "image/*", true, true, "file"];
  chooser.ariaLabel = "Photos";
  document.body.append(chooser);
  chooser.addEventListener("change", () => {
    open([...(chooser.files ?? [])]);
    chooser.value = ""; // the same file again is a change as well
  });
  document.addEventListener("paste", (event) => open(images(event.clipboardData)));
  listenForDrops(open);
}

function listenForDrops(open: (files: readonly File[]) => void): void {
  const over = (is: boolean) => document.getElementById("stage")?.classList.toggle("over", is);
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget ?? over(false));
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    over(false);
    open([...(event.dataTransfer?.files ?? [])]);
  });
}

function images(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])].filter((file) => file.type.startsWith("image/"));
}
