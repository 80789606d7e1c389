import { useEffect, useState } from "preact/hooks";
import type { AnimationType } from "../../files/animation/animate";
import { pictureTypes, type PictureType } from "../../files/encoding";
import { canCopy, canShare } from "../../files/handing_over";
import { t } from "../../messages";
import { useProgram } from "../program";
import { Slider } from "./slider";

const NAMES: Record<PictureType, string> = { "image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP" };

/** The ways to save what is on the stage. */
export function Saving() {
  const { state, act } = useProgram();
  const [open, setOpen] = useState(false);
  if (state.task.value) return <Progress />;
  const able = state.editable.value;
  return (
    <div class="saving">
      <button type="button" class="primary" id="download" disabled={!able} onClick={() => act(({ saving }) => saving.download())}>
        {t().download}
      </button>
      {able && (
        <details id="more-saving" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>{t().moreWays}</summary>
          <Format />
          <div class="ways">
            {canCopy() && (
              <button type="button" id="copy" onClick={() => act(({ saving }) => saving.copy())}>
                {t().copy}
              </button>
            )}
            {canShare("image/jpeg") && (
              <button type="button" id="share" onClick={() => act(({ saving }) => saving.share())}>
                {t().share}
              </button>
            )}
            <Animations />
            <Archive />
          </div>
        </details>
      )}
    </div>
  );
}

/** How far a save is, and a way to end it. */
function Progress() {
  const { state } = useProgram();
  const task = state.task.value;
  return (
    <div class="saving">
      <div class="task">
        <progress max="1" value={task?.share ?? 0} aria-label={t().saving} />
        <button type="button" id="cancel" onClick={() => task?.cancel()}>
          {t().cancel}
        </button>
      </div>
    </div>
  );
}

function Format() {
  const { state } = useProgram();
  const format = state.format.value;
  return (
    <>
      <label class="choice">
        {t().format}
        <select id="format" value={format} onChange={(event) => (state.format.value = event.currentTarget.value as PictureType)}>
          <option value="as opened">{t().formatAsOpened}</option>
          {pictureTypes().map((type) => (
            <option key={type} value={type}>
              {NAMES[type]}
            </option>
          ))}
        </select>
      </label>
      {format !== "image/png" && (
        <Slider
          id="quality"
          label={t().quality}
          value={state.quality.value}
          largest={1}
          step={0.01}
          onInput={(value) => (state.quality.value = Math.max(0.1, value))}
        />
      )}
    </>
  );
}

function Animations() {
  const { act } = useProgram();
  const [kinds, setKinds] = useState<AnimationType[]>(["gif"]);
  useEffect(() => {
    import("../../files/animation/animate").then(({ animationTypes }) => animationTypes()).then(setKinds, console.warn);
  }, []);
  return (
    <>
      {kinds.map((kind) => (
        <button type="button" key={kind} id={`animate-${kind}`} onClick={() => act(({ saving }) => saving.animate(kind))}>
          {t().animate(kind === "gif" ? "GIF" : "WebM")}
        </button>
      ))}
    </>
  );
}

function Archive() {
  const { state, act } = useProgram();
  const count = state.photos.value.filter(({ faces }) => faces.value?.length).length;
  if (count < 2) return null;
  return (
    <button type="button" id="zip" onClick={() => act(({ saving }) => saving.zip())}>
      {t().zip(count)}
    </button>
  );
}
