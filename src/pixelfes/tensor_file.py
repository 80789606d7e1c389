"""Read and write safetensors files: the one place where an untrusted model file is opened.

A file of every kind holds named arrays and one metadata entry, a JSON object called the header here. Nothing is
unpickled. Every check raises `ModelError` with the part of the sentence that follows "it is not valid:".
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray, Arrays
from pixelfes.errors import ModelError, PixelfesError, reason, shortened
from pixelfes.file_writing import write_file
from pixelfes.version import __version__

HeaderT = TypeVar("HeaderT")
FloatTypes: TypeAlias = Sequence[type[np.floating[Any]]]

FLOATS: FloatTypes = (np.float16, np.float32, np.float64)
_JSON_TYPES: dict[str, type] = {"int": int, "str": str, "dict[str, Any]": dict}


_LONGEST_REASON = 80
"""Characters of what the library says of a damaged file, at most."""


@dataclass(frozen=True)
class FileKind:
    """One kind of tensor file.

    Attributes
    ----------
    name : str
        What a message calls it: "pixelfes model".
    key : str
        The metadata entry that holds the header.
    version : int, optional
        The ``format_version`` that the header must have; None if this kind has none.
    largest : int
        Largest file that is read, bytes.
    """

    name: str
    key: str
    version: int | None = 1
    largest: int = 2**31


class TensorFile(NamedTuple):
    """What a file holds: its header, not checked beyond the version, and its arrays by name."""

    header: dict[str, Any]
    arrays: dict[str, AnyArray]


def write_tensor_file(kind: FileKind, path: str | PathLike[str], header: Mapping[str, Any], arrays: Arrays) -> None:
    """Write a file completely or not at all.

    Raises
    ------
    PixelfesError
        If the file cannot be written.
    """
    write_file(path, pack(kind, header, arrays))


def pack(kind: FileKind, header: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Return the bytes of a file; equal content gives equal bytes."""
    from safetensors.numpy import save

    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    return bytes(save(contiguous, metadata={kind.key: json.dumps(header, sort_keys=True)}))


