/** What people do with the page: buttons, sliders, photos dropped and pasted. */
import type { App } from "./app";
import { page } from "./elements";

/** Listen from the start: a photo dropped while the page still loads waits for it, and does not take its place. */
export function listen(loaded: Promise<App>): void {
  const act = (what: (app: App) => unknown) => void loaded.then(what, () => undefined);
  const open = (file: File | undefined) => file && act((app) => app.openFile(file, file.name));
  for (const opener of page.openers) opener.addEventListener("click", () => page.file.click());
  for (const camera of page.cameras) camera.addEventListener("click", () => act((app) => app.toggleCamera()));
  page.portrait.addEventListener("click", () => act((app) => app.openFile(portrait(), "portrait.jpg")));
  page.turn.addEventListener("click", () => act((app) => app.turnCamera()));
  page.keep.addEventListener("click", () => act((app) => app.keepPicture()));
  page.download.addEventListener("click", () => act((app) => app.download()));
  page.intensity.addEventListener("input", () => act((app) => app.setIntensity(page.intensity.valueAsNumber / 100)));
  page.wipe.addEventListener("input", () => act((app) => app.setWipe(page.wipe.valueAsNumber / 100)));
  page.file.addEventListener("change", () => {
    open(page.file.files?.[0]);
    page.file.value = ""; // the same file again is a change as well
  });
  document.addEventListener("paste", (event) => open(firstImage(event.clipboardData)));
  listenForDrops(open);
}

function listenForDrops(open: (file: File | undefined) => void): void {
  const over = (is: boolean) => page.stage.classList.toggle("over", is);
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
    open(firstImage(event.dataTransfer) ?? event.dataTransfer?.files[0]);
  });
}

function firstImage(data: DataTransfer | null): File | undefined {
  return [...(data?.files ?? [])].find((file) => file.type.startsWith("image/"));
}

async function portrait(): Promise<Blob> {
  const response = await fetch("portrait.jpg");
  if (!response.ok) throw new Error(`portrait.jpg: ${response.status}`);
  return response.blob();
}
