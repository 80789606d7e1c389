"""Faces as the paper registers them: crops of 128 x 128 by eyes and mouth, in grey or colour, with or without min-max."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.expression.base import Progress
from pixelfes.expression.pairs import Pair
from pixelfes.expression.pairs_to_faces import Skipped, find_pairs
from pixelfes.face.appearance.light import LUMINANCE
from pixelfes.face.grid import GridRegistration
from pixelfes.face.landmarks import LandmarkProvider
from pixelfes.photos.reading import read_photo

SIDE = 128
_WHITE = 255


@dataclass(frozen=True)
class Crops:
    """Registered pairs.

    Attributes
    ----------
    X, T : arrays of shape (N, 128, 128) or (N, 128, 128, 3), uint8, or float32 from 0 to 1 after `normalised`
    people : list of str
        The person of each pair.
    skipped : list of Skipped
        Pairs in which no face was found.
    """

    X: AnyArray
    T: AnyArray
    people: list[str]
    skipped: list[Skipped]

    def __len__(self) -> int:
        return len(self.people)

    def grey(self) -> Crops:
        """Return the luminance, one channel: so a penalty counts once, and not as a third for each of three equal ones."""
        return replace(self, X=_luminance(self.X), T=_luminance(self.T))

    def normalised(self) -> Crops:
        """Return every picture, each by itself, from its least value to its greatest as 0 to 1, in single precision."""
        return replace(self, X=_min_max(self.X), T=_min_max(self.T))


def paper_crops(pairs: Sequence[Pair], provider: LandmarkProvider, progress: Progress) -> Crops:
    """Register pairs as the paper does, in colour and in whole levels."""
    found = find_pairs(pairs, provider, tick=lambda done: progress("landmarks", done, len(pairs)))
    grid = GridRegistration(SIDE)
    shape = (len(found.faces), SIDE, SIDE, 3)
    X, T = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
    for n, face in enumerate(found.faces):
        for out, photo, points in ((X, face.pair.input, face.input), (T, face.pair.target, face.target)):
            out[n] = np.rint(_WHITE * grid.texture(read_photo(photo).pixels, points))
    return Crops(X, T, [face.pair.name for face in found.faces], found.skipped)


def _luminance(images: AnyArray) -> AnyArray:
    grey: AnyArray = np.rint(images @ LUMINANCE).astype(np.uint8)
    return grey


def _min_max(images: AnyArray) -> AnyArray:
    values = images.reshape(len(images), -1).astype(np.float32)
    low, high = values.min(axis=1, keepdims=True), values.max(axis=1, keepdims=True)
    scaled: AnyArray = (values - low) / np.maximum(high - low, np.finfo(np.float32).tiny)
    return scaled.reshape(images.shape)
