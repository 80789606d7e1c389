"""The statistical model of faces from which fictional people are drawn, and the checks on its file.

A joint model of shape and appearance in the manner of active appearance models: what somebody looks like, neutral and
smiling, is a mean plus components, linear in a latent vector z with unit variances along each component,

    shape = mean + z_s · components,  texture = mean + z_t · components,  and so on for movement and change in a smile,

with z jointly normal given age, gender, origin and the kind of smile: ``z = effects' c + spread g``, g standard normal.

Convention: shapes are in the canonical frame (origin between the eyes, their distance the unit, x right, y down, z away);
a portrait is a square with the eyes at `FRAME_EYES` and `FRAME_UNIT` apart, in shares of its side; textures lie in the
atlas of `pixelfes.face.portrait_mesh`, in YCrCb from 0 to 1, both colours at half the resolution.

References
----------
T. Cootes, G. Edwards and C. Taylor, "Active appearance models", PAMI 2001.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.errors import ModelError
from pixelfes.face.portrait_mesh import FOREHEAD, N_RING, N_VERTICES, Atlas
from pixelfes.face.topology import EXPRESSIVE, N_POINTS

Array = npt.NDArray[np.float64]
Picture = npt.NDArray[np.float32]
Arrays = Mapping[str, npt.NDArray[Any]]

FRAME_UNIT = 58 / 256
FRAME_EYES = (0.5, 114.5 / 256)
METADATA_KEY = "pixelfes_people"
FORMAT_VERSION = 1
SHIPPED_PEOPLE = ""
"""SHA-256 of the model that comes with the package."""

N_MOVED = len(FOREHEAD) + 2 * N_RING
"""Vertices of the portrait mesh that are no landmarks: forehead, outline, halo."""

_LARGEST_FILE = 64 * 2**20
_MOST_COMPONENTS = 256
_ATLAS_SIZES = range(64, 1025, 2)


@dataclass(frozen=True)
class Block:
    """A mean and components of unit variance: ``value = mean + z @ (scale * components)``.

    Attributes
    ----------
    mean : (D,) float32
    components : (K, D) int8 or float16
    scale : (K,) float32
    """

    mean: Picture
    components: npt.NDArray[Any]
    scale: Picture

    def value(self, z: Array) -> Picture:
        """Return what latent values (K,) stand for, (D,) float32."""
        return self.mean + self.step(z)

    def step(self, z: Array) -> Picture:
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
    shape : Block
        468 landmarks (x, y, z) of the neutral face, then forehead, outline and halo (x, y) of its portrait mesh.
    movement : Block
        Displacement of the 468 landmarks (x, y, z) from the neutral to the smiling face.
    texture, change, teeth : Block
        Texture of the neutral portrait (pixels of the person), what the smile adds (pixels of the face), and what shows
        between the lips.
    effects : (C, K), spread : (K, K)
        Of the latent vector, in the order shape, texture, movement, change.
    direction : (18, 3)
        The strength of a smile is the sum of this times the displacement of the points `EXPRESSIVE`.
    opacity, face, mouth : (A, A) uint8
        How much of an atlas pixel is the person, changes with a smile, lies between the lips.
    projection : (K, Q), known : (N, Q)
        Few coordinates of a latent vector, and those of the people learnt from: whoever is nearer than ``nearest`` to one of
        them is too like that person. They say no more of anybody than that.
    """

    atlas: Atlas
    shape: Block
    movement: Block
    texture: Block
    change: Block
    teeth: Block
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
    def masks(self) -> Masks:
        """The pixels that the three kinds of texture hold."""
        return Masks.of(self.opacity, self.face, self.mouth)


@dataclass(frozen=True)
class Masks:
    """Which pixels a texture holds: (A, A) for luminance, (A/2, A/2) for the two colours."""

    person: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
    face: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
    mouth: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, opacity: npt.NDArray[np.uint8], face: npt.NDArray[np.uint8], mouth: npt.NDArray[np.uint8]) -> Masks:
        """Return the masks of a model's pictures."""
        person = cv2.dilate((opacity > 0).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        return cls((person, _halved(person)), (face > 0, _halved(face > 0)), mouth > 0)


def _halved(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return mask.reshape(len(mask) // 2, 2, -1, 2).any((1, 3))


def flattened(texture: Picture, masks: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]) -> Picture:
    """Return the values (D,) of a YCrCb texture (A, A, 3) that a block holds."""
    half = cv2.resize(texture[..., 1:], masks[1].shape[::-1], interpolation=cv2.INTER_AREA)
    return np.concatenate([texture[..., 0][masks[0]], half[..., 0][masks[1]], half[..., 1][masks[1]]])


def unflattened(values: Picture, masks: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]) -> Picture:
    """Return the texture (A, A, 3) of values as of `flattened`; 0 elsewhere."""
    full, half = masks
    texture = np.zeros((*full.shape, 3), np.float32)
    n, m = int(full.sum()), int(half.sum())
    texture[..., 0][full] = values[:n]
    for channel in (1, 2):
        small = np.zeros(half.shape, np.float32)
        small[half] = values[n + (channel - 1) * m : n + channel * m]
        texture[..., channel] = cv2.resize(small, full.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return texture


@cache
def shipped_people() -> PeopleModel:
    """Return the model that comes with the package, read and checked once."""
    data = (files("pixelfes") / "assets" / "people.safetensors").read_bytes()
    if hashlib.sha256(data).hexdigest() != SHIPPED_PEOPLE:
        raise ModelError("the package's model of people is damaged: its SHA-256 is not the one it should have")
    return parse_people(data, "the package's model of people")


def load_people_model(path: str | Path) -> PeopleModel:
    """Read a model of people from a file, as ``scripts/train_people.py`` writes it.

    Raises
    ------
    ModelError
        Where there is no such file, or any part of it is not what it should be.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ModelError(f"{path} is no model of people: it is larger than {_LARGEST_FILE // 2**20} MiB")
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
    return parse_people(data, str(path))


def parse_people(data: bytes, name: str) -> PeopleModel:
    """Return the model in the bytes of a safetensors file, every part of it checked."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(data)
        length = int.from_bytes(data[:8], "little")
        header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][METADATA_KEY])
        return _checked(arrays, header)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ModelError(f"{name} is no model of people: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return (
        f"it has no {error}"
        if isinstance(error, KeyError)
        else str(error).splitlines()[0]
        if str(error)
        else "it is damaged"
    )


