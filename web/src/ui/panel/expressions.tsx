import { useState } from "preact/hooks";
import { capital, named, t } from "../../messages";
import type { Expression } from "../../session/catalogue";
import { choose, toggleInMix, UNCHANGED } from "../../session/face_edit";
import { AS_IT_IS } from "../../studio/tile_maker";
import { Picture } from "../picture";
import { useProgram } from "../program";

/** The expressions, as pictures of the very face. */
export function Expressions() {
  const { state } = useProgram();
  const [mixing, setMixing] = useState(false);
  const { expressions } = state.catalogue.value;
  return (
    <fieldset class="expressions">
      <legend class="unseen">{t().expressions}</legend>
      <div class="row">
        <strong aria-hidden="true">{t().expressions}</strong>
        {expressions.length > 1 && (
          <label class="check">
            <input type="checkbox" id="mix" checked={mixing} onChange={(event) => setMixing(event.currentTarget.checked)} />
            {t().mix}
          </label>
        )}
      </div>
      <div class="tiles" id="tiles">
        <AsItIs />
        {expressions.map((expression) => (
          <Tile key={expression.name} expression={expression} mixing={mixing} />
        ))}
      </div>
    </fieldset>
  );
}

function AsItIs() {
  const { state, act } = useProgram();
  const { mix, own, gaze, neutral } = state.edit.value;
  const still = !Object.keys(mix).length && !Object.keys(own).length && !gaze[0] && !gaze[1] && !neutral;
  const clear = () => act((studio) => studio.editing.change((edit) => ({ ...UNCHANGED, wanted: edit.wanted })));
  return <TileButton name={AS_IT_IS} label={t().asItIs} pressed={still} onClick={clear} />;
}

function Tile({ expression, mixing }: { expression: Expression; mixing: boolean }) {
  const { state, act } = useProgram();
  const { name, experimental } = expression;
  const press = (event: MouseEvent) => {
    const add = mixing || event.shiftKey || event.ctrlKey || event.metaKey;
    act((studio) => studio.editing.change((edit) => (add ? toggleInMix(edit, name) : choose(edit, name))));
  };
  const label = capital(named(t().names, name));
  return <TileButton name={name} label={label} pressed={name in state.edit.value.mix} experimental={experimental} onClick={press} />;
}

interface TileProps {
  name: string;
  label: string;
  pressed: boolean;
  experimental?: boolean;
  onClick: (event: MouseEvent) => void;
}

function TileButton({ name, label, pressed, experimental, onClick }: TileProps) {
  const { state } = useProgram();
  const picture = state.tiles.value.get(name);
  const text = capital(label);
  return (
    <button
      type="button"
      class="tile"
      data-name={name}
      aria-pressed={pressed}
      title={experimental ? t().experimentalMore : undefined}
      onClick={onClick}
    >
      {picture ? <Picture canvas={picture} class="face-picture" /> : <span class="face-picture" />}
      <span class="name">{text}</span>
      {experimental && <span class="badge">{t().experimental}</span>}
    </button>
  );
}
