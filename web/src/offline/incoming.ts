/** Photos that come from outside the page: opened with the installed app, or shared to it. */
import { SHARED } from "./protocol";
import { readShared } from "./shared_photos";
import { SCOPE } from "./version";

interface LaunchQueue {
  setConsumer(consumer: (launched: { files: readonly FileSystemFileHandle[] }) => void): void;
}

/** Call back with the photos that the operating system opens with the page, and with those that another app has shared. */
export function incomingFiles(callback: (files: File[]) => void): void {
  const deliver = (coming: Promise<File[]>): void => {
    coming.then((files) => files.length && callback(files)).catch(console.warn);
  };
  const queue = (globalThis as { launchQueue?: LaunchQueue }).launchQueue;
  queue?.setConsumer(({ files }) => deliver(Promise.all(files.map((file) => file.getFile()))));
  if (location.search !== SHARED) return;
  history.replaceState(history.state, "", SCOPE);
  deliver(readShared(SCOPE));
}
