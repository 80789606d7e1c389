"""Expression judges as safetensors files: written, read with every part checked, and those that come with the package."""

from __future__ import annotations

from dataclasses import asdict, fields
from math import isfinite
from pathlib import Path

import numpy as np

from pixelfes.arrays import Array, Arrays
from pixelfes.assets import asset_path
from pixelfes.errors import ModelError
from pixelfes.evaluate.judges.classifier import ExpressionClassifier, FaceFeatures
from pixelfes.evaluate.judges.expression import JudgeInfo, KeptOut
from pixelfes.face.topology import N_POINTS, TOPOLOGY_NAME
from pixelfes.tensor_file import FileKind, check_names, checked_array, naming, read_tensor_file, write_tensor_file

JUDGE_FILE = FileKind("expression judge", "pixelfes-expression-judge", largest=2**24)
SHIPPED_JUDGES = ("happy",)
"""The judges that come with the package, by their expression."""
_FARTHEST = 100.0
"""Largest coordinate of the reference, in distances between the eyes."""


def load_judge(name_or_path: str | Path = "happy") -> ExpressionClassifier:
    """Load the shipped judge of an expression by its name, or a judge from a file.

    Raises
    ------
    ModelError
        If there is no such judge, or the file is not a valid one; the message names what is wrong.

    Examples
    --------
    >>> load_judge().info.expression
    'happy'
    """
    path = Path(name_or_path)
    if path.is_file():
        return _read(path)
    if str(name_or_path) in SHIPPED_JUDGES and not path.exists():
        with asset_path(f"{name_or_path}_judge.safetensors") as shipped:
            return _read(shipped)
    raise ModelError(f"{path} is neither a file nor one of the shipped judges ({', '.join(SHIPPED_JUDGES)})")


def save_judge(judge: ExpressionClassifier, path: str | Path) -> None:
    """Write a judge to a safetensors file, completely or not at all.

    Raises
    ------
    PixelfesError
        If the file cannot be written.
    """
    arrays = {
        "reference": judge.features.reference,
        "texture_weight": judge.texture_weight,
        "shape_weight": judge.shape_weight,
        "offset": np.array([judge.offset]),
    }
    header = {
        "format_version": JUDGE_FILE.version,
        "landmark_topology": TOPOLOGY_NAME,
        "size": judge.features.size,
        "info": asdict(judge.info),
    }
    write_tensor_file(JUDGE_FILE, path, header, {name: array.astype(np.float32) for name, array in arrays.items()})


def _read(path: Path) -> ExpressionClassifier:
    with naming(JUDGE_FILE, path):
        header, arrays = read_tensor_file(JUDGE_FILE, path)
        size, info = _checked_header(header)
        checked = _checked_arrays(arrays, size)
        features = FaceFeatures(checked["reference"], size)
        offset = float(checked["offset"][0])
        return ExpressionClassifier(features, checked["texture_weight"], checked["shape_weight"], offset, info)


def _checked_header(header: object) -> tuple[int, JudgeInfo]:
    names = {"format_version", "landmark_topology", "size", "info"}
    if not isinstance(header, dict) or set(header) != names:
        raise ModelError(f"its metadata must have the entries {', '.join(sorted(names))}, and no others")
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
        raise ModelError("its kept-out figures must count photos")
    if not isinstance(measured["called"], dict):
        raise ModelError("its kept-out shares by kind must be a table")
    shares = [measured[name] for name in names - {"n_photos", "called", "log_loss", "within_person"}]
    shares += [*measured["called"].values(), 0 if measured["within_person"] is None else measured["within_person"]]
    if not all(_is_number(share) and share <= 1 for share in shares) or not _is_number(measured["log_loss"]):
        raise ModelError("its kept-out figures are not all numbers in their range")
    return KeptOut(**measured)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0


def _checked_arrays(arrays: Arrays, size: int) -> dict[str, Array]:
    shapes = {"reference": (N_POINTS, 3), "texture_weight": (size, size), "shape_weight": (N_POINTS, 2), "offset": (1,)}
    check_names(arrays, shapes, "it")
    checked = {name: checked_array(arrays, name, shape, [np.float32]) for name, shape in shapes.items()}
    reference = checked["reference"]
    if np.abs(reference).max() > _FARTHEST or np.ptp(reference[:, :2], axis=0).min() < 0.5:
        raise ModelError("its reference is not the shape of a face")
    return {name: array.astype(np.float64) for name, array in checked.items()}
