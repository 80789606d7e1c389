"""Models as files: safetensors with JSON metadata, every part of an untrusted file checked; and the models shipped.

A file holds the arrays ``regressor.*`` (what the regressor says of itself), ``displacement.*`` (mesh registration only), and
one metadata entry ``pixelfes``, a JSON object with the fields of `_Header`. No pickle anywhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Arrays
from pixelfes.errors import InputError, ModelError, PixelfesError
from pixelfes.face.topology import N_POINTS, TOPOLOGY_NAME
from pixelfes.version import __version__

if TYPE_CHECKING:
    from pixelfes.expression.displacement import Displacement
    from pixelfes.expression.model import ExpressionModel
    from pixelfes.expression.synthesis import Learned
    from pixelfes.regress import PixelRegressor

Precision: TypeAlias = Literal["float16", "float32"]

FORMAT_VERSION = 1
METADATA_KEY = "pixelfes"
NETWORK_KEY = "pixelfes-network"
"""The metadata entry of a network's file, which `pixelfes.baselines` reads."""
SHIPPED = {"smile": "9860b4dc50649448bc878c8e8de325fad6ee5ae34e73a38fc9fd2a735d6583a4"}
"""The models that come with the package, by name, and the SHA-256 of their files."""

_DISPLACEMENT = ("reference", "movement", "opening", "readout")
_SCALARS = ("resting_gap", "full_gap", "readout_offset")
_LARGEST_FILE = 2**31
_SIZES = range(16, 1025)


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


def load_model(name_or_path: str | Path) -> ExpressionModel:
    """Load a shipped model by its name, or a model from a file.

    Raises
    ------
    ModelError
        Where there is no such model, or the file is not a valid one; the message names what is wrong.

    Examples
    --------
    >>> load_model("smile").info_.expression
    'smile'
    """
    if str(name_or_path) in SHIPPED and not Path(name_or_path).exists():
        with as_file(files("pixelfes") / "assets" / f"{name_or_path}.safetensors") as path:
            if hashlib.sha256(path.read_bytes()).hexdigest() != SHIPPED[str(name_or_path)]:
                raise ModelError(f"the shipped model {name_or_path!r} is damaged: install pixelfes again")
            return _load(path)
    path = Path(name_or_path)
    if not path.is_file():
        raise ModelError(f"{path} is neither a model file nor one of the shipped models ({', '.join(SHIPPED)})")
    return _load(path)


def save_model(model: ExpressionModel, path: str | Path, precision: Precision = "float32") -> None:
    """Write a fitted model to a safetensors file, whole or not at all.

    Parameters
    ----------
    precision : {"float32", "float16"}
        Of the numbers in the file; half precision changes pictures by less than one grey level, and halves the file.

    Raises
    ------
    InputError, PixelfesError
        Where the precision is something else or cannot hold the numbers; where the file cannot be written.
    """
    from safetensors.numpy import save

    from pixelfes.file_writing import write_file

    if precision not in ("float16", "float32"):
        raise InputError(f"precision must be 'float16' or 'float32'; found {precision!r}")
    arrays = {name: _rounded(name, array, precision) for name, array in _arrays(model.learned_).items()}
    metadata = {METADATA_KEY: json.dumps(asdict(_header(model)), sort_keys=True)}
    write_file(path, save(arrays, metadata=metadata))


def _rounded(name: str, array: npt.NDArray[Any], precision: Precision) -> npt.NDArray[Any]:
    if array.dtype.kind in "iu":
        return np.array(array, order="C")  # indices and levels are exact or wrong
    if array.ndim == 0:
        return array.astype(np.float32)  # a penalty is to be read as it was
    with np.errstate(over="ignore"):
        rounded = array.astype(precision, order="C")
    if not np.isfinite(rounded).all():
        raise InputError(f"{name} has numbers that {precision} cannot hold; save with precision='float32'")
    return rounded


def _arrays(learned: Learned) -> dict[str, npt.NDArray[Any]]:
    arrays = {f"regressor.{name}": array for name, array in learned.regressor.state_arrays().items()}
    if learned.displacement is not None:
        arrays |= {f"displacement.{name}": getattr(learned.displacement, name) for name in _DISPLACEMENT}
        arrays["displacement.scalars"] = np.array([getattr(learned.displacement, name) for name in _SCALARS])
    return arrays


def _header(model: ExpressionModel) -> _Header:
    from pixelfes.regress import REGRESSORS

    learned, info = model.learned_, model.info_
    method = {kind: name for name, kind in REGRESSORS.items()}.get(type(learned.regressor))
    if method is None:
        raise InputError(f"a {type(learned.regressor).__name__} has no name in REGRESSORS, and cannot be stored")
    parameters = {name: _plain(value) for name, value in learned.regressor.get_params().items()}
    return _Header(
        format_version=FORMAT_VERSION,
        package_version=__version__,
        expression=info.expression,
        registration="mesh" if learned.displacement is not None else "grid",
        size=learned.registration.size,
        landmark_topology=TOPOLOGY_NAME,
        method=method,
        parameters=parameters,
        n_pairs=info.n_pairs,
        training_data=info.training_data,
        licence=info.licence,
        attribution=info.attribution,
    )


def _plain(value: object) -> str | int | float | None:
    """Return a parameter as JSON has it; None in the place of an array, which no prediction needs."""
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, str | int | float) else None


def _load(path: Path) -> ExpressionModel:
    if _is_network(path):
        from pixelfes.baselines.settings import require_torch

        require_torch()
        from pixelfes.baselines.model import load_network

        return load_network(path)
    try:
        header, arrays = _read(path)
        return _rebuilt(header, arrays)
    except ModelError as error:
        raise ModelError(f"{path} is not a valid pixelfes model: {error}") from error


