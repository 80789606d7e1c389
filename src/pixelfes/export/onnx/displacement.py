"""Where the landmarks of a face go, as a part of an ONNX graph: `plan_change` of `expression.synthesis`, in float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import Array
from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.expression.displacement import CLOSED_UNTIL, Displacement
from pixelfes.face.topology import INNER_LIPS, LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS, STABLE_POINTS

_SQUARINGS = 40


@dataclass(frozen=True)
class PlannedChange:
    """Values of a graph, float64: ``moved`` (468, 3) in image pixels, and the scalars of `Change`."""

    moved: Value
    movement: Value
    opening: Value
    openness: Value


def planned_change(graph: Graph, displacement: Displacement, landmarks: Value, intensity: Value) -> PlannedChange:
    """Decide where the landmarks (468, 3) of a face go; everything is float64."""
    scale, rotation, offset = pose(graph, displacement.reference, landmarks)
    shape = (landmarks - offset) @ rotation / scale
    strength = (graph.value(displacement.readout) * shape).sum(0, 1) + displacement.readout_offset
    upper, lower = INNER_LIPS
    gap = shape.take(lower).take(1) - shape.take(upper).take(1) - displacement.resting_gap
    openness = graph.value(0.0, np.float64)
    if displacement.full_gap:
        openness = gap.greatest(0.0) / displacement.full_gap
    movement, opening = _missing(graph, strength, openness, intensity)
    step = movement * graph.value(displacement.movement) + opening * graph.value(displacement.opening)
    moved = landmarks + scale * step @ rotation.turned(1, 0)
    return PlannedChange(moved, movement, opening, openness)


def eye_distance_value(graph: Graph, landmarks: Value) -> Value:
    """Return the distance between the eye centres, depth included."""
    right, left = (landmarks.take(np.array(eye)).sum(0) / 2.0 for eye in (RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS))
    away = left - right
    return graph.op("Sqrt", (away * away).sum(0))


def _missing(graph: Graph, strength: Value, openness: Value, intensity: Value) -> tuple[Value, Value]:
    """Return what `pixelfes.expression.displacement.FaceState.missing` does."""
    shown = strength * graph.smoothstep(strength.absolute(), 0.1, 0.4)
    shown = shown.greatest(intensity.least(1.0) * -0.3)
    partly = ((intensity - CLOSED_UNTIL) / (1 - CLOSED_UNTIL)).greatest(0.0)
    opened = graph.where(intensity >= 1.0, intensity, partly)
    return (intensity - shown).greatest(0.0), (opened - openness).greatest(0.0)


def pose(graph: Graph, reference: Array, landmarks: Value) -> tuple[Value, Value, Value]:
    """Return scale, rotation (3, 3) and offset (3,) like `pixelfes.face.alignment.HeadPose.of`.

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
    return scale, rotation, offset


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
