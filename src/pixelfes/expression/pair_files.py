"""List the pairs of a folder or of a CSV manifest, and what is left out of it."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

import numpy as np
import numpy.typing as npt

from pixelfes.errors import InputError
from pixelfes.expression.pairs import Pair
from pixelfes.expression.pairs_to_faces import Skipped
from pixelfes.face.landmarks import check_landmarks
from pixelfes.face.topology import N_POINTS
from pixelfes.photos.provenance import is_own_output
from pixelfes.photos.reading import IMAGE_SUFFIXES

NEUTRAL = "neutral"
LANDMARKS = "landmarks"
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_SEPARATORS = ",;\t"
_LARGEST_MANIFEST = 64 * 2**20


@dataclass
class PairListing:
    """The pairs of a folder or manifest, and the photos or rows left out, each with the reason."""

    pairs: list[Pair] = field(default_factory=list)
    left_out: list[Skipped] = field(default_factory=list)


def load_pairs(path: str | Path, target: str | None = None) -> list[Pair]:
    """List the pairs of a folder or a manifest; open no photo yet.

    Parameters
    ----------
    path : str or Path
        A folder with ``neutral/`` and another folder of photos of the same names; suffixes and capitals may differ. Or a
        CSV file with the columns ``input,target[,weight]``; its paths are relative to the file. If the folder holds
        ``landmarks/NAME.npy`` of shape (2, 468, 3), image pixels, these landmarks are used for the two photos of that
        name instead of a detector.
    target : str, optional
        The name of the other folder, needed if there are several.

    Raises
    ------
    InputError
        If there is no such folder or file, or it has no pairs.
    """
    return list_pairs(path, target).pairs


def list_pairs(path: str | Path, target: str | None = None) -> PairListing:
    """List the pairs of a folder or a manifest like `load_pairs`, and what is left out."""
    path = Path(path)
    if path.is_dir():
        return _from_folder(path, target)
    if target is not None:
        raise InputError(f"{path} is no folder, so it has no folder {target}")
    if path.is_file():
        return _from_manifest(path)
    raise InputError(f"{path} is neither a folder of pairs nor a CSV manifest")


def expression_of(path: str | Path, target: str | None = None) -> str:
    """Return the expression of a folder of pairs, the name of its other folder; of a manifest the name of the file."""
    path = Path(path)
    return _other_folder(path, target).name if path.is_dir() else path.stem


def _other_folder(folder: Path, target: str | None) -> Path:
    """Return the folder of the targets; a folder that holds nothing but outputs of this program is none."""
    others = [p for p in sorted(folder.iterdir()) if p.is_dir() and p.name != NEUTRAL and _photos(p)]
    chosen = [p for p in others if target in (None, p.name)]
    if not (folder / NEUTRAL).is_dir() or len(chosen) != 1:
        found = ", ".join(p.name for p in others) or "none"
        several = f"; choose one with --target {others[0].name}" if len(others) > 1 and target is None else ""
        wanted = "one other folder of photos" if target is None else f"{target}/ with photos"
        raise InputError(f"{folder} must hold neutral/ and {wanted}; found besides neutral/: {found}{several}")
    return chosen[0]


def _photos(folder: Path, left_out: list[Skipped] | None = None) -> list[Path]:
    """Return the photos of a folder; outputs of this program are left out."""
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith("."))
    own = {path for path in files if is_own_output(path)}
    if left_out is not None:
        left_out += [_skipped(path, "it is an output of this program") for path in sorted(own)]
    return [path for path in files if path not in own]


def _skipped(path: Path, why: str) -> Skipped:
    return Skipped(f"{path.parent.name}/{path.name}", why)


def _from_folder(folder: Path, target: str | None) -> PairListing:
    listing = PairListing()
    other = _other_folder(folder, target)
    inputs, targets = (_photos(place, listing.left_out) for place in (folder / NEUTRAL, other))
    matched = match_names(inputs, targets)
    listing.pairs = [_of_photos(folder, before, after) for before, after in matched]
    used = {path for pair in matched for path in pair}
    for paths, there in ((inputs, other), (targets, folder / NEUTRAL)):
        listing.left_out += [_skipped(p, f"it has no partner in {there.name}/") for p in paths if p not in used]
    if not listing.pairs:
        raise InputError(f"no photo in {folder} has the same name in both folders")
    return listing


def match_names(inputs: Iterable[Path], targets: Iterable[Path]) -> list[tuple[Path, Path]]:
    """Return pairs of photos of the same name, in the order of the inputs.

    Names match if they are equal; or else without their suffixes; or else without regard to capitals and to how letters with
    accents are written. A match has to be the only one on both sides.
    """
    left, right = list(inputs), list(targets)
    found: dict[Path, Path] = {}
    keys: tuple[Callable[[Path], str], ...] = (lambda p: p.name, lambda p: p.stem, _plain_stem)
    for key in keys:
        open_left = [p for p in left if p not in found]
        taken = set(found.values())
        open_right = [p for p in right if p not in taken]
        unique = [
            {key(p): p for p in side if count[key(p)] == 1}
            for side in (open_left, open_right)
            if (count := Counter(map(key, side))) is not None
        ]
        found |= {unique[0][name]: unique[1][name] for name in unique[0].keys() & unique[1].keys()}
    return [(path, found[path]) for path in left if path in found]


def _plain_stem(path: Path) -> str:
    return unicodedata.normalize("NFC", path.stem).casefold()


def _of_photos(folder: Path, before: Path, after: Path) -> Pair:
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
        raise InputError(f"{file} does not hold landmarks of shape (2, {N_POINTS}, 3)") from error


def _from_manifest(file: Path) -> PairListing:
    header, *rows = _rows(file) or [[]]
    columns = [name.strip().casefold() for name in header]
    if not rows or not {"input", "target"} <= set(columns):
        found = " ".join(", ".join(header)[:80].split()) or "nothing"
        raise InputError(f"{file} must have a header input,target[,weight] and at least one row; found {found}")
    listing = PairListing()
    for number, row in enumerate(rows, start=2):
        values = dict(zip(columns, (value.strip() for value in row), strict=False))
        if not any(values.values()):
            continue
        pair = _of_row(file, number, values)
        why = _why_no_pair(pair)
        if why:
            listing.left_out.append(Skipped(pair.name, why))
        else:
            listing.pairs.append(pair)
    if not listing.pairs:
        raise InputError(f"{file} has no pair of photos with a weight above 0")
    return listing


def _why_no_pair(pair: Pair) -> str | None:
    if pair.weight == 0:
        return "its weight is 0"
    for side in (pair.input, pair.target):
        if isinstance(side, Path) and is_own_output(side):
            return f"{side.name} is an output of this program"
    return None


def _rows(file: Path) -> list[list[str]]:
    """Return the rows of a CSV file in UTF-8 or UTF-16, separated by commas, semicolons or tabs."""
    try:
        data = file.read_bytes()
        if len(data) > _LARGEST_MANIFEST:
            raise InputError(
                f"{file} cannot be read as a CSV manifest: it is larger than {_LARGEST_MANIFEST // 2**20} MiB"
            )
        encoding = next((name for mark, name in _BYTE_ORDER_MARKS.items() if data.startswith(mark)), "utf-8")
        text = data.decode(encoding)
        first = text.lstrip().split("\n", 1)[0]
        separator = max(_SEPARATORS, key=first.count)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} cannot be read as a CSV manifest: {str(error)[:120]}") from error


def _of_row(file: Path, number: int, row: dict[str, str]) -> Pair:
    try:
        weight = float((row.get("weight") or "1").replace(",", "."))
    except ValueError:
        weight = -1.0
    before, after = row.get("input", ""), row.get("target", "")
    if not before or not after or not 0 <= weight < float("inf"):
        raise InputError(f"line {number} of {file} must name an input and a target, with a weight >= 0 if any")
    return Pair(_beside(file, before), _beside(file, after), weight, name=before)


def _beside(file: Path, name: str) -> Path:
    """Return the path that a manifest names; backslashes are separators unless there is a file of that very name."""
    path = file.parent / name
    try:
        is_there = "\\" not in name or path.exists()
    except OSError:  # a name that is too long
        is_there = True
    return path if is_there else file.parent / Path(*PureWindowsPath(name).parts)
