"""The statistical model of faces from which fictional people are drawn.

A joint model of shape and appearance in the manner of active appearance models: what somebody looks like, neutral and
smiling, is a mean plus components, linear in a latent vector z with unit variances along each component,

    shape = mean + z_s · components,  texture = mean + z_t · components,  and so on for movement and change in a smile,

with z jointly normal given age, gender, origin and the kind of smile: ``z = effects' c + spread g``, g standard normal.

Convention: shapes are in the canonical frame (origin between the eyes, their distance the unit, x right, y down, z away);
a portrait is a square with the eyes at `PORTRAIT_EYES` and `PORTRAIT_EYE_DISTANCE` apart, in shares of its side; textures lie in the
atlas of `pixelfes.people.portrait_mesh`, in YCrCb from 0 to 1, both colours at half the resolution.

References
----------
T. Cootes, G. Edwards and C. Taylor, "Active appearance models", PAMI 2001.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Floats
from pixelfes.people.portrait_mesh import FOREHEAD, N_RING, Atlas

PORTRAIT_EYE_DISTANCE = 58 / 256
PORTRAIT_EYES = (0.5, 114.5 / 256)

N_FITTED = len(FOREHEAD) + 2 * N_RING
"""Vertices of the portrait mesh that are no landmarks: forehead, outline, halo."""


@dataclass(frozen=True)
class Components:
    """A mean and components of unit variance: ``value = mean + z @ (scale * components)``.

    Attributes
    ----------
    mean : (D,) float32
    components : (K, D) int8 or float16
    scale : (K,) float32
    """

    mean: Floats
    components: npt.NDArray[Any]
    scale: Floats

    def value(self, z: Array) -> Floats:
        """Return what latent values (K,) stand for, (D,) float32."""
        return self.mean + self.step(z)

    def step(self, z: Array) -> Floats:
        """Return what latent values (K,) add to the mean, (D,) float32; one component after the other, the same everywhere."""
        weights = (z * self.scale).astype(np.float32)
        out = np.zeros_like(self.mean)
        for weight, component in zip(weights, self.components, strict=True):
            out += weight * component
        return out

    def __len__(self) -> int:
        return len(self.components)


@dataclass(frozen=True)
class Population:
    """Who the people are: what the latent vectors depend on, and how often it occurs.

    Attributes
    ----------
    origins : dict of str to float
        Share of every origin; the first is the one that the effects of the others are told from.
    ages : list of float
        Ages in years to draw from, before a little scatter.
    male, open : float
        Shares of men, and of smiles that open the mouth.
    strengths : dict
        Mean and standard deviation of the smile's strength, for "open" and "closed" ones.
    """

    origins: dict[str, float]
    ages: list[float]
    male: float
    open: float
    strengths: dict[str, tuple[float, float]]

    @property
    def n_covariates(self) -> int:
        """Length of the vectors of `covariates`."""
        return 5 + len(self.origins) - 1

    @property
    def of_origin(self) -> Array:
        """Factors that leave of covariates only what the origin says: gender, age and opening at their middle."""
        return np.array([1.0, 0.0, 0.0, 0.0, 1.0] + [1.0] * (len(self.origins) - 1))

    def covariates(self, *, male: bool, age: float, origin: str, opens: bool, strength: float) -> Array:
        """Return what the mean of the latent vector is linear in: 1, gender, age, smile, origin."""
        others = list(self.origins)[1:]
        return np.array(
            [1.0, 1.0 if male else -1.0, (age - 30) / 10, 1.0 if opens else -1.0, strength]
            + [float(origin == other) for other in others]
        )


@dataclass(frozen=True)
class PeopleModel:
    """Everything that fictional people are drawn from; see the module.

    Attributes
    ----------
    shape : Components
        468 landmarks (x, y, z) of the neutral face, then forehead, outline and halo (x, y) of its portrait mesh.
    movement : Components
        Displacement of the 468 landmarks (x, y, z) from the neutral to the smiling face.
    texture, change, teeth : Components
        Texture of the neutral portrait (pixels of the person), what the smile adds (pixels of the face), and what shows
        between the lips.
    effects : (C, K), spread : (K, K)
        Of the latent vector, in the order shape, texture, movement, change.
    direction : (18, 3)
        The strength of a smile is the sum of this times the displacement of the points `EXPRESSIVE_POINTS`.
    opacity, face, mouth : (A, A) uint8
        How much of an atlas pixel is the person, changes with a smile, lies between the lips.
    projection : (K, Q), known : (N, Q), nearest : float
        What a face recogniser would make of a latent vector, in few numbers, and what it made of the people learnt from, in
        no order: whoever comes nearer than ``nearest`` to one of them could look like a real person, and is drawn again.
    """

    atlas: Atlas
    shape: Components
    movement: Components
    texture: Components
    change: Components
    teeth: Components
    effects: Array
    spread: Array
    direction: Array
    opacity: npt.NDArray[np.uint8]
    face: npt.NDArray[np.uint8]
    mouth: npt.NDArray[np.uint8]
    projection: Array
    known: Array
    nearest: float
    population: Population
    attribution: str

    @cached_property
    def masks(self) -> TextureMasks:
        """The pixels that the three kinds of texture hold."""
        return TextureMasks.of(self.opacity, self.face, self.mouth)


@dataclass(frozen=True)
class TextureMasks:
    """Which pixels a texture holds: (A, A) for luminance, (A/2, A/2) for the two colours."""

    person: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
    face: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
    mouth: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls, opacity: npt.NDArray[np.uint8], face: npt.NDArray[np.uint8], mouth: npt.NDArray[np.uint8]
    ) -> TextureMasks:
        """Return the masks of a model's pictures."""
        person = cv2.dilate((opacity > 0).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        return cls((person, _halved(person)), (face > 0, _halved(face > 0)), mouth > 0)


def _halved(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return np.asarray(mask.reshape(len(mask) // 2, 2, -1, 2).any((1, 3)))


def texture_to_values(texture: Floats, masks: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]) -> Floats:
    """Return the values (D,) of a YCrCb texture (A, A, 3) that a block holds."""
    half = cv2.resize(texture[..., 1:], masks[1].shape[::-1], interpolation=cv2.INTER_AREA)
    return np.concatenate([texture[..., 0][masks[0]], half[..., 0][masks[1]], half[..., 1][masks[1]]])


def values_to_texture(values: Floats, masks: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]) -> Floats:
    """Return the texture (A, A, 3) of values as of `texture_to_values`; 0 elsewhere."""
    full, half = masks
    texture = np.zeros((*full.shape, 3), np.float32)
    n, m = int(full.sum()), int(half.sum())
    texture[..., 0][full] = values[:n]
    for channel in (1, 2):
        small = np.zeros(half.shape, np.float32)
        small[half] = values[n + (channel - 1) * m : n + channel * m]
        texture[..., channel] = cv2.resize(small, full.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return texture
