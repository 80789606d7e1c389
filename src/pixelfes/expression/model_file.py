"""The file of an `ExpressionModel`: arrays ``regressor.*`` and ``displacement.*`` (mesh only), and a header.

The header is the metadata entry ``pixelfes``, a JSON object with the fields of `_Header`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pixelfes.arrays import AnyArray, Arrays
from pixelfes.errors import InputError, ModelError
from pixelfes.expression.base import ModelInfo, Precision, check_precision
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.topology import N_POINTS, TOPOLOGY_NAME
from pixelfes.regress import method_name, regressor_by_name
from pixelfes.tensor_file import (
    FileKind,
    check_names,
    checked_array,
    checked_header,
    naming,
    read_tensor_file,
    write_tensor_file,
)
from pixelfes.version import __version__

if TYPE_CHECKING:
    from pixelfes.expression.displacement import Displacement
    from pixelfes.expression.synthesis import Learned
    from pixelfes.regress import PixelRegressor

MODEL_FILE = FileKind("pixelfes model", "pixelfes")

_DISPLACEMENT = ("reference", "movement", "opening", "readout")
_SCALARS = ("resting_gap", "full_gap", "readout_offset")
_SIZES = range(16, 1025)
_LARGEST_FACE = 10.0
"""Largest coordinate of a face and of its movement, in distances between the eyes."""
_LARGEST_CHANGE = 1000.0
"""Largest weight and bias."""
_FARTHEST = 100.0
"""Largest magnitude of a displacement's number, in distances between the eyes."""


@dataclass(frozen=True)
class _Header:
    """The metadata of a model file, as JSON."""

    format_version: int
    package_version: str
    expression: str
    registration: str
    size: int
    landmark_topology: str
    method: str
    parameters: dict[str, Any]
    n_pairs: int
    training_data: str
    licence: str
    attribution: str


def write_model(learned: Learned, info: ModelInfo, path: str | Path, precision: Precision = "float32") -> None:
    """Write a fitted model to a safetensors file, completely or not at all.

    Parameters
    ----------
    learned : Learned
    info : ModelInfo
    path : str or Path
    precision : {"float32", "float16"}
        Precision of the numbers in the file. Half precision halves the file, and changes pictures by less than one
        grey level.

    Raises
    ------
    InputError
        If the precision is unknown or cannot hold the numbers, or if the regressor has no stored form.
    PixelfesError
        If the file cannot be written.
    """
    check_precision(precision)
    arrays = {name: _rounded(name, array, precision) for name, array in _arrays(learned).items()}
    write_tensor_file(MODEL_FILE, path, asdict(_header(learned, info)), arrays)


def read_model(path: str | Path) -> tuple[Learned, ModelInfo]:
    """Read a fitted model from an untrusted file.

    Raises
    ------
    ModelError
        If the file is not a valid model; the message names what is wrong.
    """
    with naming(MODEL_FILE, path):
        values, arrays = read_tensor_file(MODEL_FILE, path)
        header = checked_header(values, _Header)
        info = ModelInfo(**{item.name: getattr(header, item.name) for item in fields(ModelInfo)})
        return _rebuilt(header, arrays), info


def _rounded(name: str, array: AnyArray, precision: Precision) -> AnyArray:
    if array.dtype.kind in "iu":
        return array  # indices and levels are exact or wrong
    if array.ndim == 0:
        return array.astype(np.float32)  # a penalty keeps its value
    with np.errstate(over="ignore"):
        rounded = array.astype(precision)
    if not np.isfinite(rounded).all():
        raise InputError(f"{name} has numbers that {precision} cannot hold; save with precision='float32'")
    return rounded


def _arrays(learned: Learned) -> dict[str, AnyArray]:
    arrays = {f"regressor.{name}": array for name, array in learned.regressor.state_arrays().items()}
    if learned.displacement is not None:
        arrays |= {f"displacement.{name}": getattr(learned.displacement, name) for name in _DISPLACEMENT}
        arrays["displacement.scalars"] = np.array([getattr(learned.displacement, name) for name in _SCALARS])
    return arrays


