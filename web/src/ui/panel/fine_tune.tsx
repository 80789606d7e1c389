import { useState } from "preact/hooks";
import { capital, named, t } from "../../messages";
import { REGIONS, type ActionSlider, type Region } from "../../session/catalogue";
import { setSizes, wishOf } from "../../session/face_edit";
import { useProgram } from "../program";
import { GazePad } from "./gaze";
import { Slider } from "./slider";

/** Every facial action as a slider, by region, found by name; and where the eyes look. */
export function FineTune() {
  const { state, act } = useProgram();
  const [search, setSearch] = useState("");
  const [apart, setApart] = useState(false);
  const { sliders } = state.catalogue.value;
  if (!sliders.length) return null;
  const found = sliders.filter((slider) => matches(slider, search));
  return (
    <details
      class="fine-tune"
      id="fine-tune"
      open={state.gazing.value}
      onToggle={(event) => (state.gazing.value = event.currentTarget.open)}
    >
      <summary>{t().fineTune}</summary>
      <Slider
        id="neutral"
        label={t().backToNeutral}
        value={wishOf(state.edit.value, state.catalogue.value).neutral}
        largest={1}
        onInput={(value) => act((studio) => studio.editing.change((edit) => ({ ...edit, neutral: value }), "neutral"))}
        onRest={() => act((studio) => studio.editing.rest())}
      />
      <label class="check">
        <input
          type="checkbox"
          id="only"
          checked={state.edit.value.only}
          onChange={(event) => {
            const only = event.currentTarget.checked;
            act(({ editing }) => editing.change((edit) => ({ ...edit, only })));
          }}
        />
        {t().onlyMissing}
      </label>
      <input
        type="search"
        id="search"
        placeholder={t().search}
        aria-label={t().search}
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <label class="check">
        <input type="checkbox" id="apart" checked={apart} onChange={(event) => setApart(event.currentTarget.checked)} />
        {t().eachSide}
      </label>
      {!found.length && <p class="soft">{t().nothingFound}</p>}
      {REGIONS.map((region) => (
        <RegionSliders key={region} region={region} sliders={found.filter((slider) => slider.region === region)} apart={apart} />
      ))}
    </details>
  );
}

function matches({ name }: ActionSlider, search: string): boolean {
  const text = plain(`${name} ${named(t().movements, name)}`);
  return plain(search)
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** A text in small letters without accents, as people type what they look for. */
function plain(text: string): string {
  return text
    .toLocaleLowerCase()
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "");
}

function RegionSliders({ region, sliders, apart }: { region: Region; sliders: ActionSlider[]; apart: boolean }) {
  if (!sliders.length) return null;
  return (
    <fieldset>
      <legend>{t().regions[region]}</legend>
      {region === "eyes" && <GazePad />}
      {sliders.map((slider) =>
        apart && slider.actions.length > 1 ? (
          slider.actions.map((action) => <ActionSize key={action} slider={slider} actions={[action]} />)
        ) : (
          <ActionSize key={slider.name} slider={slider} actions={slider.actions} />
        ),
      )}
    </fieldset>
  );
}

function ActionSize({ slider, actions }: { slider: ActionSlider; actions: readonly string[] }) {
  const { state, act } = useProgram();
  const sizes = wishOf(state.edit.value, state.catalogue.value).actions;
  const value = Math.min(slider.largest, Math.max(...actions.map((name) => sizes[name] ?? 0)));
  const movement = capital(named(t().movements, slider.name));
  const alone = actions.length < slider.actions.length;
  return (
    <Slider
      id={`action-${alone ? actions[0] : slider.name}`}
      label={alone ? t().sideOf(movement, actions[0].endsWith("_L") ? "L" : "R") : movement}
      value={value}
      largest={slider.largest}
      onInput={(size) => act((studio) => studio.editing.change((edit) => setSizes(edit, actions, size), actions.join()))}
      onRest={() => act((studio) => studio.editing.rest())}
    />
  );
}
