"""How facial actions add up, as a part of an ONNX graph: `pixelfes.expression.actions.mixing` and `.gaze`, in float64."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pixelfes.arrays import Array
from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.expression.actions.action_set import sideless
from pixelfes.expression.actions.gaze import DOWN, LARGEST_ANGLE, SIDEWAYS, UP, gaze_actions
from pixelfes.expression.actions.mixing import ANTAGONISTS, CAP, CAPS, PUCKER, STRETCH

Names = tuple[str, ...]


def mixed_sizes(graph: Graph, names: Names, weights: Value, gaze: Value) -> Value:
    """Return the sizes (K,) of all actions.

    Parameters
    ----------
    names : tuple of K str
    weights : (K,)
        What is asked for; beyond the caps, and below 0, it is held.
    gaze : (2,), degrees
        To the person's left and up; held within 45.
    """
    caps = np.array([CAPS.get(sideless(name), CAP) for name in names])
    sizes = (weights + _of_gaze(graph, names, gaze)).within(0.0, caps)
    against = graph.value(_opponents(names)) * sizes
    return (sizes - against.max(1)).greatest(0.0)


def row(names: Names, weights: Mapping[str, float]) -> Array:
    """Return numbers by name as an array (K,)."""
    return np.array([weights.get(name, 0.0) for name in names])


def _of_gaze(graph: Graph, names: Names, gaze: Value) -> Value:
    angles = gaze.within(-LARGEST_ANGLE, LARGEST_ANGLE)
    ends = (angles / np.array([SIDEWAYS, UP])).greatest(0.0), (-angles / np.array([SIDEWAYS, DOWN])).greatest(0.0)
    directions = ((SIDEWAYS, 0.0), (0.0, UP), (-SIDEWAYS, 0.0), (0.0, -DOWN))
    ways = np.array([row(names, gaze_actions(*direction)) for direction in directions])
    return (graph.joined(*ends).shaped(1, 4) @ graph.value(ways)).shaped(-1)


def _opponents(names: Names) -> Array:
    """Return a matrix (K, K): 1 where the action of a column takes from that of a row."""
    found = np.zeros((len(names), len(names)))
    pairs = (*ANTAGONISTS, *((PUCKER, side) for side in STRETCH))
    for one, other in ((names.index(one), names.index(other)) for one, other in pairs):
        found[one, other] = found[other, one] = 1
    return found
