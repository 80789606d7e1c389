/** The stage: the picture as it was and as it is, with the border between the two; or how to begin. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../messages";
import { borderAt, placeOf } from "../../session/view";
import { SHOWN } from "../../studio/studio";
import { useProgram } from "../program";
import { FaceMarks } from "./face_marks";
import { GazeHandles } from "./gaze_handles";
import { followPointers, followWheel, viewKeys } from "./moving";
import { Welcome } from "./welcome";
import { WipeHandle } from "./wipe_handle";

export function Stage() {
  const { state } = useProgram();
  const shows = state.shows.value;
  return (
    <section class="stage" id="stage" aria-label={t().picture} data-shows={shows}>
      {shows === "nothing" ? <Welcome /> : <Frame />}
      <p class="dropping" aria-hidden="true">
        {t().dropIt}
      </p>
    </section>
  );
}

function Frame() {
  const program = useProgram();
  const { state, act } = program;
  const frame = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const measure = () => {
      state.stage.value = { width: Math.max(1, element.clientWidth), height: Math.max(1, element.clientHeight) };
      act((studio) => studio.looking.changed());
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    element.focus({ preventScroll: true }); // what was pressed is gone: from here the next Tab goes on
    const ends = [followWheel(element, program), followPointers(element, program)];
    return () => {
      observer.disconnect();
      for (const end of ends) end();
    };
  }, []);
  const place = placeOf(state.view.value, state.stage.value, state.picture.value);
  const changed = state.editable.value;
  return (
    <div
      class="frame"
      id="frame"
      ref={frame}
      tabIndex={-1}
      data-zoomed={state.view.value.zoom > 1 ? "yes" : undefined}
      onKeyDown={(event) => viewKeys(event, program)}
    >
      <div class="picture" id="picture" style={inPixels(place)}>
        <Canvases />
        {state.shows.value === "photo" && <FaceMarks />}
        {state.gazing.value && state.shows.value === "photo" && <GazeHandles />}
      </div>
      {state.countdown.value > 0 && (
        <p class="countdown" role="status">
          {state.countdown.value}
        </p>
      )}
      {changed && !state.holding.value && <WipeHandle at={borderAt(state.border.value, place, state.stage.value)} />}
    </div>
  );
}

/** The canvases, the upper one uncovered right of the border. */
function Canvases() {
  const { state } = useProgram();
  const place = useRef<HTMLDivElement>(null);
  const shows = state.shows.value;
  const live = state.liveCanvas.value;
  useLayoutEffect(() => {
    if (shows === "photo") place.current?.replaceChildren(SHOWN.before, SHOWN.after);
    else if (live) place.current?.replaceChildren(live);
  }, [shows, live]);
  const wiped = useWiped();
  useLayoutEffect(() => {
    SHOWN.after.style.clipPath = wiped > 0 ? `inset(0 0 0 ${100 * wiped}%)` : "";
    SHOWN.after.style.visibility = state.editable.value ? "" : "hidden";
  });
  const { width, height } = state.picture.value;
  const count = state.faces.value.length;
  const label = shows === "camera" ? t().cameraPicture : count ? t().yourPhotoChanged(t().faces(count)) : t().yourPhoto(width, height);
  return <div ref={place} class="canvases" role="img" aria-label={label} />;
}

function useWiped(): number {
  const { state } = useProgram();
  if (state.holding.value) return 1;
  const place = placeOf(state.view.value, state.stage.value, state.picture.value);
  const at = borderAt(state.border.value, place, state.stage.value);
  return Math.min(1, Math.max(0, (at - place.left) / place.width));
}

const inPixels = (place: { left: number; top: number; width: number; height: number }) =>
  Object.fromEntries(Object.entries(place).map(([side, value]) => [side, `${value}px`]));
