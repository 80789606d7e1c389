"""The model file that MediaPipe's Tasks API needs: fetched once, checked, kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import urllib.request
from pathlib import Path

from pixelfes.errors import MissingDependencyError

MODEL_URL = (
    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"
)
MODEL_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
MODEL_BYTES = 3_758_596
MODEL_VARIABLE = "PIXELFES_FACE_LANDMARKER"
"""Environment variable with the path of a copy of the file, for machines without a network."""


def cache_folder() -> Path:
    """Return the folder of this user's cache for pixelfes (it may not exist yet)."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "pixelfes"


def landmarker_model() -> Path:
    """Return the path of ``face_landmarker.task``, fetching it the first time.

    Raises
    ------
    MissingDependencyError
        Where the file cannot be fetched, or what is there is not the file.
    """
    if given := os.environ.get(MODEL_VARIABLE):
        path = Path(given)
        if not path.is_file() or not _is_the_model(path.read_bytes()):
            raise MissingDependencyError(f"{MODEL_VARIABLE} names {path}, which is not the file of {MODEL_URL}")
        return path
    path = cache_folder() / "face_landmarker.task"
    if not path.is_file() or not _is_the_model(path.read_bytes()):
        _fetch(path)
    return path


def _is_the_model(data: bytes) -> bool:
    return hashlib.sha256(data).hexdigest() == MODEL_SHA256


def _fetch(path: Path) -> None:
    try:
        with urllib.request.urlopen(MODEL_URL, timeout=60) as response:
            data = response.read(MODEL_BYTES + 1)
    except OSError as error:
        raise MissingDependencyError(
            f"MediaPipe's face model could not be fetched ({error}); on a machine without a network, copy {MODEL_URL} to "
            f"{path}, or set {MODEL_VARIABLE} to where it lies, or use Python 3.12 or older, where it comes with MediaPipe"
        ) from error
    if not _is_the_model(data):
        raise MissingDependencyError(f"what came from {MODEL_URL} is not the file expected (its SHA-256 differs)")
    try:
        _keep(path, data)
    except OSError as error:
        raise MissingDependencyError(
            f"MediaPipe's face model could not be kept as {path} ({error}); set {MODEL_VARIABLE} to where a copy of {MODEL_URL} lies"
        ) from error


def _keep(path: Path, data: bytes) -> None:
    """Write the file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        temporary = Path(file.name)
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
