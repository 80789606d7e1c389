import { t } from "../../messages";
import { Icon } from "../icons";
import { useProgram } from "../program";
import { canZoomIn, percentShown, showWhole, zoomBy } from "./moving";

const ZOOM = 1.5;

/** What is done to the picture as a whole: undo, compare, zoom. */
export function Toolbar() {
  const { state } = useProgram();
  if (state.shows.value === "nothing") return null;
  return (
    <div class="toolbar" role="toolbar" aria-label={t().picture}>
      {state.shows.value === "photo" && <Steps />}
      <Wipe />
      <Zoom />
    </div>
  );
}

function Steps() {
  const { state, act } = useProgram();
  const history = state.photo.value?.history.value;
  return (
    <span class="group">
      <Tool
        name="undo"
        id="undo"
        label={t().undo}
        disabled={!history?.past.length}
        onClick={() => act((studio) => studio.editing.undo())}
      />
      <Tool
        name="redo"
        id="redo"
        label={t().redo}
        disabled={!history?.future.length}
        onClick={() => act((studio) => studio.editing.redo())}
      />
      <Tool
        name="reset"
        id="reset"
        label={t().reset}
        disabled={!state.editable.value}
        onClick={() => act((studio) => studio.editing.reset())}
      />
    </span>
  );
}

function Wipe() {
  const { state, act } = useProgram();
  const percent = Math.round(100 * state.border.value);
  const text = percent === 0 ? t().allAfter : percent === 100 ? t().allBefore : t().percentBefore(percent);
  const hold = (is: boolean) => () => act((studio) => studio.looking.hold(is));
  return (
    <span class="group wipe">
      <button
        type="button"
        class="tool"
        id="hold"
        aria-label={t().holdBefore}
        title={t().holdBefore}
        aria-pressed={state.holding.value}
        disabled={!state.editable.value}
        onPointerDown={hold(true)}
        onPointerUp={hold(false)}
        onPointerLeave={hold(false)}
        onPointerCancel={hold(false)}
        onKeyDown={(event) => (event.key === " " || event.key === "Enter") && hold(true)()}
        onKeyUp={hold(false)}
        onBlur={hold(false)}
        onContextMenu={(event) => event.preventDefault()}
      >
        <Icon name="eye" />
      </button>
      <label for="wipe">{t().wipe}</label>
      <input
        type="range"
        id="wipe"
        min="0"
        max="100"
        value={percent}
        aria-label={t().wipe}
        aria-valuetext={text}
        disabled={!state.editable.value}
        onInput={(event) => {
          const border = event.currentTarget.valueAsNumber / 100;
          act((studio) => studio.looking.setBorder(border));
        }}
      />
      <span id="wipe-value" class="value" aria-hidden="true">
        {text}
      </span>
    </span>
  );
}

function Zoom() {
  const program = useProgram();
  const whole = program.state.view.value.zoom <= 1;
  return (
    <span class="group zoom">
      <Tool name="zoomOut" id="zoom-out" label={t().zoomOut} disabled={whole} onClick={() => zoomBy(program, 1 / ZOOM)} />
      <span class="value" id="zoom-value">
        {t().percent(percentShown(program))}
      </span>
      <Tool name="zoomIn" id="zoom-in" label={t().zoomIn} disabled={!canZoomIn(program)} onClick={() => zoomBy(program, ZOOM)} />
      <Tool name="fit" id="zoom-fit" label={t().zoomFit} disabled={whole} onClick={() => showWhole(program)} />
      {document.fullscreenEnabled && <Tool name="full" id="full-screen" label={t().fullScreen} onClick={toggleFullScreen} />}
    </span>
  );
}

function toggleFullScreen(): void {
  const main = document.getElementById("main") as HTMLElement;
  const done = document.fullscreenElement ? document.exitFullscreen() : main.requestFullscreen();
  done.catch(console.warn);
}

interface ToolProps {
  name: Parameters<typeof Icon>[0]["name"];
  id: string;
  label: string;
  disabled?: boolean;
  onClick: () => void;
}

function Tool({ name, id, label, disabled, onClick }: ToolProps) {
  return (
    <button type="button" class="tool" id={id} aria-label={label} title={label} disabled={disabled} onClick={onClick}>
      <Icon name={name} />
    </button>
  );
}
