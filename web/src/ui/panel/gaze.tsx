/** Where the eyes look, by dragging. */
import { t } from "../../messages";
import { useProgram, type Program } from "../program";

const LARGEST = { across: 30, along: 25 }; // degrees, at the edge of the pad
const PAD = 44; // CSS pixels from the middle of the pad to its edge
const KEY = 3; // degrees

/** The person's left is the right of a picture that is no mirror. */
function setGaze({ act }: Program, left: number, up: number): void {
  const within = (value: number, most: number) => Math.round(Math.min(most, Math.max(-most, value))) || 0;
  const gaze = [within(left, LARGEST.across), within(up, LARGEST.along)] as const;
  act((studio) => studio.editing.change((edit) => ({ ...edit, gaze }), "gaze"));
}

/** Where the drag that is under way began: parts are drawn anew while it lasts. */
let dragged: { x: number; y: number; gaze: readonly [number, number] } | null = null;

/** What an element needs to be dragged; `reach` pixels turn the eyes as far as they go. */
export function dragGaze(program: Program, reach: number) {
  return {
    onPointerDown: (event: PointerEvent & { currentTarget: HTMLElement }) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      event.preventDefault();
      dragged = { x: event.clientX, y: event.clientY, gaze: program.state.edit.value.gaze };
    },
    onPointerMove: (event: PointerEvent & { currentTarget: HTMLElement }) => {
      if (!dragged || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
      const [left, up] = dragged.gaze;
      const [dx, dy] = [(event.clientX - dragged.x) / reach, (event.clientY - dragged.y) / reach];
      setGaze(program, left + LARGEST.across * dx, up - LARGEST.along * dy);
    },
    onLostPointerCapture: () => {
      dragged = null;
      program.act((studio) => studio.editing.rest());
    },
  };
}

/** A small field with a dot on it that stands for the eyes. */
export function GazePad() {
  const program = useProgram();
  const [left, up] = program.state.edit.value.gaze;
  const step: Record<string, [number, number]> = { ArrowLeft: [-KEY, 0], ArrowRight: [KEY, 0], ArrowUp: [0, KEY], ArrowDown: [0, -KEY] };
  const keys = (event: KeyboardEvent) => {
    const by = step[event.key];
    if (!by) return;
    event.preventDefault();
    setGaze(program, left + by[0], up + by[1]);
  };
  const place = { left: `calc(50% + ${(PAD * left) / LARGEST.across}px)`, top: `calc(50% - ${(PAD * up) / LARGEST.along}px)` };
  return (
    <div class="gaze-row">
      <div class="gaze-pad">
        <button
          type="button"
          id="gaze"
          class="gaze-dot"
          aria-label={`${t().gaze}: ${t().gazeNow(left, up)}`}
          style={place}
          onKeyDown={keys}
          onKeyUp={() => program.act((studio) => studio.editing.rest())}
          {...dragGaze(program, PAD)}
        />
      </div>
      <p class="soft">
        <strong>{t().gaze}</strong> {t().gazeHelp}
      </p>
    </div>
  );
}