def read_tensor_file(kind: FileKind, source: str | PathLike[str] | bytes) -> TensorFile:
    """Read a file of one kind, or its bytes; check size, header version and framing before the arrays.

    Raises
    ------
    ModelError
        If the file is too large, not safetensors, or of another kind or version. `naming` adds the file's name.
    """
    from safetensors import SafetensorError, safe_open

    try:
        if (len(source) if isinstance(source, bytes) else Path(source).stat().st_size) > kind.largest:
            raise ModelError(f"it is larger than {_size(kind.largest)}")
        if isinstance(source, bytes):
            return _from_bytes(kind, source)
        with safe_open(source, framework="np") as file:
            header = _header(kind, file.metadata() or {})
            return TensorFile(header, {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    except PixelfesError:
        raise
    except OSError as error:
        raise ModelError(f"it cannot be read: {reason(error)}") from error
    except (SafetensorError, TypeError, ValueError, AttributeError, KeyError) as error:
        raise ModelError(f"it cannot be read as safetensors ({shortened(str(error), _LONGEST_REASON)})") from error


def _from_bytes(kind: FileKind, data: bytes) -> TensorFile:
    from safetensors.numpy import load

    arrays = load(data)
    length = int.from_bytes(data[:8], "little")
    return TensorFile(_header(kind, json.loads(data[8 : 8 + length]).get("__metadata__") or {}), arrays)


def metadata_keys(path: str | PathLike[str]) -> frozenset[str]:
    """Return the names of a file's metadata entries; none if the file is not safetensors."""
    from safetensors import safe_open

    try:
        with safe_open(path, framework="np") as file:
            return frozenset(file.metadata() or {})
    except Exception:  # the next reader reports what is wrong
        return frozenset()


@contextmanager
def naming(kind: FileKind, source: object) -> Iterator[None]:
    """Add the name of the file and its kind to every `ModelError` raised inside."""
    try:
        yield
    except ModelError as error:
        raise ModelError(f"{source} is not a valid {kind.name}: {error}") from error


def checked_header(header: Mapping[str, Any], kind: type[HeaderT]) -> HeaderT:
    """Return a header as a dataclass with exactly its fields, each an int, a str or a dict as declared.

    Raises
    ------
    ModelError
        If an entry is missing, unknown or of another type.
    """
    wanted = fields(kind)  # type: ignore[arg-type]
    for item in wanted:
        json_type = _JSON_TYPES[str(item.type)]
        if type(header.get(item.name, item.default if item.default is not MISSING else None)) is not json_type:
            raise ModelError(f"its metadata entry {item.name!r} is missing or no {json_type.__name__}")
    if unknown := sorted(set(header) - {item.name for item in wanted}):
        raise ModelError(f"its metadata have unknown entries: {_few(unknown)}")
    return kind(**header)


def check_names(arrays: Collection[str], wanted: Collection[str], owner: str) -> None:
    """Raise `ModelError` unless the arrays have exactly the wanted names.

    Examples
    --------
    >>> check_names(["mean", "scale"], ["mean", "spread"], "its shape model")
    Traceback (most recent call last):
    pixelfes.errors.ModelError: its shape model lacks spread and has the unknown scale
    """
    missing, unknown = sorted(set(wanted) - set(arrays)), sorted(set(arrays) - set(wanted))
    faults = [f"{verb} {_few(names)}" for verb, names in (("lacks", missing), ("has the unknown", unknown)) if names]
    if faults:
        raise ModelError(f"{owner} {' and '.join(faults)}")


def checked_array(
    arrays: Arrays, name: str, shape: tuple[int, ...], dtypes: Sequence[npt.DTypeLike] = FLOATS, largest: float = 1e6
) -> AnyArray:
    """Return one array of a file after checking it.

    Parameters
    ----------
    arrays : mapping from name to array
    name : str
    shape : tuple of int
        The exact shape.
    dtypes : sequence of dtype
        The dtypes allowed.
    largest : float
        Largest magnitude; every value must be finite.

    Raises
    ------
    ModelError
        If the array is missing or anything about it is wrong; the message shows what was asked and what was found.

    Examples
    --------
    >>> checked_array({"gap": np.zeros(2)}, "gap", (3,))
    Traceback (most recent call last):
    pixelfes.errors.ModelError: gap must be float16, float32 or float64 of shape (3,); found float64 of shape (2,)
    """
    if name not in arrays:
        raise ModelError(f"it has no array {name}")
    array = arrays[name]
    allowed = [np.dtype(dtype) for dtype in dtypes]
    if array.shape != shape or array.dtype not in allowed:
        asked = _either([str(dtype) for dtype in allowed])
        raise ModelError(f"{name} must be {asked} of shape {shape}; found {array.dtype} of shape {array.shape}")
    if not np.isfinite(array).all() or (array.size and float(np.abs(array).max()) > largest):
        raise ModelError(f"{name} has numbers that are not finite, or beyond {largest:g}")
    return array


def _header(kind: FileKind, metadata: Mapping[str, str]) -> dict[str, Any]:
    if kind.key not in metadata:
        raise ModelError(f"its metadata have no entry {kind.key!r}")
    try:
        header = json.loads(metadata[kind.key])
    except (ValueError, RecursionError) as error:
        raise ModelError("its metadata are not JSON") from error
    if not isinstance(header, dict):
        raise ModelError("its metadata are no JSON object")
    if kind.version is not None:
        _check_version(header.get("format_version"), kind.version)
    return header


def _check_version(found: object, known: int) -> None:
    if type(found) is not int:
        raise ModelError("its metadata name no format version")
    if found != known:
        raise ModelError(f"it has format version {found}, and this pixelfes ({__version__}) reads {known}")


def _few(names: Sequence[str]) -> str:
    """Return at most three names, none longer than 60 characters: a file may hold any."""
    shown = [name if len(name) <= 60 else f"{name[:57]}..." for name in names[:3]]
    return ", ".join([*shown, "..."] if len(names) > 3 else shown)


def _size(n_bytes: int) -> str:
    return f"{n_bytes // 2**30} GiB" if n_bytes >= 2**30 else f"{n_bytes // 2**20} MiB"


def _either(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
