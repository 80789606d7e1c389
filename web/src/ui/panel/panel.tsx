/** The controls beside the picture. */
import { t } from "../../messages";
import { useProgram } from "../program";
import { CameraBox } from "./camera_box";
import { Expressions } from "./expressions";
import { Faces } from "./faces";
import { FineTune } from "./fine_tune";
import { Intensities } from "./intensities";
import { Saving } from "./saving";

export function Panel() {
  const { state } = useProgram();
  const shows = state.shows.value;
  return (
    <section class="panel" aria-label={t().controls}>
      <Status />
      {shows === "photo" && <Faces />}
      {shows !== "nothing" && state.editable.value && state.edit.value.wanted && (
        <>
          <Expressions />
          <Intensities />
          <FineTune />
        </>
      )}
      {shows === "photo" && <Saving />}
      {shows !== "nothing" && <CameraBox />}
    </section>
  );
}

function Status() {
  const { state } = useProgram();
  const { kind, text } = state.status.value;
  return (
    <p class="status" id="status" role="status" aria-live="polite" data-kind={kind}>
      {text()}
    </p>
  );
}
