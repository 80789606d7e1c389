"""Read the model of people from a safetensors file, and check each of its entries, shapes, dtypes and values."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from pixelfes.arrays import Array, Arrays, Pixels
from pixelfes.errors import ModelError
from pixelfes.face.topology import EXPRESSIVE_POINTS, N_POINTS
from pixelfes.people.appearance_model import N_FITTED, Components, PeopleModel, Population, TextureMasks
from pixelfes.people.portrait_mesh import N_VERTICES, Atlas

METADATA_KEY = "pixelfes_people"
FORMAT_VERSION = 1
SHIPPED_PEOPLE = "ebdb1e72463db8bde32c55842b9db5eaa6a1b2f681e85fbbac57978044c65989"
"""SHA-256 of the model in the package."""

_LARGEST_FILE = 64 * 2**20
_MOST_COMPONENTS = 256
_ATLAS_SIZES = range(64, 1025, 2)


@cache
def shipped_people() -> PeopleModel:
    """Return the model in the package, which is read and checked once."""
    data = (files("pixelfes") / "assets" / "people.safetensors").read_bytes()
    if hashlib.sha256(data).hexdigest() != SHIPPED_PEOPLE:
        raise ModelError("the package's model of people is damaged: its SHA-256 differs from the expected one")
    return parse_people(data, "the package's model of people")


def load_people_model(path: str | Path) -> PeopleModel:
    """Read a model of people from a file that ``scripts/train_people.py`` has written.

    Raises
    ------
    ModelError
        If the file is missing, too large, or invalid in any part.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ModelError(f"{path} is not a model of people: it is larger than {_LARGEST_FILE // 2**20} MiB")
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
    return parse_people(data, str(path))


def parse_people(data: bytes, name: str) -> PeopleModel:
    """Return the model in the bytes of a safetensors file after checking it; ``name`` is for the message.

    Raises
    ------
    ModelError
        If the data are invalid in any part.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(data)
        length = int.from_bytes(data[:8], "little")
        header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][METADATA_KEY])
        return _checked(arrays, header)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ModelError(f"{name} is not a model of people: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else "it is damaged"
    return f"it has no {text}" if isinstance(error, KeyError) else text


def _checked(arrays: Arrays, header: dict[str, Any]) -> PeopleModel:
    """Return the model of a file's arrays and header; raise `ValueError` or `KeyError` if any part is invalid."""
    if header["format_version"] != FORMAT_VERSION:
        raise ValueError(f"its format is {header['format_version']!r}, not {FORMAT_VERSION}")
    opacity = arrays["opacity"]
    side = len(opacity)
    if side not in _ATLAS_SIZES:
        raise ValueError(f"its atlas has {side} rows, not an even number from 64 to 1024")
    pictures = [_picture(arrays, name, side) for name in ("opacity", "face", "mouth")]
    components = _all_components(arrays, TextureMasks.of(*pictures))
    population = _population(header["population"])
    latent = sum(len(components[name]) for name in ("shape", "texture", "movement", "change"))
    directions, known = arrays["projection"].shape[1], len(arrays["known"])
    if known < 1:
        raise ValueError("known must have at least one row")
    return PeopleModel(
        Atlas(_numbers(arrays, "atlas", (N_VERTICES, 2)), side),
        **components,
        effects=_numbers(arrays, "effects", (population.n_covariates, latent)),
        spread=_numbers(arrays, "spread", (latent, latent)),
        direction=_numbers(arrays, "direction", (len(EXPRESSIVE_POINTS), 3)),
        opacity=pictures[0],
        face=pictures[1],
        mouth=pictures[2],
        projection=_numbers(arrays, "projection", (latent, directions)),
        known=_numbers(arrays, "known", (known, directions)),
        nearest=_finite(header["nearest"]),
        population=population,
        attribution=str(header["attribution"]),
    )


def _all_components(arrays: Arrays, masks: TextureMasks) -> dict[str, Components]:
    lengths = {
        "shape": 3 * N_POINTS + 2 * N_FITTED,
        "movement": 3 * N_POINTS,
        "texture": int(masks.person[0].sum() + 2 * masks.person[1].sum()),
        "change": int(masks.face[0].sum() + 2 * masks.face[1].sum()),
        "teeth": 3 * int(masks.mouth.sum()),
    }
    return {name: _components(arrays, name, length) for name, length in lengths.items()}


def _components(arrays: Arrays, name: str, length: int) -> Components:
    components = arrays[f"{name}.components"]
    if components.dtype not in (np.int8, np.float16) or not np.isfinite(components).all():
        raise ValueError(f"{name}.components must be finite and of int8 or float16")
    count = len(components)
    if not 1 <= count <= _MOST_COMPONENTS or components.shape != (count, length):
        raise ValueError(f"{name}.components has shape {components.shape}, not (K, {length})")
    mean, scale = _numbers(arrays, f"{name}.mean", (length,)), _numbers(arrays, f"{name}.scale", (count,))
    return Components(mean.astype(np.float32), components, scale.astype(np.float32))


def _picture(arrays: Arrays, name: str, side: int) -> Pixels:
    if arrays[name].dtype != np.uint8 or arrays[name].shape != (side, side):
        raise ValueError(f"{name} must be ({side}, {side}) uint8")
    if not arrays[name].any():
        raise ValueError(f"{name} is empty")
    return arrays[name]


def _finite(value: Any) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError(f"the numbers in its header must be finite; found {number}")
    return number


def _numbers(arrays: Arrays, name: str, shape: tuple[int, ...]) -> Array:
    """Return an array of the file as float64 after checking its dtype, shape and values."""
    array = arrays[name]
    if array.dtype not in (np.float16, np.float32) or array.shape != shape:
        raise ValueError(f"{name} must be {shape} of float16 or float32; found {array.shape} of {array.dtype}")
    numbers = array.astype(np.float64)
    if not (np.abs(numbers) <= 1e6).all():
        raise ValueError(f"{name} must be finite and at most 10⁶")
    return numbers


def _population(given: dict[str, Any]) -> Population:
    origins = {str(name): float(share) for name, share in given["origins"].items()}
    strengths = {
        name: (_finite(given["strengths"][name][0]), _finite(given["strengths"][name][1]))
        for name in ("open", "closed")
    }
    ages = [float(age) for age in given["ages"]]
    population = Population(origins, ages, float(given["male"]), float(given["open"]), strengths)
    shares = [*origins.values(), population.male, population.open]
    if (
        sum(origins.values()) <= 0
        or not ages
        or not all(0 <= share <= 1 for share in shares)
        or not all(0 <= age <= 120 for age in ages)
    ):
        raise ValueError("its population must have ages from 0 to 120 and shares from 0 to 1")
    return population
