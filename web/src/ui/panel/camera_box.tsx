import { SIZES, type CameraSize } from "../../camera/cameras";
import { canRecord } from "../../camera/recording";
import { t } from "../../messages";
import { chooseFiles } from "../incoming";
import { useProgram } from "../program";

/** What else can come onto the stage; and what the camera can do while it is there. */
export function CameraBox() {
  const { state, act } = useProgram();
  const live = state.shows.value === "camera";
  return (
    <>
      <div class="buttons">
        {live && <Taking />}
        <button type="button" id="open" onClick={chooseFiles}>
          {t().openPhoto}
        </button>
        <button type="button" id="camera" onClick={() => act((studio) => studio.toggleCamera())}>
          {live ? t().stopCamera : t().useCamera}
        </button>
      </div>
      {live && <CameraSettings />}
    </>
  );
}

/** Take a picture, or record. */
function Taking() {
  const { state, act } = useProgram();
  const recorded = state.recorded.value;
  return (
    <>
      <button type="button" class="primary" id="keep" onClick={() => act((studio) => studio.takePicture())}>
        {t().takePicture}
      </button>
      {canRecord() && (
        <button type="button" id="record" aria-pressed={recorded !== null} onClick={() => act(({ camera }) => camera.toggleRecording())}>
          {recorded === null ? t().record : t().stopRecording(recorded)}
        </button>
      )}
      {state.cameras.value.length > 1 && (
        <button type="button" id="turn" onClick={() => act((studio) => studio.turnCamera(""))}>
          {t().otherCamera}
        </button>
      )}
    </>
  );
}

function CameraSettings() {
  const { state, act } = useProgram();
  return (
    <details id="camera-settings">
      <summary>{t().cameraSettings}</summary>
      <label class="choice">
        {t().whichCamera}
        <select id="device" value={state.device.value} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">–</option>
          {state.cameras.value.map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label class="choice">
        {t().cameraSize}
        <select id="camera-size" value={state.cameraSize.value} onChange={(event) => resize(event.currentTarget.value as CameraSize)}>
          {SIZES.map((size) => (
            <option key={size} value={size}>
              {size.replace("x", " × ")}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          id="count-down"
          checked={state.countsDown.value}
          onChange={(event) => (state.countsDown.value = event.currentTarget.checked)}
        />
        {t().countDown}
      </label>
      <label class="check">
        <input type="checkbox" id="mark" checked={state.marked.value} onChange={(event) => mark(event.currentTarget.checked)} />
        {t().markPicture}
      </label>
      <p class="speed" id="speed">
        {state.speed.value}
      </p>
    </details>
  );

  function choose(device: string): void {
    act((studio) => studio.turnCamera(device));
  }

  function resize(size: CameraSize): void {
    act((studio) => studio.resizeCamera(size));
  }

  function mark(is: boolean): void {
    act((studio) => studio.markCamera(is));
  }
}
