/** What people do with the page: buttons, sliders, photos dropped and pasted. */
import type { App } from "./app";
import { page } from "./elements";

export function listen(app: App): void {
  for (const opener of page.openers) opener.addEventListener("click", () => page.file.click());
  for (const camera of page.cameras) camera.addEventListener("click", () => void app.toggleCamera());
  page.portrait.addEventListener("click", () => void app.openFile(portrait(), "portrait.jpg"));
  page.turn.addEventListener("click", () => void app.turnCamera());
  page.keep.addEventListener("click", () => void app.keepPicture());
  page.download.addEventListener("click", () => void app.download());
  page.intensity.addEventListener("input", () => app.setIntensity(page.intensity.valueAsNumber / 100));
  page.wipe.addEventListener("input", () => app.setWipe(page.wipe.valueAsNumber / 100));
  page.file.addEventListener("change", () => {
    const [file] = page.file.files ?? [];
    if (file) void app.openFile(file, file.name);
    page.file.value = ""; // the same file again is a change as well
  });
  document.addEventListener("paste", (event) => {
    const file = firstImage(event.clipboardData);
    if (file) void app.openFile(file, file.name);
  });
  listenForDrops(app);
}

function listenForDrops(app: App): void {
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
    const file = firstImage(event.dataTransfer) ?? event.dataTransfer?.files[0];
    if (file) void app.openFile(file, file.name);
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
