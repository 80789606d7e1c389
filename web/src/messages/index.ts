/** The messages in the language of the page: one that was chosen, or the browser's. */
import { signal } from "@preact/signals";
import english, { type Messages } from "./en";

export type { Messages };

/** Languages by their tags, each named in itself. */
export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español", fr: "Français", zh: "中文", ur: "اردو" } as const;
export type Language = keyof typeof LANGUAGES;

/** What loads the messages of a language: only one that is spoken is loaded. */
export const FILES: Record<Language, () => Promise<{ default: Messages }>> = {
  en: () => Promise.resolve({ default: english }),
  de: () => import("./de"),
  es: () => import("./es"),
  fr: () => import("./fr"),
  zh: () => import("./zh"),
  ur: () => import("./ur"),
};
const RIGHT_TO_LEFT: readonly string[] = ["ur"];
const CHOSEN = "pixelfes-language";

export const language = signal<Language>("en");
export const messages = signal<Messages>(english);
let wanted: Language = "en";

/** What the page says now. */
export const t = (): Messages => messages.value;

/** The first of the tags that there are messages in; `zh-TW` means `zh`. */
export function preferred(tags: readonly string[]): Language {
  const languages = tags.map((tag) => tag.toLowerCase().split("-")[0]);
  return (languages.find((tag) => Object.hasOwn(LANGUAGES, tag)) as Language | undefined) ?? "en";
}

/** The language to begin with: the one that was chosen at an earlier visit, or the browser's. */
export function firstLanguage(): Language {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(CHOSEN);
  } catch {} // a browser that keeps nothing
  return preferred(chosen === null ? navigator.languages : [chosen, ...navigator.languages]);
}

/** Speak a language from now on, and at the next visit. */
export async function chooseLanguage(tag: Language): Promise<void> {
  await speak(tag);
  try {
    localStorage.setItem(CHOSEN, tag);
  } catch {} // chosen for this visit only
}

/** Speak a language from now on. */
export async function speak(tag: Language): Promise<void> {
  wanted = tag;
  const { default: texts } = await FILES[tag]();
  if (wanted !== tag) return; // another has been chosen meanwhile
  [language.value, messages.value] = [tag, texts];
  document.documentElement.lang = tag;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(tag) ? "rtl" : "ltr";
}

/** A name of an expression or a movement in the page's language, or made readable. */
export function named(names: Readonly<Record<string, string>>, name: string): string {
  return names[name] ?? name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}

/** A text with its first letter large. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
