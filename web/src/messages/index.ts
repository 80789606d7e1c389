/** The messages in the language of the page: the browser's, or one that was chosen. */
import { signal } from "@preact/signals";
import english, { type Messages } from "./en";

export type { Messages };

/** Languages by their tags, each named in itself. */
export const LANGUAGES = { en: "English" } as const;
export type Language = keyof typeof LANGUAGES;

const FILES: Record<Language, () => Promise<{ default: Messages }>> = {
  en: () => Promise.resolve({ default: english }),
};
const RIGHT_TO_LEFT: readonly string[] = ["ur"];

export const language = signal<Language>("en");
export const messages = signal<Messages>(english);

/** What the page says now. */
export const t = (): Messages => messages.value;

/** The first of the browser's languages that there are messages in. */
export function preferred(wanted: readonly string[]): Language {
  const tags = wanted.map((tag) => tag.toLowerCase().split("-")[0]);
  return (tags.find((tag) => tag in LANGUAGES) as Language | undefined) ?? "en";
}

/** Speak a language from now on. */
export async function speak(tag: Language): Promise<void> {
  const { default: texts } = await FILES[tag]();
  [language.value, messages.value] = [tag, texts];
  document.documentElement.lang = tag;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(tag) ? "rtl" : "ltr";
  document.title = texts.title;
}

/** A name of an expression or a movement in the page's language, or made readable. */
export function named(names: Readonly<Record<string, string>>, name: string): string {
  return names[name] ?? name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}

/** A text with its first letter large. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
