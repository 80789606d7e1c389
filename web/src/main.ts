/** Starts the page. */
import { offline } from "./handle/offline";
import { loadParts } from "./loading";
import { incomingFiles } from "./offline/incoming";
import { startOffline } from "./offline/offline";
import { App } from "./ui/app";
import { page } from "./ui/elements";
import { listen } from "./ui/input";
import { startProblem } from "./ui/messages";

declare global {
  /** For scripts that drive the page: what is on the stage, once it is loaded. */
  var pixelfes:
    | (Pick<App, "landmarks" | "original" | "changed" | "frames" | "times" | "show" | "loadActions"> & { offline: typeof offline })
    | undefined;
}

async function load(): Promise<App> {
  const parts = await loadParts();
  const app = new App(parts);
  const { expression, packageVersion, bytes } = parts.model;
  page.intensityLabel.textContent = expression.charAt(0).toUpperCase() + expression.slice(1);
  page.about.textContent = `pixelfes ${packageVersion}, the model “${expression}” (${Math.round(bytes / 1000)} KB).`;
  app.ready();
  globalThis.pixelfes = Object.assign(app, { offline });
  return app;
}

function complain(error: unknown): void {
  console.error(error);
  page.status.dataset.kind = "bad";
  page.status.textContent = startProblem(error);
}

const loaded = load();
loaded.catch(complain);
listen(loaded);
startOffline({ onKept: () => (page.offline.dataset.kept = "yes") }).catch(console.warn);
incomingFiles(([file]) => void loaded.then((app) => app.openFile(file, file.name)));
