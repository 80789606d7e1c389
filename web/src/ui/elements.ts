/** The elements of the page that the program speaks to. */

function found<T extends Element>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} with the id ${id}`);
  return element;
}

const button = (id: string): HTMLButtonElement => found(id, HTMLButtonElement);

export const page = {
  stage: found("stage", HTMLElement),
  welcome: found("welcome", HTMLElement),
  frame: found("frame", HTMLElement),
  handle: found("handle", HTMLElement),
  status: found("status", HTMLElement),
  intensity: found("intensity", HTMLInputElement),
  intensityLabel: found("intensity-label", HTMLElement),
  intensityValue: found("intensity-value", HTMLElement),
  wipe: found("wipe", HTMLInputElement),
  wipeValue: found("wipe-value", HTMLElement),
  buttons: found("buttons", HTMLElement),
  file: found("file", HTMLInputElement),
  speed: found("speed", HTMLElement),
  offline: found("offline", HTMLElement),
  about: found("about", HTMLElement),
  download: button("download"),
  keep: button("keep"),
  camera: button("camera"),
  turn: button("turn"),
  /** Ways to begin, in the panel and in the middle of the empty stage. */
  openers: [button("open"), button("welcome-open")],
  cameras: [button("camera"), button("welcome-camera")],
  portrait: button("portrait"),
};
