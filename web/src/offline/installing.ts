/** Installs the page as an app. */

interface InstallPrompt extends Event {
  prompt(): Promise<{ outcome: "accepted" | "dismissed" }>;
}

let offered: InstallPrompt | null = null;
const changed = new Set<() => void>();

// From the start: the browser offers it once, perhaps before the page is ready.
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault(); // the page's own button comes in place of the browser's bar
  offer(event as InstallPrompt);
});
addEventListener("appinstalled", () => offer(null));

function offer(prompt: InstallPrompt | null): void {
  offered = prompt;
  for (const tell of changed) tell();
}

/** Whether the browser offers to install the page now. */
export const canInstall = (): boolean => offered !== null;

/** Call back whenever `canInstall` may have changed. */
export function onInstallable(tell: () => void): void {
  changed.add(tell);
}

/** Ask the user to install the page; true if they did. */
export async function install(): Promise<boolean> {
  const prompt = offered;
  offer(null); // the browser takes each offer once
  return (await prompt?.prompt())?.outcome === "accepted";
}

/** Whether the page runs as an installed app. */
export const isApp = (): boolean => matchMedia("(display-mode: standalone)").matches;

/** Call back when the user has installed the page. */
export function installedByUser(tell: () => void): void {
  window.addEventListener("appinstalled", tell);
}
