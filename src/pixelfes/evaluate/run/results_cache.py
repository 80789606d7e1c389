"""Results kept between runs, under a hash of all that they depend on: numbers as JSON and fitted models, never photos."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pixelfes.errors import PixelfesError
from pixelfes.file_reading import read_json
from pixelfes.file_writing import write_file
from pixelfes.version import __version__

NOT_COUNTED = ("cli", "cluster", "evaluate/report", "export", "study")
"""Folders that no result can depend on: nothing that results are computed by imports them (a test checks it)."""


def code_files(*, below: str = "", left_out: Sequence[str] = NOT_COUNTED) -> list[Path]:
    """Return the source files of a folder of the package, without the files of other folders."""
    package = Path(str(files("pixelfes")))
    skipped = [package / folder for folder in left_out]
    return [
        path for path in sorted((package / below).rglob("*.py")) if not any(path.is_relative_to(s) for s in skipped)
    ]


@cache
def code_hash(below: str = "") -> str:
    """Return a hash of the package's version and of every source file that results can depend on.

    A change of a solver, a judge or a setting makes earlier results unknown, whether the version changes or not.

    Parameters
    ----------
    below : str
        Hash only the files of this folder of the package.
    """
    package = Path(str(files("pixelfes")))
    digest = hashlib.sha256(__version__.encode())
    for path in code_files(below=below):
        digest.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def key_of(*parts: Any) -> str:
    """Return the key of a result: a hash of the code and of all that is given, which JSON must know."""
    return hashlib.sha256(json.dumps([code_hash(), *parts], sort_keys=True).encode()).hexdigest()


class ResultsCache:
    """Results in a folder, a file each; what is damaged counts as not there.

    Parameters
    ----------
    folder : Path
        Made when it is needed. A cache that cannot be written is no reason to stop.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> dict[str, Any] | None:
        """Return a result; None where it is not known, or its model is not there as it was."""
        try:
            record = read_json(self._folder / f"{key}.json")
            wanted = record.get("model") if isinstance(record, dict) else "damaged"
            if wanted and hashlib.sha256(self.model(key).read_bytes()).hexdigest() != wanted:
                return None
        except (OSError, ValueError):
            return None
        return record if isinstance(record, dict) else None

    def write(self, key: str, record: dict[str, Any]) -> None:
        """Keep a result, with the hash of its model if there is one in this folder."""
        path = self.model(key)
        if path.is_file():
            record = record | {"model": hashlib.sha256(path.read_bytes()).hexdigest()}
        with contextlib.suppress(PixelfesError, OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            write_file(self._folder / f"{key}.json", json.dumps(record, allow_nan=False).encode())

    def model(self, key: str) -> Path:
        """Return the path of a result's model."""
        return self._folder / f"{key}.safetensors"

    @property
    def trainings(self) -> Path:
        """The folder of trainings of networks, which go on where they were stopped."""
        return self._folder / "trainings"

    def make_folder(self) -> None:
        """Make the folder, if it can be made."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
