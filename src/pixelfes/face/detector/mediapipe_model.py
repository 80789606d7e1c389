"""The model file of MediaPipe's Tasks API: download it once, check it, and keep it in the user's cache."""

from __future__ import annotations

import hashlib
import os
import sys
import urllib.request
from pathlib import Path

from pixelfes.errors import MissingDependencyError, PhotoError
from pixelfes.file_writing import write_file

MODEL_URL = (
    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"
)
MODEL_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
MODEL_BYTES = 3_758_596
MODEL_VARIABLE = "PIXELFES_FACE_LANDMARKER"
"""Environment variable that holds the path of a copy of the file, for machines without a network."""


def cache_folder() -> Path:
    """Return the user's cache folder for pixelfes; it may not exist yet."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "pixelfes"


def landmarker_model() -> Path:
    """Return the path of ``face_landmarker.task``; download the file the first time.

    Raises
    ------
    MissingDependencyError
        If the file cannot be downloaded or stored, or has another SHA-256.
    """
    if given := os.environ.get(MODEL_VARIABLE):
        path = Path(given)
        if not path.is_file() or not _is_the_model(path.read_bytes()):
            raise MissingDependencyError(f"{MODEL_VARIABLE} is set to {path}, which is not the file of {MODEL_URL}")
        return path
    path = cache_folder() / "face_landmarker.task"
    if not path.is_file() or not _is_the_model(path.read_bytes()):
        _download(path)
    return path


def _is_the_model(data: bytes) -> bool:
    return hashlib.sha256(data).hexdigest() == MODEL_SHA256


def _download(path: Path) -> None:
    try:
        with urllib.request.urlopen(MODEL_URL, timeout=60) as response:
            data = response.read(MODEL_BYTES + 1)
    except OSError as error:
        raise MissingDependencyError(
            f"MediaPipe's face model could not be downloaded ({error}): without a network, copy {MODEL_URL} to {path} "
            f"or set {MODEL_VARIABLE} to the path of a copy, or use Python 3.12 or older, where MediaPipe includes it"
        ) from error
    if not _is_the_model(data):
        raise MissingDependencyError(f"the file downloaded from {MODEL_URL} has another SHA-256 than expected")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, data)
    except (OSError, PhotoError) as error:
        raise MissingDependencyError(
            f"MediaPipe's face model could not be stored as {path} ({error}): set {MODEL_VARIABLE} to the path of a copy "
            f"of {MODEL_URL}"
        ) from error
