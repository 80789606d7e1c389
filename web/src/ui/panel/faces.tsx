import { t } from "../../messages";
import type { Verdict } from "../../trust/verdicts";
import { useProgram } from "../program";

/** Which face the controls are for, and whether it is changed; where it is left as it is, why. */
export function Faces() {
  const { state, act } = useProgram();
  const { faces, edits, selected } = state;
  const index = selected.value;
  if (faces.value.length < 2 && faces.value.every(({ verdict }) => verdict === "ok")) return null;
  const face = index === null ? null : faces.value[index];
  return (
    <fieldset class="faces">
      <legend>{t().whichFace}</legend>
      <div class="chips">
        <Chip label={t().everyFace} index={null} />
        {fromLeft(faces.value.map(({ landmarks }) => landmarks)).map((known, place) => (
          <Chip key={known} label={t().face(place + 1)} index={known} />
        ))}
      </div>
      {face && index !== null && (
        <label class="check">
          <input
            type="checkbox"
            id="change-face"
            checked={edits.value[index]?.wanted}
            onChange={(event) => {
              const wanted = event.currentTarget.checked;
              act((studio) => studio.editing.want(index, wanted));
            }}
          />
          {face.verdict === "ok" ? t().changeFace : t().insist}
        </label>
      )}
      {face && face.verdict !== "ok" && <Reason verdict={face.verdict} />}
    </fieldset>
  );
}

function Reason({ verdict }: { verdict: Verdict }) {
  const { reason, explanation } = t().verdicts[verdict];
  return (
    <p class="reason">
      {t().leftAlone(reason)} <span class="soft">{explanation}</span>
    </p>
  );
}

function Chip({ label, index }: { label: string; index: number | null }) {
  const { state, act } = useProgram();
  return (
    <button
      type="button"
      class="chip"
      aria-pressed={state.selected.value === index}
      onClick={() => act((studio) => studio.editing.select(index))}
    >
      {label}
    </button>
  );
}

/** Faces in the order in which they are seen. */
function fromLeft(faces: readonly ArrayLike<number>[]): number[] {
  return faces.map((_, i) => i).sort((i, j) => faces[i][0] - faces[j][0]);
}