def _header(learned: Learned, info: ModelInfo) -> _Header:
    parameters = {name: _plain(value) for name, value in learned.regressor.get_params().items()}
    return _Header(
        format_version=1,
        registration="grid" if learned.displacement is None else "mesh",
        size=learned.registration.size,
        landmark_topology=TOPOLOGY_NAME,
        method=method_name(learned.regressor),
        parameters=parameters,
        **(asdict(info) | {"package_version": __version__}),
    )


def _plain(value: object) -> str | int | float | None:
    """Return a parameter as JSON has it; None for an array, which no prediction needs."""
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, str | int | float) else None


def _rebuilt(header: _Header, arrays: Arrays) -> Learned:
    from pixelfes.expression.synthesis import Learned
    from pixelfes.face.grid import GridRegistration
    from pixelfes.face.mesh import MeshRegistration

    _check_frame(header)
    rooms = ("regressor", "displacement") if header.registration == "mesh" else ("regressor",)
    parts = _split(arrays, rooms)
    regressor = _regressor(header, parts["regressor"])
    if header.registration == "grid":
        return Learned(GridRegistration(header.size), None, regressor)
    displacement = _displacement(parts["displacement"])
    return Learned(MeshRegistration(displacement.reference + displacement.full, header.size), displacement, regressor)


def _check_frame(header: _Header) -> None:
    if header.registration not in ("mesh", "grid"):
        raise ModelError(f"it has the registration {header.registration!r}; known are mesh and grid")
    if header.landmark_topology != TOPOLOGY_NAME:
        raise ModelError(f"its landmarks are {header.landmark_topology!r}; known are {TOPOLOGY_NAME!r}")
    if header.size not in _SIZES:
        raise ModelError(f"its size is {header.size}, outside {_SIZES.start} to {_SIZES.stop - 1}")


def _split(arrays: Arrays, prefixes: tuple[str, ...]) -> dict[str, dict[str, AnyArray]]:
    """Return the arrays by the prefix of their names."""
    parts: dict[str, dict[str, AnyArray]] = {prefix: {} for prefix in prefixes}
    for key, array in arrays.items():
        prefix, _, name = key.partition(".")
        if prefix not in parts or not name:
            raise ModelError(f"it has an array {key!r} that does not belong there")
        parts[prefix][name] = array
    return parts


def _regressor(header: _Header, arrays: Mapping[str, AnyArray]) -> PixelRegressor:
    try:
        kind = regressor_by_name(header.method)
    except InputError as error:
        raise ModelError(str(error)) from error
    regressor = kind.from_state(arrays, header.parameters)
    side = header.size
    try:
        weight, bias = regressor.local_affine(np.zeros((side, side, 3), np.float32))
    except InputError as error:
        raise ModelError(f"its regressor does not fit its size {side}: {error}") from error
    if weight.shape != (side, side, 3) or bias.shape != (side, side, 3):
        raise ModelError(f"its regressor does not fit its size {side}")
    if not max(np.abs(weight).max(), np.abs(bias).max()) <= _LARGEST_CHANGE:
        raise ModelError("its regressor has numbers that are no change of a photo")
    return regressor


def _displacement(arrays: Mapping[str, AnyArray]) -> Displacement:
    from pixelfes.expression.displacement import Displacement

    named = {f"displacement.{name}": array for name, array in arrays.items()}
    shapes = dict.fromkeys(_DISPLACEMENT, (N_POINTS, 3)) | {"scalars": (len(_SCALARS),)}
    check_names(arrays, shapes, "its displacement")
    checked: dict[str, Any] = {
        name: checked_array(named, f"displacement.{name}", shape, largest=_FARTHEST).astype(np.float64)
        for name, shape in shapes.items()
    }
    checked |= zip(_SCALARS, map(float, checked.pop("scalars")), strict=True)
    reference = checked["reference"]
    between_eyes = float(eye_distance(reference))
    if checked["full_gap"] < 0 or not 0.5 < between_eyes < 2 or np.ptp(reference[:, :2], axis=0).min() < 0.5:
        raise ModelError("its displacement is not that of a face")
    if max(np.abs(checked[name]).max() for name in ("reference", "movement", "opening")) > _LARGEST_FACE:
        raise ModelError("its displacement is larger than a face")
    return Displacement(**checked)
