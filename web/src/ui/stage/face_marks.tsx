import type { Points } from "../../core/pose";
import { t } from "../../messages";
import type { Size } from "../../session/view";
import { useProgram } from "../program";

/** The faces of the photo, to be pressed: each can be edited alone; one that is left as it is has a dashed outline. */
export function FaceMarks() {
  const { state, act } = useProgram();
  const { faces, edits, selected, picture } = state;
  if (faces.value.length < 2 && faces.value.every(({ verdict }) => verdict === "ok")) return null;
  const marks = faces.value.map((face, index) => ({ face, index, box: boxOf(face.landmarks, picture.value) }));
  return (
    <>
      {marks
        .sort((a, b) => a.box.left - b.box.left)
        .map(({ face, index, box }, place) => (
          <button
            type="button"
            key={index}
            class="face"
            data-verdict={face.verdict}
            data-still={edits.value[index]?.wanted ? undefined : "yes"}
            aria-label={t().faceFromLeft(place + 1)}
            aria-pressed={selected.value === index}
            style={inPercent(box)}
            onClick={() => act((studio) => studio.editing.select(selected.value === index ? null : index))}
          />
        ))}
    </>
  );
}

/** The box of a face's points, as shares of the picture. */
function boxOf(points: Points, { width, height }: Size) {
  const range = (k: number) => {
    const values = points.filter((_, i) => i % 3 === k);
    return [Math.min(...values), Math.max(...values)];
  };
  const [[left, right], [top, bottom]] = [range(0), range(1)];
  return { left: left / width, top: top / height, width: (right - left) / width, height: (bottom - top) / height };
}

const inPercent = (box: Record<string, number>) =>
  Object.fromEntries(Object.entries(box).map(([side, share]) => [side, `${100 * share}%`]));
