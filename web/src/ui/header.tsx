import { chooseLanguage, LANGUAGES, language, t, type Language } from "../messages";
import { Icon } from "./icons";

/** The name of the page, what happens to photos, and the language. */
export function Header() {
  return (
    <header class="top">
      <h1>
        <img src="./icon.svg" alt="" width="28" height="28" /> pixelfes
      </h1>
      <p class="privacy">
        <Icon name="lock" />
        {t().stays}
      </p>
      <LanguageChoice />
    </header>
  );
}

function LanguageChoice() {
  const choose = (select: HTMLSelectElement) => {
    chooseLanguage(select.value as Language).catch(() => (select.value = language.value)); // its messages could not be loaded
  };
  return (
    <select class="language" aria-label={t().language} value={language.value} onChange={(event) => choose(event.currentTarget)}>
      {Object.entries(LANGUAGES).map(([tag, name]) => (
        <option key={tag} value={tag} lang={tag}>
          {name}
        </option>
      ))}
    </select>
  );
}