def _is_network(path: Path) -> bool:
    """Whether a file says that it is a network of `pixelfes.baselines`; what is no model at all is not looked into further."""
    from safetensors import safe_open

    try:
        with safe_open(path, framework="np") as file:
            return NETWORK_KEY in (file.metadata() or {})
    except Exception:  # whatever is wrong is said by who reads it
        return False


def _read(path: Path) -> tuple[_Header, Arrays]:
    from safetensors import SafetensorError, safe_open

    if path.stat().st_size > _LARGEST_FILE:
        raise ModelError(f"it has more than {_LARGEST_FILE // 2**30} GiB")
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            header = _checked_header(metadata)
            return header, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, PixelfesError):
            raise
        raise ModelError(f"it cannot be read as safetensors ({error})") from error


def _checked_header(metadata: Mapping[str, str]) -> _Header:
    if METADATA_KEY not in metadata:
        raise ModelError(f"its metadata have no entry {METADATA_KEY!r}")
    try:
        values = json.loads(metadata[METADATA_KEY])
    except (ValueError, RecursionError) as error:
        raise ModelError("its metadata are not JSON") from error
    if not isinstance(values, dict) or type(values.get("format_version")) is not int:
        raise ModelError("its metadata name no format version")
    if values["format_version"] != FORMAT_VERSION:
        raise ModelError(
            f"it has format version {values['format_version']}, and this pixelfes ({__version__}) reads {FORMAT_VERSION}"
        )
    kinds: dict[str, type] = {"int": int, "str": str, "dict[str, Any]": dict}
    for item in fields(_Header):
        if type(values.get(item.name)) is not kinds[str(item.type)]:
            raise ModelError(f"its metadata entry {item.name!r} is missing or no {kinds[str(item.type)].__name__}")
    unknown = set(values) - {item.name for item in fields(_Header)}
    if unknown:
        raise ModelError(f"its metadata have entries that are not known: {', '.join(sorted(unknown))}")
    return _Header(**values)


def _rebuilt(header: _Header, arrays: Arrays) -> ExpressionModel:
    from pixelfes.expression.model import ExpressionModel, ModelInfo
    from pixelfes.expression.synthesis import Learned
    from pixelfes.face.grid import GridRegistration
    from pixelfes.face.mesh import MeshRegistration

    if header.registration not in ("mesh", "grid"):
        raise ModelError(f"it has the registration {header.registration!r}; known are mesh and grid")
    if header.landmark_topology != TOPOLOGY_NAME:
        raise ModelError(f"its landmarks are {header.landmark_topology!r}; known are {TOPOLOGY_NAME!r}")
    if header.size not in _SIZES:
        raise ModelError(f"its size is {header.size}, outside {_SIZES.start} to {_SIZES.stop - 1}")
    parts = _split(arrays, ("regressor", "displacement") if header.registration == "mesh" else ("regressor",))
    regressor = _regressor(header, parts["regressor"])
    model = ExpressionModel(header.registration, regressor, size=header.size)  # type: ignore[arg-type]
    if header.registration == "mesh":
        displacement = _displacement(parts["displacement"])
        registration = MeshRegistration(displacement.reference + displacement.full, header.size)
        model.learned_ = Learned(registration, displacement, regressor)
    else:
        model.learned_ = Learned(GridRegistration(header.size), None, regressor)
    info = {item.name: getattr(header, item.name) for item in fields(ModelInfo)}
    model.info_, model.skipped_ = ModelInfo(**info), []
    return model


def _split(arrays: Arrays, rooms: tuple[str, ...]) -> dict[str, dict[str, npt.NDArray[Any]]]:
    parts: dict[str, dict[str, npt.NDArray[Any]]] = {room: {} for room in rooms}
    for key, array in arrays.items():
        room, _, name = key.partition(".")
        if room not in parts or not name:
            raise ModelError(f"it has an array {key!r} that does not belong there")
        parts[room][name] = array
    return parts


def _regressor(header: _Header, arrays: Arrays) -> PixelRegressor:
    from pixelfes.regress import regressor_by_name

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
    return regressor


def _displacement(arrays: Arrays) -> Displacement:
    from pixelfes.expression.displacement import Displacement

    wanted = dict.fromkeys(_DISPLACEMENT, (N_POINTS, 3)) | {"scalars": (len(_SCALARS),)}
    if set(arrays) != set(wanted):
        missing, extra = sorted(set(wanted) - set(arrays)), sorted(set(arrays) - set(wanted))
        raise ModelError(f"its displacement lacks {missing or 'nothing'} and has {extra or 'nothing'} beyond")
    checked: dict[str, Any] = {}
    for name, shape in wanted.items():
        array = arrays[name]
        if array.shape != shape or array.dtype not in (np.float16, np.float32, np.float64):
            raise ModelError(f"displacement.{name} must be floats of shape {shape}; found {array.dtype} {array.shape}")
        if not np.isfinite(array).all() or np.abs(array).max() > 100:
            raise ModelError(f"displacement.{name} has numbers that are not finite, or beyond 100")
        checked[name] = array.astype(np.float64)
    checked |= zip(_SCALARS, map(float, checked.pop("scalars")), strict=True)
    if checked["full_gap"] < 0 or np.ptp(checked["reference"][:, :2], axis=0).min() < 0.5:
        raise ModelError("its displacement is not that of a face")
    return Displacement(**checked)
