import { LANGUAGES, language, speak, t, type Language } from "../messages";
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
  return (
    <select
      class="language"
      aria-label={t().language}
      value={language.value}
      onChange={(event) => void speak(event.currentTarget.value as Language)}
    >
      {Object.entries(LANGUAGES).map(([tag, name]) => (
        <option key={tag} value={tag} lang={tag}>
          {name}
        </option>
      ))}
    </select>
  );
}
