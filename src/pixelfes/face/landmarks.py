"""Landmarks: the 468 points of every face in a photo, from a detector or from the caller.

Convention: a face is an array (468, 3) of float64 in image pixels, x to the right, y down, z away from the camera in the
same unit; the centre of the top left pixel is (0, 0).
"""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import FaceNotFoundError, InputError
from pixelfes.face.topology import LEFT_EYE_CORNERS, N_POINTS, RIGHT_EYE_CORNERS

FaceChoice = Literal["all", "largest"]

LARGEST_COORDINATE = 1e6
"""Landmarks lie within so many pixels of the photo's corner, whatever a caller or a file says."""


class LandmarkProvider(Protocol):
    """Whatever finds faces: one method, from pixels to the landmarks of each face."""

    def detect(self, pixels: Pixels) -> list[Array]:
        """Return the landmarks (468, 3) of every face in an (H, W, 3) RGB photo, largest face first."""
        ...  # pragma: no cover


class FixedLandmarks:
    """A provider that answers with landmarks computed before, whatever the photo.

    Parameters
    ----------
    *faces : (468, 2) or (468, 3) or (478, 3) arrays
        In image pixels; z is 0 where it is left out, and the iris points of 478 are dropped.
    """

    def __init__(self, *faces: npt.ArrayLike) -> None:
        self._faces = sorted((check_landmarks(face) for face in faces), key=eye_distance, reverse=True)

    def detect(self, pixels: Pixels) -> list[Array]:
        """Return the landmarks given at construction."""
        return list(self._faces)


def check_landmarks(points: npt.ArrayLike) -> Array:
    """Return landmarks as (468, 3) float64.

    Raises
    ------
    InputError
        Where they are not (468, 2), (468, 3) or (478, 3) finite numbers, or not those of a face.
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
            f"landmarks must have two eyes apart, and lie within {LARGEST_COORDINATE:.0f} pixels; these do not"
        )
    return points


def eye_centres(points: Array) -> tuple[Array, Array]:
    """Return the centres of the person's right and left eye, in the frame of the points."""
    return points[list(RIGHT_EYE_CORNERS)].mean(0), points[list(LEFT_EYE_CORNERS)].mean(0)


def eye_distance(points: Array) -> float:
    """Return the distance between the eye centres, depth included, in the unit of the points."""
    right, left = eye_centres(points)
    return float(np.linalg.norm(left - right))


def find_faces(provider: LandmarkProvider, pixels: Pixels, face: FaceChoice = "all") -> list[Array]:
    """Return the landmarks of the faces asked for, largest first.

    Raises
    ------
    FaceNotFoundError
        Where the photo shows no face.
    InputError
        Where the choice is something else.
    """
    if face not in ("all", "largest"):
        raise InputError(f"face must be 'all' or 'largest'; found {face!r}")
    faces = provider.detect(pixels)
    if not faces:
        raise FaceNotFoundError("no face was found in the photo")
    return faces[:1] if face == "largest" else faces
