"""A linear model of the lower halves of faces, which tells whether a mouth is covered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np

from pixelfes.arrays import Array, Arrays, Booleans, Floats
from pixelfes.assets import asset_bytes
from pixelfes.face.trust.mouth_texture import MouthTexture, mouth_regions

FLOOR = 0.01
LARGEST_SCORE = 2.5
"""Standard deviations that a component may have in an explanation."""
NOISE = 0.05
"""Variance added to correlations: flat windows correlate with nothing."""
CLEARLY_ALIKE = 0.5
"""Correlation of a window below which it counts as unlike its explanation."""
_LIKENESS = 0  # the first of the features
EXPLAINED = 0.7
"""Correlation of a face that the model explains."""


@dataclass(frozen=True)
class TextureModel:
    """Principal components of faces, and a linear classifier of covered mouths over what they leave unexplained.

    Attributes
    ----------
    mean : (P,) and components : (K, P) float64
        Of the standardised logarithm of luminance in the lower face.
    spread : (K,)
        Standard deviation of each component.
    centre, scale, weights : (F,)
        Of the features of `texture_features`; the classifier is ``weights @ ((features - centre) / scale) + bias``.
    bias : float
    """

    mean: Array
    components: Array
    spread: Array
    centre: Array
    scale: Array
    weights: Array
    bias: float

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the model whose arrays a safetensors file holds."""
        values = {name: np.asarray(array, np.float64) for name, array in arrays.items()}
        bias = float(values.pop("bias")[0])
        return cls(bias=bias, **values)

    def explanation(self, faces: Array) -> Array:
        """Return what the model makes of standardised faces (N, P)."""
        scores = (faces - self.mean) @ self.components.T
        limit = LARGEST_SCORE * self.spread
        return np.asarray(self.mean + np.clip(scores, -limit, limit) @ self.components)

    def likeness_and_cover(self, texture: MouthTexture) -> tuple[Array, Array]:
        """Return the correlation (N,) of faces with their explanations, and the score (N,) of the classifier.

        The score is positive if the mouth is likely covered.
        """
        features = texture_features(texture, self)
        cover = (features - self.centre) / self.scale @ self.weights + self.bias
        return features[:, _LIKENESS], np.asarray(cover)


@cache
def face_texture_model() -> TextureModel:
    """Return the model that the package ships; its file is read once."""
    from safetensors.numpy import load

    return TextureModel.from_arrays(load(asset_bytes("face_textures.safetensors")))


def standardised(faces: Floats | Array) -> Array:
    """Return faces (N, P) with mean 0 and a standard deviation of nearly 1."""
    centred = np.asarray(faces, np.float64) - faces.mean(1, keepdims=True)
    return np.asarray(centred / (centred.std(1, keepdims=True) + FLOOR))


def texture_features(texture: MouthTexture, model: TextureModel) -> Array:
    """Return the features (N, F) of faces: likeness, unexplained parts, local likeness, colours, lips, detail."""
    regions = mouth_regions()
    faces = standardised(texture.luminance[:, regions.face])
    explained = model.explanation(faces)
    likeness = (standardised(explained) * faces).mean(1, keepdims=True)
    return np.hstack(
        [
            likeness,
            np.maximum(0, EXPLAINED - likeness),
            _unexplained(faces - explained),
            _local_likeness(faces, explained),
            _colours(texture.red),
            _colours(texture.blue),
            _lips(texture),
            _detail(texture.luminance),
        ]
    )


def _in_face(region: Booleans) -> Booleans:
    """Return which pixels of the lower face (P,) lie in a region."""
    return np.asarray(region[mouth_regions().face])


def _unexplained(residual: Array) -> Array:
    """Return the root mean square of each part, their largest, mean, and third largest."""
    parts = [_in_face(part) for part in mouth_regions().parts]
    sizes = np.array([np.sqrt(np.square(residual[:, part]).mean(1)) for part in parts]).T
    return np.column_stack([sizes, sizes.max(1), sizes.mean(1), np.sort(sizes, axis=1)[:, -3]])


def _local_likeness(faces: Array, explained: Array) -> Array:
    """Return the correlation in each window, their least, what is below one half, and their mean."""
    likeness = []
    for window in mouth_regions().windows:
        inside = _in_face(window)
        a, b = (values[:, inside] - values[:, inside].mean(1, keepdims=True) for values in (faces, explained))
        noise = NOISE * inside.sum()
        norm = np.sqrt((np.square(a).sum(1) + noise) * (np.square(b).sum(1) + noise))
        likeness.append((a * b).sum(1) / norm)
    each = np.array(likeness).T
    return np.column_stack([each, each.min(1), np.minimum(0, each - CLEARLY_ALIKE), each.mean(1)])


def _colours(channel: Floats) -> Array:
    """Return how the colours of the parts and of the chin differ from the cheeks', and how varied the lips are."""
    regions = mouth_regions()
    base = channel[:, regions.cheeks].mean(1)
    parts = np.array([channel[:, part].mean(1) - base for part in regions.parts]).T
    chin = channel[:, regions.chin].mean(1) - base
    everywhere = np.column_stack([parts, chin])
    return np.column_stack(
        [
            np.abs(everywhere).max(1),
            parts.std(1),
            np.abs(chin),
            everywhere.min(1),
            channel[:, regions.lips].std(1),
        ]
    )


def _lips(texture: MouthTexture) -> Array:
    """Return how red and how bright the lips are beside their surroundings, by thirds; and the least and range of the red."""
    regions = mouth_regions()
    columns = np.flatnonzero(regions.lips.any(0))
    thirds = np.array_split(columns, 3)
    red, light = [], []
    for third in thirds:
        here = np.zeros_like(regions.lips)
        here[:, third] = True
        inside, outside = regions.lips & here, regions.around_lips & here
        red.append(texture.red[:, inside].mean(1) - texture.red[:, outside].mean(1))
        light.append(texture.luminance[:, inside].mean(1) - texture.luminance[:, outside].mean(1))
    reds = np.array(red).T
    return np.column_stack([reds, np.array(light).T, reds.min(1), np.ptp(reds, axis=1)])


def _detail(luminance: Floats) -> Array:
    """Return the strength of the gradients on chin, lips and cheeks."""
    regions = mouth_regions()
    gradient = np.square(np.gradient(luminance, axis=1)) + np.square(np.gradient(luminance, axis=2))
    return np.column_stack([np.sqrt(gradient[:, r].mean(1)) for r in (regions.chin, regions.lips, regions.cheeks)])
