/** What is said of files, in the page's language: one plain sentence each. */
import { t } from "../messages";
import type english from "../messages/en";

export type FileMessage = keyof typeof english.files;
export type Values = Readonly<Record<string, string | number>>;

/** A sentence with its values in place. */
export function fileSentence(message: FileMessage, values: Values = {}): string {
  return t().files[message].replace(/\{(\w+)\}/g, (braces, key: string) => String(values[key] ?? braces));
}