def _checked(arrays: Arrays, header: dict[str, Any]) -> PeopleModel:
    if header["format_version"] != FORMAT_VERSION:
        raise ValueError(f"its format is {header['format_version']!r}, not {FORMAT_VERSION}")
    opacity = arrays["opacity"]
    side = len(opacity)
    if side not in _ATLAS_SIZES:
        raise ValueError(f"its atlas has {side} rows")
    pictures = [_picture(arrays, name, side) for name in ("opacity", "face", "mouth")]
    masks = Masks.of(*pictures)
    lengths = {
        "shape": 3 * N_POINTS + 2 * N_MOVED,
        "movement": 3 * N_POINTS,
        "texture": int(masks.person[0].sum() + 2 * masks.person[1].sum()),
        "change": int(masks.face[0].sum() + 2 * masks.face[1].sum()),
        "teeth": 3 * int(masks.mouth.sum()),
    }
    blocks = {name: _block(arrays, name, length) for name, length in lengths.items()}
    population = _population(header["population"])
    latent = sum(len(blocks[name]) for name in ("shape", "texture", "movement", "change"))
    few = arrays["projection"].shape[1]
    return PeopleModel(
        Atlas(_numbers(arrays, "atlas", (N_VERTICES, 2)), side),
        **blocks,
        effects=_numbers(arrays, "effects", (population.n_covariates, latent)),
        spread=_numbers(arrays, "spread", (latent, latent)),
        direction=_numbers(arrays, "direction", (len(EXPRESSIVE), 3)),
        opacity=pictures[0],
        face=pictures[1],
        mouth=pictures[2],
        projection=_numbers(arrays, "projection", (latent, few)),
        known=_numbers(arrays, "known", (len(arrays["known"]), few)),
        nearest=float(header["nearest"]),
        population=population,
        attribution=str(header["attribution"]),
    )


def _block(arrays: Arrays, name: str, length: int) -> Block:
    components = arrays[f"{name}.components"]
    if components.dtype not in (np.int8, np.float16) or not np.isfinite(components).all():
        raise ValueError(f"{name}.components must be finite, of int8 or float16")
    count = len(components)
    if not 1 <= count <= _MOST_COMPONENTS or components.shape != (count, length):
        raise ValueError(f"{name}.components has shape {components.shape}, not (K, {length})")
    mean, scale = _numbers(arrays, f"{name}.mean", (length,)), _numbers(arrays, f"{name}.scale", (count,))
    return Block(mean.astype(np.float32), components, scale.astype(np.float32))


def _picture(arrays: Arrays, name: str, side: int) -> npt.NDArray[np.uint8]:
    if arrays[name].dtype != np.uint8 or arrays[name].shape != (side, side):
        raise ValueError(f"{name} must be ({side}, {side}) uint8")
    return arrays[name]


def _numbers(arrays: Arrays, name: str, shape: tuple[int, ...]) -> Array:
    """Return an array of the file as float64, its type, shape and values checked."""
    array = arrays[name]
    if array.dtype not in (np.float16, np.float32) or array.shape != shape:
        raise ValueError(f"{name} must be {shape} of float16 or float32; it is {array.shape} of {array.dtype}")
    numbers = array.astype(np.float64)
    if not (np.abs(numbers) <= 1e6).all():
        raise ValueError(f"{name} must be finite, and at most 10⁶")
    return numbers


def _population(given: dict[str, Any]) -> Population:
    origins = {str(name): float(share) for name, share in given["origins"].items()}
    strengths = {
        name: (float(given["strengths"][name][0]), float(given["strengths"][name][1])) for name in ("open", "closed")
    }
    ages = [float(age) for age in given["ages"]]
    population = Population(origins, ages, float(given["male"]), float(given["open"]), strengths)
    shares = [*origins.values(), population.male, population.open]
    if (
        not origins
        or not ages
        or not all(0 <= share <= 1 for share in shares)
        or not all(0 <= age <= 120 for age in ages)
    ):
        raise ValueError("its population must have ages from 0 to 120 and shares from 0 to 1")
    return population
