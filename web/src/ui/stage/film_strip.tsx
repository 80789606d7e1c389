import { t } from "../../messages";
import { Icon } from "../icons";
import { Picture } from "../picture";
import { useProgram } from "../program";
import { chooseFiles } from "../incoming";

/** The photos that are open, small. They are in memory only. */
export function FilmStrip() {
  const { state, act } = useProgram();
  const photos = state.photos.value;
  if (!photos.length) return null;
  return (
    <ul class="film" id="film" aria-label={t().photosOpen}>
      {photos.map((photo) => (
        <li key={photo.id}>
          <button
            type="button"
            class="shot"
            aria-label={t().showPhoto(photo.name)}
            aria-current={photo === state.photo.value ? "true" : undefined}
            title={photo.name}
            onClick={() => act((studio) => studio.photos.show(photo))}
          >
            <Picture canvas={photo.thumbnail} />
          </button>
          <button
            type="button"
            class="close"
            aria-label={t().closePhoto(photo.name)}
            title={t().closePhoto(photo.name)}
            onClick={() => act((studio) => studio.photos.close(photo))}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
      <li>
        <button type="button" class="shot add" aria-label={t().openPhotos} title={t().openPhotos} onClick={chooseFiles}>
          <Icon name="plus" />
        </button>
      </li>
    </ul>
  );
}
