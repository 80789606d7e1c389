/** Why a photo cannot be read or written. */
import { fileSentence, type FileMessage, type Values } from "./messages";

export class PhotoError extends Error {
  constructor(
    readonly problem: FileMessage,
    readonly values: Values = {},
  ) {
    super(fileSentence(problem, values));
    this.name = "PhotoError";
  }
}
