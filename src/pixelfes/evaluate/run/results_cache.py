"""Results kept between runs, under a hash of all that they depend on: numbers as JSON and fitted models, never photos."""

from __future__ import annotations

import contextlib
import hashlib
import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pixelfes.errors import PixelfesError
from pixelfes.file_writing import write_file
from pixelfes.version import __version__

_PRESENTATION = (
    *("result_tables", "cost_tables", "figures", "picture_figures", "drawing", "report"),
    *("comparison", "results_cache"),
)
_ELSEWHERE = ("cli", "cluster", "study", "export", "tables", "extras")


@cache
def code_hash() -> str:
    """Return a hash of the package's version and of every source file that numbers can depend on.

    A change of a solver or a judge makes earlier results unknown, whether the version changes or not.
    """
    folder = Path(str(files("pixelfes")))
    digest = hashlib.sha256(__version__.encode())
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if parts[0] not in _ELSEWHERE and not (parts[0] == "evaluate" and parts[-1] in _PRESENTATION):
            digest.update("/".join(parts).encode() + path.read_bytes())
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
            record = json.loads((self._folder / f"{key}.json").read_text(encoding="utf-8"))
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
