/** What the page says: one plain sentence each. */
import { WebGLMissingError } from "../gl/renderer";
import { LandmarkerError } from "../landmarks";
import { MOST_MEGAPIXELS, PhotoError } from "../photos/photo";
import { ModelFileError } from "../core/model";

export const NO_FACE = "No face was found in this photo; try one in which a face is larger, or seen from the front.";
export const CAMERA_ENDED = "The camera has stopped.";
export const CARD_LOST = "The graphics card has gone away; please reload the page.";

const CAMERA: Record<string, string> = {
  NotFoundError: "No camera was found on this device.",
  OverconstrainedError: "No such camera was found on this device.",
  NotAllowedError: "The camera is blocked; allow it for this page in your browser's settings, then try again.",
  NotReadableError: "The camera cannot be read; perhaps another program is using it.",
  NotSupportedError: "Your browser gives this page no camera; it does so at https addresses and on this device itself.",
};

const PHOTO = {
  "no-image": "This file is not a photo that your browser can open.",
  "too-large": `This photo is too large; up to ${MOST_MEGAPIXELS} megapixels work, less where memory is short.`,
};

export const cameraProblem = (error: unknown): string =>
  (error instanceof DOMException && CAMERA[error.name]) || "The camera could not be started.";

export const photoProblem = (error: unknown): string =>
  error instanceof PhotoError
    ? PHOTO[error.problem]
    : error instanceof WebGLMissingError
      ? CARD_LOST
      : "This photo could not be changed; please reload the page and try again.";

export function startProblem(error: unknown): string {
  if (error instanceof WebGLMissingError) return "Your browser has no WebGL 2, which this page draws with.";
  if (error instanceof LandmarkerError) return "The part that finds faces could not be loaded; please reload the page.";
  if (error instanceof ModelFileError) return `The model cannot be used: ${error.message}.`;
  return "The page could not be loaded as a whole; please reload it.";
}

export const looking = "Looking for faces…";

/** "One face", "3 faces". */
export const faces = (count: number): string => (count === 1 ? "One face" : `${count} faces`);
