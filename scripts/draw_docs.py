"""Draw the pictures of the documentation from the average portrait and fictional people: no photo of anybody is needed.

Usage: ``python scripts/draw_docs.py``; writes into ``docs/images``.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

import pixelfes
from pixelfes.arrays import Pixels
from pixelfes.face.mesh import MeshRegistration
from pixelfes.file_writing import write_file
from pixelfes.loading import load_expression_model
from pixelfes.people.people import each_person
from pixelfes.photos.contact_sheet import contact_sheet
from pixelfes.photos.reading import Photo, read_photo
from pixelfes.photos.writing import encode_photo, side_by_side
from pixelfes.version import __version__

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs/images"
NINE = {
    "as it is": "",
    "smile": "smile",
    "surprised": "surprised",
    "sad": "sad",
    "angry": "angry",
    "wink + smile:0.6": "wink + smile:0.6",
    "contempt": "contempt",
    "kiss": "kiss",
    "skeptical": "skeptical",
    "disgusted": "disgusted",
}
"""The expressions of the first picture, by their names on it."""
INTENSITIES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)


def main() -> None:
    """Draw everything."""
    model = load_expression_model("smile")
    portrait = read_photo(ROOT / "src/pixelfes/assets/portrait.jpg").pixels
    _write("portrait-smile.jpg", side_by_side(portrait, model.synthesize(portrait)))
    face = (slice(130, 590), slice(110, 530))
    _write("expressions.jpg", _expressions(portrait, face))
    small = [_resized(model.synthesize(portrait, a)[face], 0.45) for a in INTENSITIES]
    _write("intensity.jpg", np.concatenate(small, axis=1))
    _write("maps.png", np.concatenate(_maps(model), axis=1))
    _write("people.jpg", _people(columns=6, rows=2, seed=3))
    _write("people-100.jpg", _people(columns=10, rows=10, seed=3, size=128))


def _expressions(portrait: Pixels, face: tuple[slice, slice]) -> Pixels:
    """Return one face as it is, and in nine expressions."""
    model = pixelfes.load("expressions")
    pictures = [(name, np.asarray(model.synthesize(portrait, mix or {})[face])) for name, mix in NINE.items()]
    return contact_sheet(pictures, columns=5, width=300)


def _people(columns: int, rows: int, seed: int, size: int = 160) -> Pixels:
    """Return fictional people in a grid, each neutral above and smiling below."""
    drawn = [
        np.concatenate([_resized(face, size / 256) for face in (person.neutral, person.smiling)])
        for person in each_person(columns * rows, seed)
    ]
    return np.concatenate([np.concatenate(drawn[row * columns :][:columns], axis=1) for row in range(rows)])


def _maps(model: pixelfes.ExpressionModel) -> list[Pixels]:
    """Return weight, bias and mask of the model as pictures: weight 1 and bias 0 are mid grey."""
    registration = model.learned_.registration
    if not isinstance(registration, MeshRegistration):
        raise SystemExit("the shipped model is not a mesh model")
    size = registration.size
    weight, bias = model.learned_.regressor.local_affine(np.zeros((size, size, 3), np.float32))
    pictures = [weight[..., 0] / 2, 0.5 + bias[..., 0] / 2, registration.face_mask]
    levels = [np.asarray(255 * np.clip(np.asarray(picture), 0, 1)).astype(np.uint8) for picture in pictures]
    return [_resized(np.repeat(picture[..., None], 3, axis=2), 2.5) for picture in levels]


def _resized(picture: npt.NDArray[np.uint8], factor: float) -> Pixels:
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def _write(name: str, picture: Pixels) -> None:
    format = "PNG" if name.endswith(".png") else "JPEG"
    made_by = f"pixelfes {__version__}, model smile"
    write_file(OUT / name, encode_photo(Photo(picture), format, made_by=made_by, quality=88))


if __name__ == "__main__":
    main()
