"""Where the landmarks of a face go, as a part of an ONNX graph: `pixelfes.expression.plan`, in float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.export.onnx.head_pose import Pose, pose
from pixelfes.export.plan_numbers import PlanNumbers
from pixelfes.expression import plan as reference
from pixelfes.expression.actions.resting_face import ADULT_DEVIATIONS, CHILDLIKE, CHIN, MOUTH, ROUNDS, STEP, RestingFace
from pixelfes.expression.displacement import CLOSED_UNTIL, WIDEST_OPEN, Displacement
from pixelfes.face.alignment import mean_face, surface_normals
from pixelfes.face.appearance.mouth_view import LOWER_INNER, UPPER_INNER
from pixelfes.face.topology import INNER_LIPS, MOUTH_CORNERS


@dataclass(frozen=True)
class PlannedChange:
    """Values of a graph, float64: ``moved`` (468, 3) in image pixels, and the scalars of `Change`."""

    moved: Value
    movement: Value
    opened: Value
    own_teeth: Value
    still: Value


def planned_change(
    graph: Graph, displacement: Displacement, landmarks: Value, intensity: Value, teeth: Value
) -> PlannedChange:
    """Plan where the landmarks (468, 3) of a face go; everything is float64.

    ``teeth`` is the share of the area between the lips that shows teeth.
    """
    numbers = PlanNumbers.of(displacement)
    head, frame = pose(graph, mean_face(), landmarks), pose(graph, displacement.reference, landmarks)
    shape = head.to_canonical(landmarks)
    sizes = shown_actions(graph, numbers.resting, shape)
    own = _keeps_inside(displacement, _state(graph, displacement, frame.to_canonical(landmarks)), teeth)
    back = head.turn(_taken_back(graph, numbers, sizes, own))
    strength, openness = _state(graph, displacement, frame.to_canonical(landmarks + back))
    relaxing = (intensity / reference.TAKEN_BACK_AT).least(1.0)
    shown = 1.0 - graph.smoothstep(head.yaw().absolute(), *reference.TURNED)
    movement = shown * _missing_movement(graph, strength, intensity)
    childlike = childlikeness(graph, numbers.resting, shape, sizes) > CHILDLIKE
    wanted = graph.where(childlike, 0.0, _opening_at(graph, intensity))
    missing = wanted - openness
    opening = graph.where(missing >= 0.0, missing, relaxing * missing) * (1.0 - own) * shown
    step = movement * graph.value(displacement.movement) + opening * graph.value(displacement.opening)
    step = (shown * relaxing * back + frame.turn(step)) * seen_share(graph, head).wider(1)
    moved = _sealed(graph, head, landmarks + step)
    _, opened = _state(graph, displacement, frame.to_canonical(moved))
    return PlannedChange(moved, movement, opened, own, _still(graph, landmarks, moved, own))


def shown_actions(graph: Graph, resting: RestingFace, shape: Value) -> Value:
    """Return `RestingFace.shown`, (K,)."""
    readouts = graph.value(resting.readouts.reshape(len(resting.names), -1))
    wanted = (readouts @ shape.shaped(-1, 1) - resting.offsets[:, None]) * resting.scale[:, None]
    inverse, least = graph.value(resting.inverse), np.maximum(resting.least, -1e9)[:, None]
    sizes = pull = graph.value(np.zeros((len(resting.names), 1)))
    for _ in range(ROUNDS):
        free = inverse @ (wanted + STEP * (sizes - pull)) + pull
        sizes = free.greatest(least)
        pull = free - sizes
    return (sizes * resting.scale[:, None]).shaped(-1)


def _state(graph: Graph, displacement: Displacement, shape: Value) -> tuple[Value, Value]:
    """Return strength and openness, as `Displacement.state` does."""
    strength = (graph.value(displacement.readout) * shape).sum(0, 1) + displacement.readout_offset
    upper, lower = INNER_LIPS
    gap = shape.take(lower).take(1) - shape.take(upper).take(1) - displacement.resting_gap
    if not displacement.full_gap:
        return strength, graph.value(0.0, np.float64)
    return strength, (gap.greatest(0.0) / displacement.full_gap).least(WIDEST_OPEN)


def _keeps_inside(displacement: Displacement, state: tuple[Value, Value], teeth: Value) -> Value:
    strength, openness = state
    shows = (teeth * openness.greatest(1.0) > reference.OWN_TEETH) | (strength > reference.BROAD)
    return ((openness > reference.PARTED) & shows).to(np.float64)


def _taken_back(graph: Graph, numbers: PlanNumbers, sizes: Value, own: Value) -> Value:
    """Return `pixelfes.expression.plan.taken_back`, (468, 3)."""
    parts = []
    for place in numbers.taken_back.tolist():
        size = sizes.take(place)
        if place == numbers.jaw_open:
            size = size * (1.0 - own)
        if place == numbers.brow_down:
            size = (size - sizes.take(numbers.brow_up)).greatest(0.0)
        parts.append((size * graph.smoothstep(size, *reference.CLEAR_ACTION)).shaped(1, 1))
    if not parts:
        return graph.value(np.zeros((468, 3)))
    meant = graph.joined(*parts, axis=1) * (1.0 - graph.smoothstep(sizes.take(numbers.smile), *reference.SMILING))
    step = meant * -numbers.gains @ graph.value(numbers.actions.reshape(len(parts), -1))
    return step.shaped(-1, 3)


def _missing_movement(graph: Graph, strength: Value, intensity: Value) -> Value:
    """Return the first part of `pixelfes.expression.displacement.FaceState.missing`."""
    shown = strength * graph.smoothstep(strength.absolute(), 0.1, 0.4)
    return (intensity - shown.greatest(intensity.least(1.0) * -0.3)).greatest(0.0)


def _opening_at(graph: Graph, intensity: Value) -> Value:
    partly = ((intensity - CLOSED_UNTIL) / (1 - CLOSED_UNTIL)).greatest(0.0)
    return graph.where(intensity >= 1.0, intensity, partly)


def childlikeness(graph: Graph, resting: RestingFace, shape: Value, sizes: Value) -> Value:
    """Return `RestingFace.childlikeness`, a scalar."""
    right, left = MOUTH_CORNERS
    chin, mouth = shape.take(CHIN).take(1), shape.take(MOUTH).take(1)
    width = shape.take(left).take(0) - shape.take(right).take(0)
    measures = graph.joined(*(value.shaped(1) for value in (chin, chin - mouth, width)))
    measures = measures - (sizes.shaped(1, -1) @ graph.value(resting.action_measures)).shaped(-1)
    departure = (graph.value(resting.mean_measures) - measures) / ADULT_DEVIATIONS
    return departure.sum(0) / float(len(ADULT_DEVIATIONS))


def seen_share(graph: Graph, head: Pose) -> Value:
    """Return `pixelfes.expression.plan.seen_share`, (468,)."""
    facing = -(graph.value(surface_normals()) @ head.rotation.take(2).shaped(3, 1)).shaped(-1)
    return (facing / reference.seen_from_front()).within(0.0, 1.0)


def _sealed(graph: Graph, head: Pose, landmarks: Value) -> Value:
    upper, lower = (np.array(line[1:-1]) for line in (UPPER_INNER, LOWER_INNER))
    shape = head.to_canonical(landmarks)
    crossed = (shape.take(upper).take(1, 1) - shape.take(lower).take(1, 1)).greatest(0.0)
    share = reference.UPPER_LIP_SHARE
    rows, down = np.concatenate([upper, lower]), np.zeros((len(upper) + len(lower), 3))
    down[:, 1] = 1
    amount = graph.joined(crossed * -share, crossed * (1 - share)).wider(1)
    step = head.turn(amount * graph.value(down))
    return graph.op("ScatterND", landmarks, rows.reshape(-1, 1), landmarks.take(rows) + step)


def _still(graph: Graph, landmarks: Value, moved: Value, own: Value) -> Value:
    """Return `Change.still`."""
    lips = np.array(INNER_LIPS)
    before = landmarks.take(lips).part(0, 2, 1)
    gap = _length(graph, before.take(1) - before.take(0), 0)
    step = _length(graph, moved.take(lips).part(0, 2, 1) - before, 1).max(0)
    return own * (reference.ROOM_FOR_LIPS * gap / step.greatest(1e-6)).least(1.0)


def _length(graph: Graph, away: Value, axis: int) -> Value:
    return graph.op("Sqrt", (away * away).sum(axis))
