"""The canonical frame: where a head is, how large, and how it is turned.

Convention: canonical coordinates have their origin between the eyes, the distance between the eye centres as their unit,
x to the right and y down in the image of a frontal face, z away from the camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from pixelfes.arrays import Array
from pixelfes.face.landmarks import eye_centres, eye_distance
from pixelfes.face.topology import STABLE_POINTS, face_topology

_ROUNDS = 5


@dataclass(frozen=True)
class HeadPose:
    """The similarity that takes canonical coordinates to image pixels: ``scale * rotation @ point + offset``."""

    scale: float
    rotation: Array
    offset: Array

    @classmethod
    def of(cls, landmarks: Array, reference: Array) -> Self:
        """Return the pose of a face: the least-squares similarity over the points that expressions hardly move.

        Minimises ``sum_k ||scale R q_k + offset - p_k||^2`` over the stable points, q of the reference and p of the face.

        Parameters
        ----------
        landmarks : (468, 3), image pixels
        reference : (468, 3), canonical
            A neutral face.

        References
        ----------
        S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns", PAMI 1991.
        """
        points, targets = landmarks[list(STABLE_POINTS)], reference[list(STABLE_POINTS)]
        centre, origin = points.mean(0), targets.mean(0)
        spread = targets - origin
        u, singular, vt = np.linalg.svd((points - centre).T @ spread)
        signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
        rotation = u @ np.diag(signs) @ vt
        scale = float((singular * signs).sum() / (spread**2).sum())
        return cls(scale, rotation, centre - scale * rotation @ origin)

    def to_canonical(self, points: Array) -> Array:
        """Take points (K, 3) from image pixels to the canonical frame."""
        return (points - self.offset) @ self.rotation / self.scale

    def to_image(self, points: Array) -> Array:
        """Take points (K, 3) from the canonical frame to image pixels."""
        return self.scale * points @ self.rotation.T + self.offset

    def turn(self, displacement: Array) -> Array:
        """Take displacements (K, 3) from the canonical frame to image pixels: no offset."""
        return self.scale * displacement @ self.rotation.T


def canonical(shape: Array) -> Array:
    """Return a shape (468, 3) moved, turned in the image plane and scaled so that its eyes are canonical."""
    right, left = eye_centres(shape)
    x, y = (left - right)[:2] / np.linalg.norm((left - right)[:2])
    rotation = np.array([[x, y, 0.0], [-y, x, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray((shape - (right + left) / 2) @ rotation.T / eye_distance(shape))


def mirrored(shape: Array) -> Array:
    """Return the mirror image of a canonical shape or displacement (468, 3)."""
    return np.asarray(shape[face_topology().mirror] * np.array([-1.0, 1.0, 1.0]))


def symmetric(shape: Array) -> Array:
    """Return the mean of a canonical shape or displacement (468, 3) and its mirror image."""
    return (shape + mirrored(shape)) / 2


def mean_shape(faces: list[Array]) -> Array:
    """Return the symmetric mean (468, 3), canonical, of faces given in image pixels (Procrustes analysis)."""
    mean = canonical(faces[0])
    for _ in range(_ROUNDS):
        mean = canonical(symmetric(np.mean([HeadPose.of(face, mean).to_canonical(face) for face in faces], axis=0)))
    return mean
