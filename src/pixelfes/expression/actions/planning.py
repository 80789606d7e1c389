"""Where the landmarks of a face go when facial actions are added to it.

1. Displacements act in the head's own 3-D frame. Turned heads change less, least on the far side.
2. Lids move in units of the person's own opening, and never cross; a blink sets the upper lid onto the lower one.
3. Lips that no action means to open stay as far apart as they were, and never cross.

Convention: landmarks are in image pixels, shapes canonical in the frame of `pixelfes.face.alignment.mean_face`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pixelfes.arrays import Array
from pixelfes.expression.actions.action_set import ActionSet, sideless
from pixelfes.expression.plan import TURNED, UPPER_LIP_SHARE, seen_share
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.face.appearance.mouth_view import LOWER_INNER, LOWER_OUTER, UPPER_INNER, UPPER_OUTER
from pixelfes.face.mesh import RING_REACH
from pixelfes.face.smooth import smoothstep
from pixelfes.face.topology import INNER_LIPS, LEFT_EYE, RIGHT_EYE

TYPICAL_OPENING = 0.152
"""Height of the opening of the mean eye, which the actions of lids are meant for."""
LID_SCALES = (0.4, 1.3)
"""Smallest and largest factor of the actions of lids."""
LID_ACTIONS = ("eyeBlink", "eyeWide", "eyeSquint", "eyeLookUp", "eyeLookDown", "cheekSquint", "cheekRaiser")
OPENING_ACTIONS = {"jawOpen": 1.0, "mouthLowerDown": 0.25, "mouthUpperUp": 0.2, "mouthFunnel": 0.4, "mouthClose": -1.0}
"""How much each action, of one side, means to open the lips."""
MEANT = (0.03, 0.10)
"""Sum of the above up to which lips are held together, and from which on they open freely."""
LIP_RINGS = (
    (1.0, UPPER_INNER, LOWER_INNER),
    (
        0.85,
        (62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292),
        (62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
    ),
    (
        0.6,
        (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306),
        (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306),
    ),
    (0.35, UPPER_OUTER, LOWER_OUTER),
)
"""The lines of points on the lips, from the inner to the outer edge, and how far they follow when lips are closed."""
JAW_REACH = 0.75
LOWER_LID, UPPER_LID = slice(1, 8), slice(15, 8, -1)
"""The points of an eye's outline that lie on its lids, from one corner to the other, without the corners."""


@dataclass(frozen=True)
class ActionPlan:
    """The planned change of a face.

    Attributes
    ----------
    landmarks, moved : (468, 3), image pixels
    head : HeadPose
        From the frame of the mean face to the image.
    sizes : (K,)
        Sizes of the actions as they are drawn.
    names : tuple of str
    """

    landmarks: Array
    moved: Array
    head: HeadPose
    sizes: Array
    names: tuple[str, ...]

    @cached_property
    def by_name(self) -> dict[str, float]:
        """The size of each action."""
        return dict(zip(self.names, self.sizes.tolist(), strict=True))

    @property
    def ring_reach(self) -> float:
        """How far around the face the change reaches; see `MeshRegistration.place`."""
        return RING_REACH + JAW_REACH * self.by_name["jawOpen"]


def plan_actions(actions: ActionSet, landmarks: Array, sizes: Array) -> ActionPlan:
    """Plan where the landmarks (468, 3) of a face go under actions of these sizes (K,), see `mixing.mixed`."""
    head = HeadPose.of(landmarks, mean_face())
    sizes = sizes * (1.0 - float(smoothstep(abs(head.angles[0]), *TURNED)))
    before = head.to_canonical(landmarks)
    step = np.einsum("k,kpc->pc", sizes, actions.displacement)
    step = _lids(actions, before, sizes, step) * seen_share(head)[:, None]
    step = _lips(before, step, meant_opening(actions.names, sizes))
    return ActionPlan(landmarks, landmarks + head.turn(step), head, sizes, actions.names)


def meant_opening(names: tuple[str, ...], sizes: Array) -> float:
    """Return how far actions of these sizes mean to open the lips, in units of an open jaw."""
    return max(0.0, sum(OPENING_ACTIONS.get(sideless(n), 0.0) * float(s) for n, s in zip(names, sizes, strict=True)))


def opening_of(shape: Array, eye: tuple[int, ...]) -> float:
    """Return the height of an eye's opening in a canonical shape (468, 3): the mean of its middle three pairs of points."""
    upper, lower = shape[list(eye[UPPER_LID]), 1], shape[list(eye[LOWER_LID]), 1]
    return max(0.0, float((lower - upper)[2:5].mean()))


def _lids(actions: ActionSet, before: Array, sizes: Array, step: Array) -> Array:
    """Return the step (468, 3) with the lids in units of the person's own opening."""
    step = step.copy()
    for eye, side in ((LEFT_EYE, "_L"), (RIGHT_EYE, "_R")):
        scale = float(np.clip(opening_of(before, eye) / TYPICAL_OPENING, *LID_SCALES))
        rows = [actions.index[f"{name}{side}"] for name in LID_ACTIONS]
        points = list(eye)
        own = np.einsum("k,kpc->pc", sizes[rows], actions.displacement[rows][:, points])
        step[points] += (scale - 1) * own
        row = actions.index[f"eyeBlink{side}"]
        blink = min(1.0, float(sizes[row]))
        others = step[points] - blink * scale * actions.displacement[row, points]
        step[points] = _closed(before[points], step[points], others, blink)
    return step


def _closed(outline: Array, step: Array, others: Array, blink: float) -> Array:
    """Return the step (16, 3) of an eye's outline with its upper lid set down by a blink, and never below the lower one.

    ``others`` is the step without the blink, whose own way down is that of the head that it was measured on.
    """
    step = step.copy()
    lower = outline[LOWER_LID] + step[LOWER_LID]
    goal = np.interp(outline[UPPER_LID, 0] + step[UPPER_LID, 0], *_sorted(lower[:, 0], lower[:, 1]))
    if blink > 0:
        step[UPPER_LID, 1] = (1 - blink) * others[UPPER_LID, 1] + blink * (goal - outline[UPPER_LID, 1])
    crossed = np.maximum(outline[UPPER_LID, 1] + step[UPPER_LID, 1] - lower[:, 1], 0)
    step[UPPER_LID, 1] -= crossed
    return step


def _sorted(x: Array, y: Array) -> tuple[Array, Array]:
    order = np.argsort(x)
    return x[order], y[order]


def _lips(before: Array, step: Array, meant: float) -> Array:
    """Return the step (468, 3) whose inner lips keep their distance as far as no action means to part them."""
    step = step.copy()
    free = float(smoothstep(meant, *MEANT))
    upper, lower = (list(line) for line in LIP_RINGS[0][1:])
    gap = before[lower, 1] - before[upper, 1]
    after = gap + step[lower, 1] - step[upper, 1]
    held = np.minimum(after, np.maximum(gap, 0))
    wanted = np.maximum(free * after + (1 - free) * held, np.minimum(gap, 0))
    surplus = after - wanted
    for share, above, below in LIP_RINGS:
        step[list(above[1:-1]), 1] += share * UPPER_LIP_SHARE * surplus[1:-1]
        step[list(below[1:-1]), 1] -= share * (1 - UPPER_LIP_SHARE) * surplus[1:-1]
    return step


def lip_gap_of(landmarks: Array, head: HeadPose) -> float:
    """Return the distance of the middles of the inner lips of a face (468, 3), canonical."""
    upper, lower = head.to_canonical(landmarks[list(INNER_LIPS)])
    return float(lower[1] - upper[1])
