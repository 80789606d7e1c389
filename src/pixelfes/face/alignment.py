"""The pose of a head, and the canonical frame in which faces of any pose, size and place are compared.

Convention: the *canonical* frame has its origin midway between the eye centres and their distance as its unit. For a frontal
face x is right and y down in the image, and z points away from the camera. Image pixels are x right, y down, z in the same
unit, pixel centres at whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np

from pixelfes.arrays import Array
from pixelfes.assets import asset_bytes
from pixelfes.face.landmarks import eye_centres, eye_distance
from pixelfes.face.topology import STABLE_POINTS, Region, face_topology

_ROUNDS = 5
_SMOOTHINGS = 4


@dataclass(frozen=True)
class HeadPose:
    """The similarity from canonical coordinates to image pixels: ``scale * rotation @ point + offset``.

    Attributes
    ----------
    scale : float
        Distance between the eyes, image pixels.
    rotation : (3, 3) float64
    offset : (3,) float64
        Image pixels.
    """

    scale: float
    rotation: Array
    offset: Array

    @classmethod
    def of(cls, landmarks: Array, reference: Array) -> Self:
        """Fit the pose of a face by least squares to the points that expressions hardly move.

        Minimises ``sum_k ||scale R q_k + offset - p_k||^2`` over the points k of `STABLE_POINTS`. Here q_k is a point of the
        reference and p_k the same point of the face.

        Parameters
        ----------
        landmarks : (468, 3), image pixels
        reference : (468, 3), canonical
            The mean neutral face.

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
        """Convert points (K, 3) from image pixels to canonical coordinates."""
        return (points - self.offset) @ self.rotation / self.scale

    def to_image(self, points: Array) -> Array:
        """Convert points (K, 3) from canonical coordinates to image pixels."""
        return self.scale * points @ self.rotation.T + self.offset

    @property
    def angles(self) -> tuple[float, float, float]:
        """Yaw, pitch and roll of the head, degrees.

        Yaw is positive if the face points to the right of the image, pitch if it points down, roll if the head is turned
        clockwise in the image.
        """
        x, y, z = -self.rotation[:, 2]
        yaw, pitch = np.arctan2(x, -z), np.arctan2(y, np.hypot(x, z))
        roll = np.arctan2(self.rotation[1, 0], self.rotation[0, 0])
        return (float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll)))

    def turn(self, displacement: Array) -> Array:
        """Convert displacements (K, 3) from canonical coordinates to image pixels: scaled and turned, without the offset."""
        return self.scale * displacement @ self.rotation.T


@cache
def mean_face() -> Array:
    """Return the symmetric mean of neutral faces, (468, 3), canonical; its file in the package is read once."""
    from safetensors.numpy import load

    shape = load(asset_bytes("mean_face_468.safetensors"))["shape"].astype(np.float64)
    shape.setflags(write=False)
    return shape


@cache
def surface_normals() -> Array:
    """Return the normals of the mean face at its points, (468, 3), canonical; smoothed, length 1, away from the head.

    They are rounded to half precision, which exports store.
    """
    mesh, shape = face_topology(), mean_face()
    triangles = mesh.triangles[(mesh.triangles < len(shape)).all(1) & (mesh.region == Region.SKIN)]
    a, b, c = (shape[triangles[:, k]] for k in range(3))
    normals = np.zeros_like(shape)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], np.cross(b - a, c - a))
    for _ in range(_SMOOTHINGS):
        mean = np.zeros_like(shape)
        for corner, other in ((0, 1), (1, 2), (2, 0)):
            np.add.at(mean, triangles[:, corner], normals[triangles[:, other]])
            np.add.at(mean, triangles[:, other], normals[triangles[:, corner]])
        normals = normals + mean
        normals = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    outwards = np.asarray((normals * np.sign(-normals[:, 2].mean())).astype(np.float16), np.float64)
    outwards.setflags(write=False)
    return outwards


def canonical(shape: Array) -> Array:
    """Move, roll and scale a shape (468, 3) of any frame so that its eye centres are canonical."""
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
    """Return the symmetric mean shape of faces by generalised Procrustes analysis.

    Parameters
    ----------
    faces : list of (468, 3), image pixels

    Returns
    -------
    (468, 3), canonical

    References
    ----------
    J. Gower, "Generalized Procrustes analysis", Psychometrika 40, 1975.
    """
    mean = canonical(faces[0])
    for _ in range(_ROUNDS):
        mean = canonical(symmetric(np.mean([HeadPose.of(face, mean).to_canonical(face) for face in faces], axis=0)))
    return mean
