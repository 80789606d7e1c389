import { t } from "../messages";
import { useProgram } from "./program";

/** What the page is made of, and what people should know of its pictures. */
export function Footer() {
  const { state } = useProgram();
  const model = state.model.value;
  return (
    <footer>
      <p id="offline" data-kept={state.kept.value ? "yes" : undefined}>
        {t().staysMore} {state.kept.value && t().kept}
      </p>
      <p>
        {model && `${t().about(model.packageVersion, model.expression, Math.round(model.bytes / 1000))} `}
        {t().tellPeople}
      </p>
    </footer>
  );
}
