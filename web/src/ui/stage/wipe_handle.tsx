import { t } from "../../messages";
import { borderFrom, placeOf } from "../../session/view";
import { useProgram } from "../program";

/** The border between before and after, to be dragged; the slider beside it does the same by keys. */
export function WipeHandle({ at }: { at: number }) {
  const { state, act } = useProgram();
  const drag = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    const { currentTarget: handle } = event;
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const { left } = (handle.parentElement as HTMLElement).getBoundingClientRect();
    const place = placeOf(state.view.value, state.stage.value, state.picture.value);
    act((studio) => studio.looking.setBorder(borderFrom(event.clientX - left, place, state.stage.value)));
  };
  return (
    <div
      class="handle"
      id="handle"
      aria-hidden="true"
      style={{ left: `${at}px` }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        event.preventDefault();
      }}
      onPointerMove={drag}
    >
      <span>{t().before}</span>
      <i />
      <span>{t().after}</span>
    </div>
  );
}
