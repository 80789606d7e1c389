"""Plan the change of a face: where its landmarks go, and how much of the movement and of the opening that adds.

1. What opposes the expression is taken back: a frown before a smile, a pout, an open jaw (`taken_back`).
2. What the face already shows is not added again (`FaceState.missing`).
3. Turned heads change less, least on the far side (`seen_share`).
4. Lips that would cross are closed (`sealed`).

Convention: landmarks are in image pixels, shapes canonical (see `pixelfes.face.alignment`). The canonical frames of the mean
face and of a model differ by a small pitch, so what is read in one goes through the image to the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import Array, Booleans
from pixelfes.expression.actions.resting_face import CHILDLIKE, SMILE, RestingFace, resting_face
from pixelfes.expression.base import TeethChoice
from pixelfes.expression.displacement import CLOSED_UNTIL, Displacement, FaceState
from pixelfes.face.alignment import HeadPose, mean_face, surface_normals
from pixelfes.face.appearance.mouth_view import LOWER_INNER, UPPER_INNER, MouthView
from pixelfes.face.smooth import smoothstep
from pixelfes.face.topology import BROWS, EXPRESSIVE_POINTS, INNER_LIPS
from pixelfes.tracking.readouts import AS_READ, Readouts

NOTHING_SEEN = MouthView(teeth=0.0)
"""The view of a mouth whose photo is not looked at."""
TAKEN_BACK_AT = 0.6
"""Intensity from which on what opposes the expression is taken back wholly."""
OPPOSED = -0.2
"""An action opposes an expression if the correlation of their movements of mouth corners and cheeks is below this."""
LOWERED_BROWS = 0.02
"""An expression lowers the brows if they come down by more than this, in distances between the eyes."""
CLEAR_ACTION = (0.04, 0.12)
"""Sizes of actions below the first are a person's own shape; those above the second are meant."""
UNDERESTIMATED = 1.5
"""Sizes of actions in units of what is read, but for an open jaw: landmarks and the reading shrink them."""
SMILING = (0.4, 0.8)
"""Sizes of the action `SMILE` between which a face counts as smiling: what else it does is part of its smile."""
PARTED = 0.12
"""Openness from which on it is looked at what shows between the lips."""
OWN_TEETH = 0.12
"""Share of the area between the lips that shows teeth, from which on a mouth counts as showing its own; of the area of full
opening if it is wider open."""
BROAD = 0.7
"""Strength from which on an open mouth keeps its inside, whatever it shows."""
SPEAKING = (0.05, 0.15)
"""Restlessness of the openness of a mouth from which on it is taken to speak, and from which on it surely does."""
TURNED = (35.0, 65.0)
"""Yaw in degrees from which on a face changes less, and from which on it does not change."""
ROOM_FOR_LIPS = 0.2
"""Movement of the lips, in units of the gap between them, up to which what is behind them can stay in place."""
UPPER_LIP_SHARE = 0.35
"""Share of the upper lip in the closing of lips."""
_FACING = (0.05, 0.35)
"""Bounds of the cosine of its normal at which skin counts as seen well."""


@dataclass(frozen=True)
class Change:
    """The planned change of a face.

    Attributes
    ----------
    landmarks, moved : (468, 3), image pixels
    movement : float
        Added share of the movement, >= 0.
    opened : float
        Share of the opening of the mouth after the change.
    own_teeth : float
        1 if the mouth keeps its inside, 0 if teeth are painted.
    speaking : float
        1 if the mouth speaks, 0 in a photo.
    """

    landmarks: Array
    moved: Array
    movement: float
    opened: float
    own_teeth: float
    speaking: float = 0.0

    @property
    def still(self) -> float:
        """Share to which the inside of the mouth stays in place, 0 to 1: as far as there is room beside the moving lips.

        That of a mouth that speaks moves along: its lips open and close too fast for the room beside them to be known.
        """
        upper, lower = INNER_LIPS
        gap = float(np.linalg.norm(self.landmarks[lower, :2] - self.landmarks[upper, :2]))
        step = float(np.linalg.norm((self.moved - self.landmarks)[[upper, lower], :2], axis=1).max())
        return self.own_teeth * (1 - self.speaking) * min(1.0, ROOM_FOR_LIPS * gap / max(step, 1e-6))


def plan_change(
    displacement: Displacement,
    landmarks: Array,
    intensity: float,
    view: MouthView = NOTHING_SEEN,
    teeth: TeethChoice = "auto",
    readouts: Readouts = AS_READ,
) -> Change:
    """Plan where the landmarks of a face go: the requested intensity less what the face already shows.

    Displacements act in the face's own 3-D frame, and are then projected into the image. In a film, a mouth that speaks keeps
    its inside, and is not opened further.
    """
    resting = resting_face()
    head, pose = HeadPose.of(landmarks, mean_face()), HeadPose.of(landmarks, displacement.reference)
    shape = head.to_canonical(landmarks)
    sizes = readouts.steady("shown", lambda: resting.shown(shape))
    state = displacement.state(pose.to_canonical(landmarks))
    speaking = speaking_share("openness", state, readouts)
    own = max(speaking, readouts.switch("own inside", _own_inside(view, state), 1.0))
    back = head.turn(taken_back(resting, sizes, displacement.full, own))
    relaxed = _steady_state(displacement.state(pose.to_canonical(landmarks + back)), readouts)
    relaxing = min(1.0, intensity / TAKEN_BACK_AT)
    shown = 1.0 - float(smoothstep(abs(head.angles[0]), *TURNED))
    movement = shown * relaxed.missing(intensity)[0]
    childlike = readouts.steady("childlike", lambda: np.array(resting.childlikeness(shape, sizes)))
    closed = 1.0 if teeth == "closed" else readouts.switch("child", float(childlike), CHILDLIKE) * (teeth == "auto")
    opening = _opening((1 - closed) * opening_at(intensity), relaxed.openness, relaxing) * (1 - own) * shown
    step = shown * relaxing * back + pose.turn(displacement.shares(movement, opening))
    moved = sealed(head, landmarks + step * seen_share(head)[:, None])
    return Change(landmarks, moved, movement, displacement.state(pose.to_canonical(moved)).openness, own, speaking)


