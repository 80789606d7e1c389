"""Measure expressions by name and single actions on people: what is planned, what is seen, whether it is the same person.

Convention: distances between landmarks are in percent of the distance between the eyes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.evaluate.judges.skin import skin_change
from pixelfes.expression.actions.action_set import shipped_actions, skin_registration
from pixelfes.expression.actions.draw.face_change import change_by_mix
from pixelfes.expression.actions.mix import Mix, expression
from pixelfes.expression.actions.mixing import mixed
from pixelfes.expression.actions.planning import plan_actions
from pixelfes.expression.actions.read.reading import RELIABILITY, read_face
from pixelfes.expression.synthesis import Learned
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.face.landmarks import LandmarkProvider, eye_distance

SIZES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Sizes at which an action is drawn and read again."""
LARGEST_JAW = 0.45

Keep = Callable[[str, str, Pixels, Array], None]
"""Called with person, expression, picture and its landmarks, for judges outside."""


@dataclass(frozen=True)
class Face:
    """A person's neutral photo and its landmarks (468, 3), image pixels."""

    name: str
    pixels: Pixels
    landmarks: Array


@dataclass
class ExpressionMeasures:
    """What was measured of one expression, by the name of the person.

    Attributes
    ----------
    from_plan : dict
        Mean distance of the landmarks that are found from those that were planned, percent.
    moved : dict
        Mean movement that was planned, percent.
    skin : dict
        Change of the colour of calm skin, levels.
    lost : int
        Pictures without a face.
    """

    from_plan: dict[str, float] = field(default_factory=dict)
    moved: dict[str, float] = field(default_factory=dict)
    skin: dict[str, float] = field(default_factory=dict)
    lost: int = 0


def measure_expressions(
    learned: Learned, faces: Sequence[Face], mixes: Mapping[str, Mix], provider: LandmarkProvider, keep: Keep
) -> dict[str, ExpressionMeasures]:
    """Draw every expression on every face, look for its landmarks, and measure."""
    found: dict[str, ExpressionMeasures] = {}
    frame = skin_registration()
    for name, mix in mixes.items():
        measures = found[name] = ExpressionMeasures()
        for face in faces:
            picture = face.pixels.copy()
            planned = change_by_mix(learned, shipped_actions(), mix, picture, face.landmarks)
            seen = provider.detect(picture)
            if not seen:
                measures.lost += 1
                continue
            scale = eye_distance(face.landmarks) / 100
            measures.from_plan[face.name] = _distance(seen[0], planned) / scale
            measures.moved[face.name] = _distance(planned, face.landmarks) / scale
            measures.skin[face.name] = skin_change(frame, face.pixels, face.landmarks, picture, seen[0]).levels
            keep(face.name, name, picture, seen[0])
    return found


@dataclass(frozen=True)
class ActionMeasures:
    """How well one action is controlled and read.

    Attributes
    ----------
    planned : float
        Correlation of the size that was asked for and the movement along the action that was planned.
    read : float or None
        Correlation of the size that was asked for and the size that is read from the picture, over all people; None if it
        cannot be read.
    others : float or None
        Mean size that is read of the other actions, in units of that of this one.
    """

    planned: float
    read: float | None
    others: float | None


def measure_action(name: str, learned: Learned, faces: Sequence[Face], provider: LandmarkProvider) -> ActionMeasures:
    """Draw an action on faces at several sizes, and read it again."""
    actions = shipped_actions()
    asked, planned, read, others = [], [], [], []
    sides = list(expression(name).actions)
    full = actions.displacement[[actions.index[side] for side in sides]].sum(0)
    for face in faces:
        first: dict[str, float] | None = None
        for share in SIZES:
            size = share * (LARGEST_JAW if name == "jawOpen" else 1.0)
            mix = expression(name, size)
            plan = plan_actions(actions, face.landmarks, mixed(actions, mix.actions))
            step = plan.head.to_canonical(plan.moved) - plan.head.to_canonical(face.landmarks)
            asked.append(size)
            planned.append(float((step * full).sum() / (full * full).sum()))
            if name not in RELIABILITY:
                continue
            sizes = _read_again(learned, mix, face, provider)
            first = first or sizes
            gained = {one: sizes[one] - first[one] for one in sizes}
            read.append(float(np.mean([gained[side] for side in sides])))
            if share == 1:
                rest = [abs(value) for one, value in gained.items() if one not in sides]
                others.append(float(np.mean(rest)) / max(read[-1], 0.05))
    correlation = float(np.corrcoef(asked, planned)[0, 1])
    if not read:
        return ActionMeasures(correlation, None, None)
    return ActionMeasures(correlation, float(np.corrcoef(asked, read)[0, 1]), float(np.median(others)))


def _read_again(learned: Learned, mix: Mix, face: Face, provider: LandmarkProvider) -> dict[str, float]:
    picture = face.pixels.copy()
    planned = change_by_mix(learned, shipped_actions(), mix, picture, face.landmarks)
    seen = provider.detect(picture)
    return read_face(seen[0] if seen else planned, pixels=picture).actions


def _distance(one: Array, other: Array) -> float:
    """Return the mean distance of points (468, 2+) in the image, after the pose of the first is set to that of the second."""
    pose, goal = (HeadPose.of(points, mean_face()) for points in (one, other))
    return float(np.linalg.norm((goal.to_image(pose.to_canonical(one)) - other)[:, :2], axis=1).mean())
