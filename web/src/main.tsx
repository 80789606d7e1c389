/** Starts the page. */
import { render } from "preact";
import { loadParts } from "./loading";
import { firstLanguage, speak, t } from "./messages";
import { incomingFiles } from "./offline/incoming";
import { canInstall, onInstallable } from "./offline/installing";
import { startOffline } from "./offline/offline";
import { handle, type Handle } from "./studio/handle";
import { startProblem } from "./studio/problems";
import { State } from "./studio/state";
import { Studio } from "./studio/studio";
import { listenForFiles } from "./ui/incoming";
import { listenForShortcuts } from "./ui/shortcuts";
import { Page } from "./ui/page";
import { ProgramContext, type Program } from "./ui/program";

declare global {
  /** For scripts that drive the page: what is on the stage, once it is loaded. */
  var pixelfes: Handle | undefined;
}

const state = new State();
state.status.value = { kind: "busy", text: () => t().loading };
const loaded = loadParts().then((parts) => new Studio(parts, state));
const program: Program = { state, act: (what) => void loaded.then(what).catch((error: unknown) => console.error(error)) };

await speak(firstLanguage()).catch(() => speak("en"));
render(
  <ProgramContext.Provider value={program}>
    <Page />
  </ProgramContext.Provider>,
  document.getElementById("page") as HTMLElement,
);
listenForFiles(program);
listenForShortcuts(program);
document.addEventListener("visibilitychange", () => {
  const hidden = document.visibilityState === "hidden";
  program.act((studio) => studio.hidden(hidden));
});
loaded.then(
  (studio) => (globalThis.pixelfes = handle(studio)),
  (error: unknown) => {
    console.error(error);
    state.status.value = { kind: "bad", text: startProblem(error) };
  },
);

startOffline(
  {
    onKept: () => (state.kept.value = true),
    onUpdate: (apply) => (state.update.value = apply),
    onForgotten: () => (state.kept.value = false),
  },
  loaded,
).catch(console.warn);
onInstallable(() => (state.installable.value = canInstall()));
incomingFiles((files) => program.act((studio) => studio.photos.open(files)));
