/** Starts the page. */
import * as drawing from "./handle/drawing";
import { loadParts } from "./loading";
import { App } from "./ui/app";
import { page } from "./ui/elements";
import { listen } from "./ui/input";
import { startProblem } from "./ui/messages";

declare global {
  /** For scripts that drive the page: what is on the stage, once it is loaded. */
  var pixelfes:
    | (Pick<App, "landmarks" | "original" | "changed" | "frames" | "times" | "show" | "loadActions"> & { drawing: typeof drawing })
    | undefined;
}

async function load(): Promise<App> {
  const parts = await loadParts();
  const app = new App(parts);
  const { expression, packageVersion, bytes } = parts.model;
  page.intensityLabel.textContent = expression.charAt(0).toUpperCase() + expression.slice(1);
  page.about.textContent = `pixelfes ${packageVersion}, the model “${expression}” (${Math.round(bytes / 1000)} KB).`;
  app.ready();
  globalThis.pixelfes = Object.assign(app, { drawing });
  return app;
}

function complain(error: unknown): void {
  console.error(error);
  page.status.dataset.kind = "bad";
  page.status.textContent = startProblem(error);
}

async function keepForOffline(): Promise<void> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("sw.js");
  await navigator.serviceWorker.ready;
  page.offline.textContent =
    "Faces are found and changed by your browser; nothing is sent anywhere. The page is kept on this device and works without a network.";
  page.offline.dataset.kept = "yes";
}

const loaded = load();
loaded.catch(complain);
listen(loaded);
keepForOffline().catch(console.warn);
