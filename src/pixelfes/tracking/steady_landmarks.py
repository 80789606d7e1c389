"""Landmarks of one face without jitter: pose and expression are filtered apart, each in its own frame.

Convention: landmarks are in image pixels; the expression is the canonical shape, in the frame of
`pixelfes.face.alignment.mean_face`.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from pixelfes.arrays import Array, Indices
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.face.topology import BROWS, INNER_MOUTH, LEFT_EYE, OUTER_MOUTH, RIGHT_EYE
from pixelfes.tracking.one_euro import OneEuro, OneEuroSettings

POSE = OneEuroSettings(cutoff=1.0, slope=20.0, speed_cutoff=3.0)
EXPRESSION = OneEuroSettings(cutoff=0.8, slope=25.0, speed_cutoff=3.0)
"""Speeds are in distances between the eyes a second. docs/video.md says how the constants follow from measured noise."""


class SteadyLandmarks:
    """The filter of the landmarks of one face."""

    def __init__(self) -> None:
        self._pose = OneEuro(POSE, _length)
        self._expression = OneEuro(EXPRESSION, _speed_of_parts)
        self._unit = 0.0

    def filtered(self, landmarks: Array, time: float) -> Array:
        """Return the filtered landmarks (468, 3) at a time, s; image pixels."""
        pose = HeadPose.of(landmarks, mean_face())
        self._unit = self._unit or pose.scale
        moved = self._pose.filtered(_as_vector(pose, self._unit), time)
        shape = self._expression.filtered(pose.to_canonical(landmarks), time)
        return _as_pose(moved, self._unit).to_image(shape)


def _as_vector(pose: HeadPose, unit: float) -> Array:
    """Return a pose as (13,) numbers: rotation, scale and offset, in units of a scale."""
    return np.concatenate([pose.rotation.ravel(), [pose.scale / unit], pose.offset / unit])


def _as_pose(vector: Array, unit: float) -> HeadPose:
    u, _, vt = np.linalg.svd(vector[:9].reshape(3, 3))
    return HeadPose(float(vector[9]) * unit, u @ vt, vector[10:] * unit)


def _length(derivative: Array) -> Array:
    """Return the speed of a head: of its place in the image, its size and its turn together."""
    image = np.delete(derivative, 12)  # away from the camera, places are hardly more than noise
    return np.full(1, float(np.sqrt((image**2).sum())))


def _speed_of_parts(derivative: Array) -> Array:
    """Return the speed of each point (468, 1): the root mean square over the part of the face that it belongs to."""
    squares = (derivative[:, :2] ** 2).sum(1)
    parts = parts_of_face()
    counts = np.bincount(parts)
    return np.sqrt(np.bincount(parts, squares) / counts)[parts][:, None]


@cache
def parts_of_face() -> Indices:
    """Return the part that each point (468,) belongs to: the nearest of mouth, right eye, left eye, brows and the rest."""
    shape = mean_face()[:, :2]
    groups = ((*INNER_MOUTH, *OUTER_MOUTH, 152), RIGHT_EYE, LEFT_EYE, BROWS)
    away = [np.linalg.norm(shape[:, None] - shape[list(group)], axis=2).min(1) for group in groups]
    nearest = np.argmin(away, axis=0)
    near = np.min(away, axis=0) < 0.12
    return np.where(near, nearest, len(groups)).astype(np.int64)
