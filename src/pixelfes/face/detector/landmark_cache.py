"""Keep landmarks between runs under a hash of the photo; the photo itself is never stored."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.face.landmarks import LandmarkProvider, check_landmarks
from pixelfes.face.topology import N_POINTS
from pixelfes.user_cache import cache_folder

_VERSION = b"faces-1"


class CachedLandmarks:
    """A landmark provider that asks another one only once for each photo.

    Parameters
    ----------
    provider : LandmarkProvider
    folder : Path
        Holds one small file per photo with the landmarks of its faces, named by a hash of its pixels. A damaged file is
        replaced.
    """

    def __init__(self, provider: LandmarkProvider, folder: Path) -> None:
        self._provider = provider
        self._folder = folder

    def detect(self, pixels: Pixels) -> list[Array]:
        """Return the landmarks (468, 3), image pixels, of every face in an (H, W, 3) RGB photo."""
        shape = np.array(pixels.shape, np.int64).tobytes()
        name = hashlib.sha256(_VERSION + shape + np.ascontiguousarray(pixels).tobytes()).hexdigest()
        path = self._folder / f"{name}.npy"
        known = _read(path)
        if known is not None:
            return known
        faces = self._provider.detect(pixels)
        _write(path, faces)
        return faces


def photo_detector(*, cached: bool = True) -> LandmarkProvider:
    """Return the package's detector; ``cached`` adds the user's cache of landmarks."""
    from pixelfes.face.detector.face_detector import FaceDetector

    detector = FaceDetector()
    return CachedLandmarks(detector, cache_folder() / "landmarks") if cached else detector


def _read(path: Path) -> list[Array] | None:
    """Return the landmarks in a file, or None if it is missing or damaged."""
    try:
        faces = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
        return [check_landmarks(face) for face in faces]
    except Exception:  # NumPy raises errors of many kinds on damaged files
        return None


def _write(path: Path, faces: list[Array]) -> None:
    data = io.BytesIO()
    np.save(data, np.array(faces).reshape(len(faces), N_POINTS, 3), allow_pickle=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(data.getvalue())
        temporary.replace(path)
    except OSError:
        return  # the landmarks are still valid if the cache cannot be written
