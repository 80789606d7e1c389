"""Photos that the page shows before anybody has opened one: people who do not exist, and what the page does to a face."""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.expression.base import Model
from pixelfes.people.people import each_person
from pixelfes.photos.provenance import PARTLY_SYNTHETIC, WHOLLY_SYNTHETIC
from pixelfes.photos.reading import Photo
from pixelfes.photos.writing import encode_photo
from pixelfes.version import __version__

_SEED = 11
_CHOSEN = (8, 41, 28, 38, 22, 44)
"""People of the seed that differ in age, sex and skin."""
_SHOWN = 43
_SIDE, _SMALL_SIDE, _SHOWN_SIDE = 640, 144, 480
_QUALITY, _SMALL_QUALITY = 88, 80


def example_photos(model: Model) -> dict[str, bytes]:
    """Return JPEG files by name: ``face-1.jpg`` and ``small-1.jpg`` to 6, and ``before.jpg`` and ``after.jpg``.

    Parameters
    ----------
    model : Model
        What changes the face of ``after.jpg``.
    """
    photos = {}
    people = list(each_person(max(_CHOSEN) + 1, _SEED, _SIDE))
    for number, person in enumerate((people[place] for place in _CHOSEN), 1):
        photos[f"face-{number}.jpg"] = _encoded(person.neutral, _QUALITY, WHOLLY_SYNTHETIC)
        photos[f"small-{number}.jpg"] = _encoded(
            _reduced(person.neutral, _SMALL_SIDE), _SMALL_QUALITY, WHOLLY_SYNTHETIC
        )
    before = people[_SHOWN].neutral
    after = model.synthesize_pixels(before)
    photos["before.jpg"] = _encoded(_reduced(before, _SHOWN_SIDE), _SMALL_QUALITY, WHOLLY_SYNTHETIC)
    photos["after.jpg"] = _encoded(_reduced(after, _SHOWN_SIDE), _SMALL_QUALITY, PARTLY_SYNTHETIC)
    return photos


def _reduced(pixels: Pixels, side: int) -> Pixels:
    return np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _encoded(pixels: Pixels, quality: int, source_type: str) -> bytes:
    made_by = f"pixelfes {__version__}"
    return encode_photo(Photo(pixels), "JPEG", made_by=made_by, quality=quality, source_type=source_type)
