"""Expression judges as safetensors files: written, read with every part checked, and those that come with the package."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from importlib.resources import files
from math import isfinite
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Arrays
from pixelfes.errors import ModelError, PixelfesError
from pixelfes.evaluate.judges.classifier import ExpressionClassifier, FaceFeatures
from pixelfes.evaluate.judges.expression import JudgeInfo, KeptOut
from pixelfes.face.topology import N_POINTS, TOPOLOGY_NAME

FORMAT_VERSION = 1
METADATA_KEY = "pixelfes-expression-judge"
SHIPPED_JUDGES = {"happy": "101bb1f7a743785072969790b4ddc4033d8bebbc534aeb5596e878de05a70ade"}
"""The judges that come with the package, by the expression, and the SHA-256 of their files."""

_LARGEST_FILE = 2**24
_LARGEST_NUMBER = 1e6


def load_judge(name_or_path: str | Path = "happy") -> ExpressionClassifier:
    """Load the shipped judge of an expression by its name, or a judge from a file.

    Raises
    ------
    ModelError
        Where there is no such judge, or the file is not a valid one; the message names what is wrong.

    Examples
    --------
    >>> load_judge().info.expression
    'happy'
    """
    if str(name_or_path) in SHIPPED_JUDGES and not Path(name_or_path).exists():
        data = (files("pixelfes") / "assets" / f"{name_or_path}_judge.safetensors").read_bytes()
        if hashlib.sha256(data).hexdigest() != SHIPPED_JUDGES[str(name_or_path)]:
            raise ModelError(f"the shipped judge {name_or_path!r} is damaged: install pixelfes again")
        return _parsed(data)
    path = Path(name_or_path)
    if not path.is_file():
        raise ModelError(f"{path} is neither a file nor one of the shipped judges ({', '.join(SHIPPED_JUDGES)})")
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ModelError(f"it has more than {_LARGEST_FILE // 2**20} MiB")
        return _parsed(path.read_bytes())
    except (ModelError, OSError) as error:
        raise ModelError(f"{path} is not a valid expression judge: {error}") from error


def save_judge(judge: ExpressionClassifier, path: str | Path) -> None:
    """Write a judge to a safetensors file, whole or not at all.

    Raises
    ------
    PixelfesError
        Where the file cannot be written.
    """
    from safetensors.numpy import save

    from pixelfes.file_writing import write_file

    arrays = {
        "reference": judge.features.reference,
        "texture_weight": judge.texture_weight,
        "shape_weight": judge.shape_weight,
        "offset": np.array([judge.offset]),
    }
    header = {
        "format_version": FORMAT_VERSION,
        "landmark_topology": TOPOLOGY_NAME,
        "size": judge.features.size,
        "info": asdict(judge.info),
    }
    rounded = {name: np.asarray(array, np.float32, order="C") for name, array in arrays.items()}
    write_file(path, save(rounded, metadata={METADATA_KEY: json.dumps(header, sort_keys=True)}))


def _parsed(data: bytes) -> ExpressionClassifier:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(data)
        length = int.from_bytes(data[:8], "little")
        metadata = json.loads(data[8 : 8 + length]).get("__metadata__") or {}
        header = json.loads(metadata[METADATA_KEY])
    except PixelfesError:
        raise
    except (SafetensorError, OSError, TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise ModelError(f"it cannot be read as safetensors with an entry {METADATA_KEY!r}") from error
    size, info = _checked_header(header)
    checked = _checked_arrays(arrays, size)
    features = FaceFeatures(checked["reference"], size)
    return ExpressionClassifier(
        features, checked["texture_weight"], checked["shape_weight"], float(checked["offset"][0]), info
    )


def _checked_header(header: object) -> tuple[int, JudgeInfo]:
    names = {"format_version", "landmark_topology", "size", "info"}
    if not isinstance(header, dict) or set(header) != names:
        raise ModelError(f"its metadata must have the entries {', '.join(sorted(names))}, and no others")
    if type(header["format_version"]) is not int or header["format_version"] != FORMAT_VERSION:
        raise ModelError(f"its format version is not {FORMAT_VERSION}, which this pixelfes reads")
    if header["landmark_topology"] != TOPOLOGY_NAME:
        raise ModelError(f"its landmarks are {header['landmark_topology']!r}; known are {TOPOLOGY_NAME!r}")
    if type(header["size"]) is not int or not 16 <= header["size"] <= 256:
        raise ModelError("its size is no whole number from 16 to 256")
    return header["size"], _checked_info(header["info"])


def _checked_info(info: object) -> JudgeInfo:
    names = {item.name for item in fields(JudgeInfo)}
    if not isinstance(info, dict) or set(info) != names:
        raise ModelError(f"its info must have the entries {', '.join(sorted(names))}, and no others")
    if not all(isinstance(info[name], str) for name in names - {"kept_out"}):
        raise ModelError("its info has entries that are no text")
    measured = info["kept_out"]
    return JudgeInfo(**(info | {"kept_out": None if measured is None else _checked_kept_out(measured)}))


def _checked_kept_out(measured: object) -> KeptOut:
    names = {item.name for item in fields(KeptOut)}
    if not isinstance(measured, dict) or set(measured) != names:
        raise ModelError(f"its kept-out figures must be {', '.join(sorted(names))}, and no others")
    if type(measured["n_photos"]) is not int or measured["n_photos"] < 0:
        raise ModelError("its kept-out figures count no photos")
    called = measured["called"]
    if not isinstance(called, dict):
        raise ModelError("its kept-out shares by kind are no table")
    shares = [measured[name] for name in names - {"n_photos", "called", "log_loss", "within_person"}]
    shares += [*called.values(), 0 if measured["within_person"] is None else measured["within_person"]]
    if not all(_is_number(share) and share <= 1 for share in shares) or not _is_number(measured["log_loss"]):
        raise ModelError("its kept-out figures are not all numbers in their range")
    return KeptOut(**measured)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0


def _checked_arrays(arrays: Arrays, size: int) -> dict[str, npt.NDArray[np.float64]]:
    wanted = {"reference": (N_POINTS, 3), "texture_weight": (size, size), "shape_weight": (N_POINTS, 2), "offset": (1,)}
    if set(arrays) != set(wanted):
        raise ModelError(f"it must have the arrays {', '.join(wanted)}; found {', '.join(sorted(arrays)) or 'none'}")
    for name, shape in wanted.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != np.float32:
            raise ModelError(f"{name} must be float32 of shape {shape}; found {array.dtype} {array.shape}")
        if not np.isfinite(array).all() or np.abs(array).max() > _LARGEST_NUMBER:
            raise ModelError(f"{name} has numbers that are not finite, or beyond {_LARGEST_NUMBER:.0e}")
    reference = arrays["reference"]
    if np.abs(reference).max() > 100 or np.ptp(reference[:, :2], axis=0).min() < 0.5:
        raise ModelError("its reference is not the shape of a face")
    return {name: array.astype(np.float64) for name, array in arrays.items()}
