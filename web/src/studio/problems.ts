/** What went wrong, as a sentence in the page's language. */
import { ModelFileError } from "../core/model";
import { WebGLMissingError } from "../gl/renderer";
import { LandmarkerError } from "../landmarks";
import { t } from "../messages";
import { fileSentence } from "../files/messages";
import { PhotoError } from "../files/photo_error";

type Sentence = () => string;

export function photoProblem(error: unknown): Sentence {
  if (error instanceof PhotoError) return () => fileSentence(error.problem, error.values);
  if (error instanceof WebGLMissingError) return () => t().cardLost;
  return () => t().notChanged;
}

export function cameraProblem(error: unknown): Sentence {
  const name = error instanceof DOMException ? error.name : "other";
  return () => t().camera[name] ?? t().camera.other;
}

export function startProblem(error: unknown): Sentence {
  if (error instanceof WebGLMissingError) return () => t().noWebGL;
  if (error instanceof LandmarkerError) return () => t().noDetector;
  if (error instanceof ModelFileError) return () => t().badModel(error.message);
  return () => t().notLoaded;
}
