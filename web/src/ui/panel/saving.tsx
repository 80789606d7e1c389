import { t } from "../../messages";
import { useProgram } from "../program";

/** The ways to save what is on the stage. */
export function Saving() {
  const { state, act } = useProgram();
  return (
    <div class="saving">
      <button
        type="button"
        class="primary"
        id="download"
        disabled={!state.editable.value}
        onClick={() => act((studio) => studio.saving.download())}
      >
        {t().download}
      </button>
    </div>
  );
}
