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
        {live && (
          <button type="button" class="primary" id="keep" onClick={() => act((studio) => studio.takePicture())}>
            {t().takePicture}
          </button>
        )}
        <button type="button" id="open" onClick={chooseFiles}>
          {t().openPhoto}
        </button>
        <button type="button" id="camera" onClick={() => act((studio) => studio.toggleCamera())}>
          {live ? t().stopCamera : t().useCamera}
        </button>
        {state.otherCamera.value && (
          <button type="button" id="turn" onClick={() => act((studio) => studio.turnCamera())}>
            {t().otherCamera}
          </button>
        )}
      </div>
      {live && (
        <p class="speed" id="speed">
          {state.speed.value}
        </p>
      )}
    </>
  );
}