def keeps_inside(view: MouthView, state: FaceState) -> float:
    """Return 1 if a mouth keeps its inside: it shows teeth of its own, or is open in a broad smile."""
    return float(_own_inside(view, state) > 1)


def _own_inside(view: MouthView, state: FaceState) -> float:
    """Return what decides whether a mouth keeps its inside: it does above 1."""
    teeth = view.teeth * max(1.0, state.openness)
    return min(state.openness / PARTED, max(teeth / OWN_TEETH, state.strength / BROAD))


def speaking_share(name: str, state: FaceState, readouts: Readouts) -> float:
    """Return how far a mouth speaks, 0 to 1: its openness does not rest. In a photo no mouth does."""
    return float(smoothstep(readouts.restless(name, state.openness), *SPEAKING))


def _steady_state(state: FaceState, readouts: Readouts) -> FaceState:
    strength, openness = readouts.steady("state", lambda: np.array([state.strength, state.openness]))
    return FaceState(float(strength), float(openness))


def opening_at(intensity: float) -> float:
    """Return the share of the opening at an intensity: closed up to 0.25, full at 1."""
    return intensity if intensity >= 1 else max(0.0, (intensity - CLOSED_UNTIL) / (1 - CLOSED_UNTIL))


def _opening(wanted: float, shown: float, relaxing: float) -> float:
    """Return the share of the opening to add; what is open too far is closed as other actions are taken back."""
    return wanted - shown if wanted >= shown else relaxing * (wanted - shown)


def taken_back(resting: RestingFace, sizes: Array, full: Array, own: float) -> Array:
    """Return the displacement (468, 3) that takes back the actions that oppose an expression.

    An open jaw is left to mouths that keep their inside, and everything to faces that smile.

    Parameters
    ----------
    resting : RestingFace
    sizes : (K,)
        The actions that the face shows.
    full : (468, 3)
        The displacement of the expression.
    own : float
        1 if the mouth keeps its inside, else 0.
    """
    named = dict(zip(resting.names, sizes.tolist(), strict=True))
    named["jawOpen"] *= 1 - own
    named["browDown"] = max(0.0, named["browDown"] - named["browOuterUp"])
    return -np.asarray(np.einsum("k,kpc->pc", meant(named) * opposed(resting, full), resting.actions))


def meant(named: Mapping[str, float]) -> Array:
    """Return the sizes (K,) that actions are taken for, of those that were read, by name; none of a face that smiles."""
    smiling = float(smoothstep(named[SMILE], *SMILING))
    read = np.array(list(named.values()))
    return np.asarray(gains(tuple(named)) * read * smoothstep(read, *CLEAR_ACTION) * (1 - smiling))


def gains(names: Sequence[str]) -> Array:
    """Return how much of each action is taken back, in units of the size that is read, (K,)."""
    return np.array([1.0 if name == "jawOpen" else UNDERESTIMATED for name in names])


def opposed(resting: RestingFace, full: Array) -> Booleans:
    """Return which actions (K,) oppose an expression: they move the mouth's corners and the cheeks the other way.

    Lowered brows oppose every expression that does not lower them.
    """
    points = list(EXPRESSIVE_POINTS)
    a, b = (array[..., points, :2].reshape(*array.shape[:-2], -1) for array in (resting.actions, full))
    found = np.asarray(a @ b / np.sqrt((a * a).sum(-1) * (b @ b) + 1e-12) < OPPOSED)
    found[[name.startswith("brow") for name in resting.names]] = False
    found[resting.names.index("browDown")] = full[list(BROWS), 1].mean() < LOWERED_BROWS
    return found


def seen_share(pose: HeadPose) -> Array:
    """Return how well each point (468,) of a turned face is seen, in units of how well it is seen from the front, 0 to 1."""
    facing = -(surface_normals() @ pose.rotation[2])
    return np.asarray(np.clip(facing / seen_from_front(), 0, 1))


def seen_from_front() -> Array:
    """Return the cosines (468,) at which the points of a face count as well seen: those from the front, within bounds."""
    return np.asarray(np.clip(-surface_normals()[:, 2], *_FACING).astype(np.float16), np.float64)


def sealed(head: HeadPose, landmarks: Array) -> Array:
    """Return landmarks (468, 3) whose inner lips do not cross: the lower lip goes most of the way."""
    shape = head.to_canonical(landmarks)
    upper, lower = list(UPPER_INNER[1:-1]), list(LOWER_INNER[1:-1])
    crossed = np.maximum(shape[upper, 1] - shape[lower, 1], 0)
    step = np.zeros_like(shape)
    step[upper, 1] = -UPPER_LIP_SHARE * crossed
    step[lower, 1] = (1 - UPPER_LIP_SHARE) * crossed
    return landmarks + head.turn(step)
