"""Read the model of people from a safetensors file, and check each of its entries, shapes, dtypes and values."""

from __future__ import annotations

from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from pixelfes.arrays import Array, Arrays, Pixels
from pixelfes.assets import asset_path
from pixelfes.errors import ModelError
from pixelfes.face.topology import EXPRESSIVE_POINTS, N_POINTS
from pixelfes.people.appearance_model import N_FITTED, Components, PeopleModel, Population, TextureMasks
from pixelfes.people.portrait_mesh import N_VERTICES, Atlas
from pixelfes.tensor_file import FileKind, checked_array, naming, read_tensor_file

PEOPLE_FILE = FileKind("model of people", "pixelfes_people", largest=64 * 2**20)

_MOST_COMPONENTS = 256
_ATLAS_SIZES = range(64, 1025, 2)
_HALF_OR_SINGLE = (np.float16, np.float32)


@cache
def shipped_people() -> PeopleModel:
    """Return the model in the package, which is read and checked once."""
    with asset_path("people.safetensors") as path:
        return load_people_model(path)


def load_people_model(source: str | Path | bytes) -> PeopleModel:
    """Read a model of people that ``scripts/train_people.py`` has written, from a file or its bytes.

    Raises
    ------
    ModelError
        If the file is missing, too large, or invalid in any part.
    """
    with naming(PEOPLE_FILE, "the file" if isinstance(source, bytes) else source):
        header, arrays = read_tensor_file(PEOPLE_FILE, source)
        try:
            return _checked(arrays, header)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise ModelError(_reason(error)) from error


def _reason(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else "it is damaged"
    return f"it has no {text}" if isinstance(error, KeyError) else text


def _checked(arrays: Arrays, header: dict[str, Any]) -> PeopleModel:
    """Return the model of a file's arrays and header; raise `ValueError` or `KeyError` if any part is invalid."""
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
    count = len(arrays[f"{name}.components"])
    if not 1 <= count <= _MOST_COMPONENTS:
        raise ModelError(f"{name}.components has {count} rows, not 1 to {_MOST_COMPONENTS}")
    components = checked_array(arrays, f"{name}.components", (count, length), (np.int8, np.float16))
    mean, scale = _numbers(arrays, f"{name}.mean", (length,)), _numbers(arrays, f"{name}.scale", (count,))
    return Components(mean.astype(np.float32), components, scale.astype(np.float32))


def _picture(arrays: Arrays, name: str, side: int) -> Pixels:
    picture = checked_array(arrays, name, (side, side), [np.uint8])
    if not picture.any():
        raise ModelError(f"{name} is empty")
    return picture


def _finite(value: Any) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError(f"the numbers in its header must be finite; found {number}")
    return number


def _numbers(arrays: Arrays, name: str, shape: tuple[int, ...]) -> Array:
    return checked_array(arrays, name, shape, _HALF_OR_SINGLE).astype(np.float64)


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
