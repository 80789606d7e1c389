import type { Points } from "../../core/pose";
import { t } from "../../messages";
import { fitScale } from "../../session/view";
import { dragGaze } from "../panel/gaze";
import { useProgram } from "../program";

const REACH = 0.5; // of the distance between the eyes, for the largest angle

/** A dot on each eye, to be dragged to where the eyes look. */
export function GazeHandles() {
  const program = useProgram();
  const { state } = program;
  const index =
    state.selected.value ??
    Math.max(
      0,
      state.edits.value.findIndex(({ wanted }) => wanted),
    );
  const face = state.faces.value[index];
  const model = state.model.value;
  if (!face || !model) return null;
  const { width, height } = state.picture.value;
  const eyes = [model.points.right_eye, model.points.left_eye].map((outline) => middle(face.landmarks, outline));
  const apart = Math.hypot(eyes[0][0] - eyes[1][0], eyes[0][1] - eyes[1][1]);
  const reach = REACH * apart * state.view.value.zoom * fitScale(state.stage.value, state.picture.value);
  return (
    <>
      {eyes.map(([x, y], side) => (
        <span
          key={side}
          class="gaze"
          title={t().dragEyes}
          style={{ left: `${(100 * x) / width}%`, top: `${(100 * y) / height}%` }}
          {...dragGaze(program, reach)}
        />
      ))}
    </>
  );
}

function middle(points: Points, outline: readonly number[]): [x: number, y: number] {
  const mean = (k: number) => outline.reduce((sum, i) => sum + points[3 * i + k] / outline.length, 0);
  return [mean(0), mean(1)];
}
