"""The pose of a head, as a part of an ONNX graph: `pixelfes.face.alignment.HeadPose`, in float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import Array
from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.face.topology import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS, STABLE_POINTS

_SQUARINGS = 40
_TINY = 1e-12


@dataclass(frozen=True)
class Pose:
    """Values of a graph, float64: `pixelfes.face.alignment.HeadPose`."""

    scale: Value
    rotation: Value
    offset: Value

    def to_canonical(self, landmarks: Value) -> Value:
        """Convert points (K, 3) from image pixels to canonical coordinates."""
        return (landmarks - self.offset) @ self.rotation / self.scale

    def turn(self, displacement: Value) -> Value:
        """Convert displacements (K, 3) from canonical coordinates to image pixels."""
        return self.scale * displacement @ self.rotation.turned(1, 0)

    def yaw(self) -> Value:
        """Return the yaw of the head, degrees."""
        graph = self.rotation.graph
        nose = self.rotation.take(2, 1)
        x, z = -nose.take(0), nose.take(2)
        angle = graph.op("Atan", (x / graph.where(z.absolute() < _TINY, _TINY, z)).to(np.float32)).to(np.float64)
        behind = graph.op("Sign", x) * np.pi
        return graph.where(z > 0.0, angle, behind + angle) * (180 / np.pi)


def eye_distance_value(graph: Graph, landmarks: Value) -> Value:
    """Return the distance between the eye centres, depth included."""
    right, left = (landmarks.take(np.array(eye)).sum(0) / 2.0 for eye in (RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS))
    away = left - right
    return graph.op("Sqrt", (away * away).sum(0))


def pose(graph: Graph, reference: Array, landmarks: Value) -> Pose:
    """Return a pose like `pixelfes.face.alignment.HeadPose.of`.

    ONNX has no singular values. The same rotation belongs to the leading eigenvector of a symmetric 4 x 4 matrix, a unit
    quaternion; squaring the matrix over and over leaves the projection on it.

    References
    ----------
    B. Horn, "Closed-form solution of absolute orientation using unit quaternions", JOSA A 4, 1987.
    """
    targets = reference[list(STABLE_POINTS)]
    origin = targets.mean(0)
    spread = targets - origin
    points = landmarks.take(np.array(STABLE_POINTS))
    centre = points.sum(0) / float(len(STABLE_POINTS))
    correlation = (points - centre).turned(1, 0) @ graph.value(spread)
    matrix = (graph.value(quaternion_matrix()) @ correlation.shaped(9, 1)).shaped(4, 4)
    matrix = matrix / graph.op("Sqrt", (matrix * matrix).sum(0, 1)) + np.eye(4)  # now no eigenvalue is below 0
    for _ in range(_SQUARINGS):
        matrix = matrix @ matrix
        matrix = matrix / (matrix * np.eye(4)).sum(0, 1)
    rotation = (graph.value(rotation_matrix()) @ matrix.shaped(16, 1)).shaped(3, 3)
    scale = (rotation * correlation).sum(0, 1) / float((spread**2).sum())
    offset = centre - (scale * rotation @ graph.value(origin[:, np.newaxis])).shaped(3)
    return Pose(scale, rotation, offset)


def quaternion_matrix() -> Array:
    """Return the (16, 9) map from a correlation M = Σ p q^T to Horn's matrix, both row by row."""
    rows = np.zeros((4, 4, 3, 3))
    x, y, z = 0, 1, 2

    def put(i: int, j: int, *terms: tuple[int, int, int]) -> None:
        for sign, source, target in terms:
            rows[i, j, target, source] = rows[j, i, target, source] = sign

    put(0, 0, (1, x, x), (1, y, y), (1, z, z))
    put(0, 1, (1, y, z), (-1, z, y))
    put(0, 2, (1, z, x), (-1, x, z))
    put(0, 3, (1, x, y), (-1, y, x))
    put(1, 1, (1, x, x), (-1, y, y), (-1, z, z))
    put(1, 2, (1, x, y), (1, y, x))
    put(1, 3, (1, z, x), (1, x, z))
    put(2, 2, (-1, x, x), (1, y, y), (-1, z, z))
    put(2, 3, (1, y, z), (1, z, y))
    put(3, 3, (-1, x, x), (-1, y, y), (1, z, z))
    return rows.reshape(16, 9)


def rotation_matrix() -> Array:
    """Return the (9, 16) map from the projection q q^T on a unit quaternion q = (w, x, y, z) to its rotation, row by row."""
    rows = np.zeros((3, 3, 4, 4))
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        rows[i, i, 0, 0] = rows[i, i, i + 1, i + 1] = 1
        rows[i, i, j + 1, j + 1] = rows[i, i, k + 1, k + 1] = -1
        rows[i, j, i + 1, j + 1] = rows[j, i, i + 1, j + 1] = 2
        rows[i, j, 0, k + 1] = -2
        rows[j, i, 0, k + 1] = 2
    return rows.reshape(9, 16)
