"""The numbers of `pixelfes.expression.plan` that the exports write down, as their programs need them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import Array, Indices
from pixelfes.expression.actions.resting_face import SMILE, RestingFace, resting_face
from pixelfes.expression.displacement import Displacement
from pixelfes.expression.plan import gains, opposed, seen_from_front
from pixelfes.face.alignment import surface_normals


@dataclass(frozen=True)
class PlanNumbers:
    """What a program needs to plan a change, beside the displacement.

    Attributes
    ----------
    resting : RestingFace
        K actions.
    taken_back : (T,) int64
        The actions that oppose the expression, and are taken back.
    actions : (T, 468, 3)
        The displacements of these actions.
    gains : (T,)
        How much of each is taken back, in units of its size.
    smile, jaw_open, brow_down, brow_up : int
        The places of single actions.
    normals : (468, 3)
    from_front : (468,)
        See `pixelfes.expression.plan.seen_share`.
    """

    resting: RestingFace
    taken_back: Indices
    actions: Array
    gains: Array
    smile: int
    jaw_open: int
    brow_down: int
    brow_up: int
    normals: Array
    from_front: Array

    @classmethod
    def of(cls, displacement: Displacement) -> PlanNumbers:
        """Return the numbers of the plans of a displacement."""
        resting = resting_face()
        taken = np.flatnonzero(opposed(resting, displacement.full))
        smile, jaw, down, up = (resting.names.index(name) for name in (SMILE, "jawOpen", "browDown", "browOuterUp"))
        return cls(
            resting,
            taken,
            resting.actions[taken],
            gains(resting.names)[taken],
            smile,
            jaw,
            down,
            up,
            surface_normals(),
            seen_from_front(),
        )
