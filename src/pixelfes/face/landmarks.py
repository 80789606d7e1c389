"""The landmarks of the faces in a photo: 468 points each, from a detector or from the caller.

Convention: the landmarks of a face are an array (468, 3), float64, in image pixels: x right, y down, z away from the camera
in the same unit. Pixel centres are at whole numbers; the centre of the top left pixel is (0, 0).
"""

from __future__ import annotations

from typing import Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import FaceNotFoundError, InputError
from pixelfes.face.topology import LEFT_EYE_CORNERS, N_POINTS, RIGHT_EYE_CORNERS

FaceChoice = Literal["all", "largest"]
Found = TypeVar("Found")

LARGEST_COORDINATE = 1e6
"""Largest magnitude of a coordinate that `check_landmarks` accepts, pixels."""


class LandmarkProvider(Protocol):
    """An object that finds faces, for example `FaceDetector` or `FixedLandmarks`."""

    def detect(self, pixels: Pixels) -> list[Array]:
        """Return the landmarks (468, 3) of every face in an (H, W, 3) RGB photo, largest face first."""
        ...  # pragma: no cover


class FixedLandmarks:
    """A landmark provider that returns the same known landmarks for every photo.

    Parameters
    ----------
    *faces : (468, 2) or (468, 3) or (478, 3) arrays
        Landmarks in image pixels. A missing z becomes 0, and the iris points of 478 are dropped.

    Raises
    ------
    InputError
        If an array does not hold the landmarks of a face; see `check_landmarks`.
    """

    def __init__(self, *faces: npt.ArrayLike) -> None:
        self._faces = sorted((check_landmarks(face) for face in faces), key=eye_distance, reverse=True)

    def detect(self, pixels: Pixels) -> list[Array]:
        """Return the known landmarks, largest face first.

        Raises
        ------
        InputError
            If a face lies outside the photo.
        """
        for face in self._faces:
            check_overlap(face, pixels.shape)
        return list(self._faces)


def check_landmarks(points: npt.ArrayLike) -> Array:
    """Return landmarks as a new (468, 3) float64 array.

    Parameters
    ----------
    points : (468, 2), (468, 3) or (478, 3) array
        Image pixels. A missing z becomes 0, and the iris points of 478 are dropped.

    Raises
    ------
    InputError
        If the shape is another one, a number is not finite or beyond 10⁶, or the eyes coincide.
    """
    try:
        array = np.array(points, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("landmarks must be numbers, of shape (468, 3)") from error
    if array.ndim != 2 or array.shape[0] not in (N_POINTS, N_POINTS + 10) or array.shape[1] not in (2, 3):
        raise InputError(f"landmarks must have shape (468, 3) or (468, 2); these have {array.shape}")
    if not np.isfinite(array).all():
        raise InputError("landmarks must be finite; these are not")
    points = np.zeros((N_POINTS, 3))
    points[:, : array.shape[1]] = array[:N_POINTS]
    if np.abs(points).max() > LARGEST_COORDINATE or eye_distance(points) < 1 / LARGEST_COORDINATE:
        raise InputError(
            f"landmarks must have two separate eyes, and be within {LARGEST_COORDINATE:.0f} pixels; these do not"
        )
    return points


def check_overlap(points: Array, shape: tuple[int, ...]) -> None:
    """Raise `InputError` if landmarks (468, 3) lie outside a photo of this shape (H, W, ...)."""
    height, width = shape[:2]
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    if not (low < [width, height]).all() or not (high >= 0).all():
        raise InputError(f"landmarks must lie in the photo of {width} × {height} pixels; these do not")


def eye_centres(points: Array) -> tuple[Array, Array]:
    """Return the centres (3,) of the person's right and left eye, in the frame of the points (468, 3)."""
    return points[list(RIGHT_EYE_CORNERS)].mean(0), points[list(LEFT_EYE_CORNERS)].mean(0)


def eye_distance(points: Array) -> float:
    """Return the 3-D distance between the eye centres, in the unit of the points (468, 3)."""
    right, left = eye_centres(points)
    return float(np.linalg.norm(left - right))


def find_faces(provider: LandmarkProvider, pixels: Pixels, face: FaceChoice = "all") -> list[Array]:
    """Return the landmarks of all faces in a photo, or of the largest one; largest first.

    Parameters
    ----------
    provider : LandmarkProvider
    pixels : (H, W, 3) uint8
    face : {"all", "largest"}

    Returns
    -------
    list of (468, 3), image pixels

    Raises
    ------
    FaceNotFoundError
        If the photo has no face.
    InputError
        If ``face`` is another word.
    """
    return choose_faces(provider.detect(pixels), face)


def choose_faces(faces: list[Found], face: FaceChoice) -> list[Found]:
    """Return all faces that were found, largest first, or the largest one; errors as in `find_faces`."""
    if face not in ("all", "largest"):
        raise InputError(f"face must be 'all' or 'largest'; found {face!r}")
    if not faces:
        raise FaceNotFoundError("no face was found in the photo")
    return faces[:1] if face == "largest" else faces
