"""Pairs of photos of one person, neutral and expressive, listed from a folder or a CSV manifest."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.errors import InputError
from pixelfes.face.landmarks import check_landmarks
from pixelfes.face.topology import N_POINTS
from pixelfes.photos.reading import IMAGE_SUFFIXES, PhotoSource

NEUTRAL = "neutral"
LANDMARKS = "landmarks"


@dataclass(frozen=True)
class Pair:
    """Two photos of one person.

    Attributes
    ----------
    input, target : path, bytes, file, Pillow image or uint8 array
        The photos before and after. They are read when needed, and not kept.
    weight : float
        How much the pair counts; finite, >= 0.
    name : str
        The pair's name in messages.
    input_landmarks, target_landmarks : (468, 3), image pixels, optional
        Used instead of a detector's.
    """

    input: PhotoSource
    target: PhotoSource
    weight: float = 1.0
    name: str = ""
    input_landmarks: npt.ArrayLike | None = None
    target_landmarks: npt.ArrayLike | None = None


PairLike: TypeAlias = Pair | tuple[PhotoSource, PhotoSource]


def as_pairs(pairs: Iterable[PairLike]) -> list[Pair]:
    """Return a list of `Pair`; a pair without a name gets one by its index.

    Raises
    ------
    InputError
        If an item is neither a `Pair` nor an (input, target), or a weight is not finite or is negative.
    """
    if not isinstance(pairs, Iterable):
        raise InputError(f"pairs must be a list of Pair or (input, target); found {type(pairs).__name__}")
    named: list[Pair] = []
    for index, given in enumerate(pairs):
        if not isinstance(given, Pair) and not (isinstance(given, tuple | list) and len(given) == 2):
            raise InputError(f"pair {index} must be a Pair or (input, target); found {type(given).__name__}")
        pair = given if isinstance(given, Pair) else Pair(*given)
        if not isinstance(pair.weight, Real) or not 0 <= pair.weight < float("inf"):
            raise InputError(f"the weight of a pair must be finite and >= 0; found {pair.weight!r} in pair {index}")
        named.append(pair if pair.name else Pair(**(vars(pair) | {"name": f"pair {index}"})))
    return named


def load_pairs(path: str | Path) -> list[Pair]:
    """List the pairs of a folder or a manifest; open no photo yet.

    Parameters
    ----------
    path : str or Path
        A folder with ``neutral/`` and exactly one other folder of photos of the same names; suffixes may differ. Or a
        CSV file with the columns ``input,target[,weight]``; its paths are relative to the file. If the folder holds
        ``landmarks/NAME.npy`` of shape (2, 468, 3), image pixels, these landmarks are used for the two photos of that
        name instead of a detector.

    Raises
    ------
    InputError
        If there is no such folder or file, or it has no pairs.
    """
    path = Path(path)
    if path.is_dir():
        return _from_folder(path)
    if path.is_file():
        return _from_manifest(path)
    raise InputError(f"{path} is neither a folder of pairs nor a CSV manifest")


def expression_of(path: str | Path) -> str:
    """Return the expression of a folder of pairs, the name of its second folder; of a manifest ``expression``."""
    path = Path(path)
    return _other_folder(path).name if path.is_dir() else "expression"


def _other_folder(folder: Path) -> Path:
    others = [p for p in sorted(folder.iterdir()) if p.is_dir() and p.name != NEUTRAL and _photos(p)]
    if not (folder / NEUTRAL).is_dir() or len(others) != 1:
        found = ", ".join(p.name for p in others) or "none"
        raise InputError(f"{folder} must hold neutral/ and one other folder of photos; found besides neutral/: {found}")
    return others[0]


def _photos(folder: Path) -> dict[str, Path]:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith("."))
    return {p.stem: p for p in files}


def _from_folder(folder: Path) -> list[Pair]:
    inputs, targets = _photos(folder / NEUTRAL) if (folder / NEUTRAL).is_dir() else {}, _photos(_other_folder(folder))
    pairs = [_of_stem(folder, inputs[stem], targets[stem]) for stem in inputs if stem in targets]
    if not pairs:
        raise InputError(f"no photo in {folder} has the same name in both folders")
    return pairs


def _of_stem(folder: Path, before: Path, after: Path) -> Pair:
    file = folder / LANDMARKS / f"{before.stem}.npy"
    if not file.is_file():
        return Pair(before, after, name=before.stem)
    points = _read_landmarks(file)
    return Pair(before, after, name=before.stem, input_landmarks=points[0], target_landmarks=points[1])


def _read_landmarks(file: Path) -> npt.NDArray[np.float64]:
    try:
        array = np.load(io.BytesIO(file.read_bytes()), allow_pickle=False)
        if not isinstance(array, np.ndarray) or array.shape != (2, N_POINTS, 3):
            raise ValueError("it has another shape")
        return np.stack([check_landmarks(face) for face in array])
    except Exception as error:  # NumPy raises errors of many kinds on damaged files
        raise InputError(f"{file} does not hold landmarks of shape (2, {N_POINTS}, 3): {error}") from error


def _from_manifest(file: Path) -> list[Pair]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} cannot be read as a CSV manifest: {error}") from error
    if not rows or not {"input", "target"} <= set(rows[0]):
        raise InputError(f"{file} must have a header input,target[,weight] and at least one row")
    return [_from_row(file, number, row) for number, row in enumerate(rows, start=2)]


def _from_row(file: Path, number: int, row: dict[str, str]) -> Pair:
    try:
        weight = float(row.get("weight") or 1)
    except ValueError:
        weight = -1.0
    if not row["input"] or not row["target"] or not 0 <= weight < float("inf"):
        raise InputError(f"line {number} of {file} must name an input and a target, with a weight >= 0 if any")
    return Pair(file.parent / row["input"], file.parent / row["target"], weight, name=row["input"])
