import { named, t } from "../messages";
import { install } from "../offline/installing";
import { canKeep, forgetOffline, keepOffline } from "../offline/offline";
import { useProgram } from "./program";

/** What the page is made of, what people should know of its pictures, and what it keeps on the device. */
export function Footer() {
  const { state } = useProgram();
  const model = state.model.value;
  return (
    <footer>
      <p id="offline" data-kept={state.kept.value ? "yes" : undefined}>
        {t().staysMore} {state.kept.value && t().kept} <Keeping />
      </p>
      <p>
        {model && `${t().about(model.packageVersion, named(t().names, model.expression), Math.round(model.bytes / 1000))} `}
        {t().tellPeople}
      </p>
    </footer>
  );
}

/** Ways to keep the page, or to keep it no more. */
function Keeping() {
  const { state } = useProgram();
  const keep = () => keepOffline().catch(() => (state.status.value = { kind: "bad", text: () => t().notKept }));
  return (
    <>
      {state.installable.value && (
        <button type="button" class="link" id="install" onClick={() => void install()}>
          {t().install}
        </button>
      )}
      {canKeep() && (
        <button type="button" class="link" id="keep-page" onClick={() => void (state.kept.value ? forgetOffline() : keep())}>
          {state.kept.value ? t().forget : t().keep}
        </button>
      )}
    </>
  );
}
