"""How facial actions add up: caps, and actions that exclude each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pixelfes.arrays import Array
from pixelfes.errors import InputError
from pixelfes.expression.actions.action_set import ActionSet, sideless

CAPS = {"jawOpen": 0.45, "eyeBlink": 1.0, "mouthClose": 0.45}
"""Largest sizes; of the jaw, because the mesh reaches no further."""
CAP = 1.5
LARGEST_WEIGHT = 10.0
"""Sizes beyond this are refused; those beyond the caps are cut to them."""
SIDED_ANTAGONISTS = (
    ("eyeWide", "eyeBlink"),
    ("mouthSmile", "mouthFrown"),
    ("eyeLookIn", "eyeLookOut"),
    ("eyeLookUp", "eyeLookDown"),
)
ANTAGONISTS = (
    *((f"{one}{side}", f"{other}{side}") for one, other in SIDED_ANTAGONISTS for side in ("_L", "_R")),
    ("jawLeft", "jawRight"),
    ("mouthLeft", "mouthRight"),
    ("jawOpen", "mouthClose"),
)
"""Pairs of which the larger counts, less the smaller."""
PUCKER, STRETCH = "mouthPucker", ("mouthStretch_L", "mouthStretch_R")


def mixed(actions: ActionSet, weights: Mapping[str, float]) -> Array:
    """Return the sizes (K,) of all actions that a mix of them gives.

    Parameters
    ----------
    actions : ActionSet
    weights : mapping from the name of a drawn action to its size
        Negative sizes count as 0.

    Raises
    ------
    InputError
        If an action is unknown, or a size is not finite or beyond 10.

    Examples
    --------
    >>> from pixelfes.expression.actions.action_set import shipped_actions
    >>> actions = shipped_actions()
    >>> sizes = mixed(actions, {"jawOpen": 2, "mouthSmile_L": 0.5, "mouthFrown_L": 0.2})
    >>> [round(float(sizes[actions.index[name]]), 2) for name in ("jawOpen", "mouthSmile_L", "mouthFrown_L")]
    [0.45, 0.3, 0.0]
    """
    sizes = dict.fromkeys(actions.names, 0.0)
    for name, weight in weights.items():
        if name not in sizes:
            raise InputError(f"{name!r} is no facial action")
        if not np.isfinite(weight) or abs(weight) > LARGEST_WEIGHT:
            raise InputError(f"the size of {name} must be a number up to {LARGEST_WEIGHT:g}; found {weight!r}")
        sizes[name] = min(max(0.0, float(weight)), CAPS.get(sideless(name), CAP))
    for one, other in ANTAGONISTS:
        sizes[one], sizes[other] = _excluded(sizes[one], sizes[other])
    pucker, stretch = sizes[PUCKER], [sizes[side] for side in STRETCH]
    sizes |= {side: max(0.0, size - pucker) for side, size in zip(STRETCH, stretch, strict=True)}
    sizes[PUCKER] = max(0.0, pucker - max(stretch))
    return np.array([sizes[name] for name in actions.names])


def _excluded(one: float, other: float) -> tuple[float, float]:
    return (one - other, 0.0) if one >= other else (0.0, other - one)
