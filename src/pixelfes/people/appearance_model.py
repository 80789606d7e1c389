"""The statistical model of shape and appearance from which fictional people are drawn.

It is an active appearance model. What a person looks like, neutral and smiling, is linear in a latent vector z with unit
variance along each component:

    shape = mean + z_s · components,  texture = mean + z_t · components,  and likewise movement and change in a smile.

z is jointly normal given age, gender, origin and smile: ``z = effects' c + spread g`` with covariates c and g standard normal.

Convention: shapes are canonical (origin between the eyes, the distance between them as the unit, x right, y down, z away from
the camera). A portrait is a square whose eyes are centred at `PORTRAIT_EYES`, `PORTRAIT_EYE_DISTANCE` apart, both as shares
of its side. Textures are on the atlas of `pixelfes.people.portrait_mesh`, in YCrCb from 0 to 1; the two colour channels are
stored at half the resolution.

References
----------
T. Cootes, G. Edwards and C. Taylor, "Active appearance models", PAMI 2001.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from pixelfes.arrays import AnyArray, Array, Booleans, Floats, Pixels
from pixelfes.people.portrait_mesh import FOREHEAD, N_RING, Atlas

PORTRAIT_EYE_DISTANCE = 58 / 256
PORTRAIT_EYES = (0.5, 114.5 / 256)

N_FITTED = len(FOREHEAD) + 2 * N_RING
"""Vertices of the portrait mesh that are fitted to hair, ears and neck: forehead, outline and halo."""


@dataclass(frozen=True)
class Components:
    """A mean and principal components: ``values = mean + z @ (scale * components)``, z of unit variance.

    Attributes
    ----------
    mean : (D,) float32
    components : (K, D) int8 or float16
    scale : (K,) float32
    """

    mean: Floats
    components: AnyArray
    scale: Floats

    def values(self, z: Array) -> Floats:
        """Return the values (D,), float32, of a latent vector (K,)."""
        return self.mean + self.deviation(z)

    def deviation(self, z: Array) -> Floats:
        """Return the deviation from the mean (D,), float32, of a latent vector (K,).

        Components are added one by one, so that the result is the same on every machine.
        """
        weights = (z * self.scale).astype(np.float32)
        out = np.zeros_like(self.mean)
        for weight, component in zip(weights, self.components, strict=True):
            out += weight * component
        return out

    def __len__(self) -> int:
        return len(self.components)


@dataclass(frozen=True)
class Population:
    """How often each group, age and smile occurs among the people.

    Attributes
    ----------
    origins : dict of str to float
        Share of each origin. Effects of the others are relative to the first.
    ages : list of float
        Ages in years to draw from; a little scatter is added.
    male, open : float
        Shares of men, and of smiles that open the mouth.
    strengths : dict
        Mean and standard deviation of the strength of "open" and of "closed" smiles.
    """

    origins: dict[str, float]
    ages: list[float]
    male: float
    open: float
    strengths: dict[str, tuple[float, float]]

    @property
    def n_covariates(self) -> int:
        """Length C of the vectors of `covariates`."""
        return 5 + len(self.origins) - 1

    @property
    def origin_mask(self) -> Array:
        """Factors (C,) that keep the constant, strength and origin of covariates, and set gender, age and opening to 0."""
        return np.array([1.0, 0.0, 0.0, 0.0, 1.0] + [1.0] * (len(self.origins) - 1))

    def covariates(self, *, male: bool, age: float, origin: str, opens: bool, strength: float) -> Array:
        """Return the vector (C,) that the mean of the latent vector is linear in: 1, gender, age, smile, origin."""
        others = list(self.origins)[1:]
        return np.array(
            [1.0, 1.0 if male else -1.0, (age - 30) / 10, 1.0 if opens else -1.0, strength]
            + [float(origin == other) for other in others]
        )


@dataclass(frozen=True)
class PeopleModel:
    """Everything that fictional people are drawn from; see the module's docstring for the model.

    Attributes
    ----------
    shape : Components
        468 landmarks (x, y, z) of the neutral face, then the fitted vertices (x, y) of its portrait mesh.
    movement : Components
        Displacement of the 468 landmarks (x, y, z) from the neutral to the smiling face.
    texture : Components
        Texture of the neutral portrait, on the pixels of the person.
    change : Components
        What the smile adds to the texture, on the pixels of the face.
    teeth : Components
        Texture between the lips.
    effects : (C, K), spread : (K, K)
        Parameters of the latent vector, in the order shape, texture, movement, change.
    direction : (18, 3)
        The strength of a smile is the sum over this times the displacement of `EXPRESSIVE_POINTS`.
    opacity, face, mouth : (A, A) uint8
        Share of each atlas pixel, times 255, that shows the person, that a smile changes, and that is between the lips.
    projection : (K, Q)
        Predicts the embedding of a face recogniser, in Q directions, from a latent vector.
    known : (N, Q)
        The embeddings of the people of the training set, in random order.
    nearest : float
        A draw with a distance below this to one of ``known`` could look like a real person and is rejected.
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
    opacity: Pixels
    face: Pixels
    mouth: Pixels
    projection: Array
    known: Array
    nearest: float
    population: Population
    attribution: str

    @cached_property
    def masks(self) -> TextureMasks:
        """The pixels that the three kinds of texture contain."""
        return TextureMasks.of(self.opacity, self.face, self.mouth)


@dataclass(frozen=True)
class TextureMasks:
    """The pixels that each kind of texture contains.

    Attributes
    ----------
    person, face : pair of bool arrays
        (A, A) for luminance and (A/2, A/2) for the two colour channels.
    mouth : (A, A) bool
    """

    person: tuple[Booleans, Booleans]
    face: tuple[Booleans, Booleans]
    mouth: Booleans

    @classmethod
    def of(cls, opacity: Pixels, face: Pixels, mouth: Pixels) -> TextureMasks:
        """Return the masks of the pictures of a `PeopleModel`."""
        person = cv2.dilate((opacity > 0).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        return cls((person, _halved(person)), (face > 0, _halved(face > 0)), mouth > 0)


def _halved(mask: Booleans) -> Booleans:
    return np.asarray(mask.reshape(len(mask) // 2, 2, -1, 2).any((1, 3)))


def texture_to_values(texture: Floats, masks: tuple[Booleans, Booleans]) -> Floats:
    """Return the values (D,) that represent a YCrCb texture (A, A, 3) inside the masks of luminance and colour."""
    half = cv2.resize(texture[..., 1:], masks[1].shape[::-1], interpolation=cv2.INTER_AREA)
    return np.concatenate([texture[..., 0][masks[0]], half[..., 0][masks[1]], half[..., 1][masks[1]]])


def values_to_texture(values: Floats, masks: tuple[Booleans, Booleans]) -> Floats:
    """Return the texture (A, A, 3) of values from `texture_to_values`, with 0 outside the masks."""
    full, half = masks
    texture = np.zeros((*full.shape, 3), np.float32)
    n, m = int(full.sum()), int(half.sum())
    texture[..., 0][full] = values[:n]
    for channel in (1, 2):
        small = np.zeros(half.shape, np.float32)
        small[half] = values[n + (channel - 1) * m : n + channel * m]
        texture[..., channel] = cv2.resize(small, full.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return texture
