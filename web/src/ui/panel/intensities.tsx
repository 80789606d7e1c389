import { capital, named, t } from "../../messages";
import { setIntensity } from "../../session/face_edit";
import { useProgram } from "../program";
import { Slider } from "./slider";

const LARGEST = 1.5;

/** How strong each chosen expression is. */
export function Intensities() {
  const { state, act } = useProgram();
  const { mix } = state.edit.value;
  return (
    <div class="sliders" id="intensities">
      {Object.entries(mix).map(([name, intensity], place) => (
        <Slider
          key={name}
          id={place ? `intensity-${place}` : "intensity"}
          label={capital(named(t().names, name))}
          value={intensity}
          largest={LARGEST}
          onInput={(value) => act((studio) => studio.editing.change((edit) => setIntensity(edit, name, value), `mix ${name}`))}
          onRest={() => act((studio) => studio.editing.rest())}
        />
      ))}
    </div>
  );
}
