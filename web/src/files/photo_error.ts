/** Why a photo cannot be read or written. */
import type { FileMessage, Values } from "./messages";

export class PhotoError extends Error {
  constructor(
    readonly problem: FileMessage,
    readonly values: Values = {},
  ) {
    super(problem);
    this.name = "PhotoError";
  }
}
