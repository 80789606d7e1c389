"""Where the points of a face go under facial actions, as a part of an ONNX graph: `pixelfes.expression.actions.planning`.

Everything is float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import AnyArray, Array, Indices
from pixelfes.export.onnx.actions.sizes import row
from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.export.onnx.head_pose import Pose, pose
from pixelfes.export.onnx.plan import seen_share
from pixelfes.expression.actions import planning as reference
from pixelfes.expression.actions.action_set import ActionSet, sideless
from pixelfes.expression.plan import TURNED, UPPER_LIP_SHARE
from pixelfes.face.alignment import mean_face
from pixelfes.face.mesh import RING_REACH
from pixelfes.face.topology import LEFT_EYE, N_POINTS, RIGHT_EYE, face_topology

_LOWER, _UPPER = (list(range(16))[lid] for lid in (reference.LOWER_LID, reference.UPPER_LID))
_MIDDLE = slice(2, 5)


@dataclass(frozen=True)
class PlannedActions:
    """The planned change of a face, see `ActionPlan`; ``shape`` is the face before it, canonical."""

    landmarks: Value
    moved: Value
    shape: Value
    head: Pose
    sizes: Value
    names: tuple[str, ...]

    def size(self, name: str) -> Value:
        """Return the size of an action."""
        return self.sizes.take(self.names.index(name))

    @property
    def ring_reach(self) -> Value:
        """`ActionPlan.ring_reach`."""
        return self.size("jawOpen") * reference.JAW_REACH + RING_REACH


@dataclass(frozen=True)
class Sides:
    """The actions that a file stores: those of one side have a mirror image.

    Attributes
    ----------
    left, right : (S,) int64
        Rows of the actions of the person's left or of both sides, and of their mirror images.
    has_mirror : (S,) float64
    """

    left: Indices
    right: Indices
    has_mirror: Array

    @classmethod
    def of(cls, names: tuple[str, ...]) -> Sides:
        """Tell by their names."""
        mirror = {name: _mirror_image(name) for name in names}
        left = [name for name in names if name not in {mirror[other] for other in names if mirror[other] in names}]
        has = [mirror[name] in names for name in left]
        right = [names.index(mirror[name]) if found else 0 for name, found in zip(left, has, strict=True)]
        return cls(np.array([names.index(name) for name in left]), np.array(right), np.array(has, np.float64))

    def summed(self, graph: Graph, sizes: Value, stored: AnyArray) -> tuple[Value, Value]:
        """Return the sums over actions of what is stored for each (K, N), by their sizes: the left ones, and the right ones."""
        values = graph.value(np.ascontiguousarray(stored[self.left]))
        left, right = sizes.take(self.left), sizes.take(self.right) * self.has_mirror.astype(sizes.dtype)
        values = values.to(sizes.dtype)
        return left.shaped(1, -1) @ values, right.shaped(1, -1) @ values


def _mirror_image(name: str) -> str:
    if name.endswith("_L"):
        return f"{name[:-2]}_R"
    return name.replace("Left", "Right") if name.endswith("Left") else ""


def planned_actions(graph: Graph, actions: ActionSet, landmarks: Value, sizes: Value) -> PlannedActions:
    """Plan where the landmarks (468, 3) of a face go under actions of these sizes (K,)."""
    head = pose(graph, mean_face(), landmarks)
    some = (sizes.max(0) > 0.0).to(np.float64)
    sizes = sizes * (1.0 - graph.smoothstep(head.yaw().absolute(), *TURNED))
    before = head.to_canonical(landmarks)
    left, right = Sides.of(actions.names).summed(graph, sizes, actions.displacement.reshape(len(actions.names), -1))
    mirrored = right.shaped(-1, 3).take(face_topology().mirror) * np.array([-1.0, 1.0, 1.0])
    step = left.shaped(-1, 3) + mirrored
    for eye, side in ((LEFT_EYE, "_L"), (RIGHT_EYE, "_R")):
        step = _lids(graph, actions, (eye, side), before, sizes, step)
    step = step * seen_share(graph, head).wider(1)
    step = _lips(graph, before, step, _meant_opening(graph, actions.names, sizes))
    return PlannedActions(landmarks, landmarks + head.turn(step) * some, before, head, sizes, actions.names)


def _meant_opening(graph: Graph, names: tuple[str, ...], sizes: Value) -> Value:
    opening = row(names, {name: reference.OPENING_ACTIONS.get(sideless(name), 0.0) for name in names})
    return (graph.value(opening) * sizes).sum(0).greatest(0.0)


def _lids(
    graph: Graph, actions: ActionSet, which: tuple[tuple[int, ...], str], before: Value, sizes: Value, step: Value
) -> Value:
    """Return the step (468, 3) with the lids of an eye in units of the person's own opening."""
    points, side = np.array(which[0]), which[1]
    outline = before.take(points)
    rows = np.array([actions.index[f"{name}{side}"] for name in reference.LID_ACTIONS])
    moves = actions.displacement[rows][:, points].reshape(len(rows), -1)
    opening = outline.take(_rows(_LOWER[_MIDDLE])) - outline.take(_rows(_UPPER[_MIDDLE]))
    height = (opening.take(1, 1).sum(0) / 3.0).greatest(0.0)
    scale = (height / reference.TYPICAL_OPENING).within(*reference.LID_SCALES)
    own = (sizes.take(rows).shaped(1, -1) @ graph.value(moves)).shaped(16, 3)
    lids = step.take(points) + (scale - 1.0) * own
    number = actions.index[f"eyeBlink{side}"]
    blink = sizes.take(number).least(1.0)
    others = lids - blink * scale * graph.value(actions.displacement[number, points])
    lids = _closed(graph, outline, lids, others, blink)
    return graph.op("ScatterND", step, points.reshape(-1, 1), lids)


def _rows(numbers: list[int]) -> Indices:
    return np.array(numbers, np.int64)


def _closed(graph: Graph, outline: Value, step: Value, others: Value, blink: Value) -> Value:
    """Return the step (16, 3) of an eye's outline with its upper lid set down by a blink, and never below the lower one."""
    upper, lower = _rows(_UPPER), _rows(_LOWER)
    before = outline.take(upper).take(1, 1)
    at = outline.take(upper) + step.take(upper)
    under = outline.take(lower) + step.take(lower)
    goal = interpolated(at.take(0, 1), by_place(graph, under.take(0, 1), under.take(1, 1)), len(lower))
    down = (1.0 - blink) * others.take(upper).take(1, 1) + blink * (goal - before)
    down = down - (before + down - under.take(1, 1)).greatest(0.0)
    moved = step.take(upper)
    set_down = graph.joined(moved.part(0, 1, 1), down.wider(1), moved.part(2, 3, 1), axis=1)
    return graph.op("ScatterND", step, upper.reshape(-1, 1), set_down)


def by_place(graph: Graph, x: Value, y: Value) -> tuple[Value, Value]:
    """Return the corners (n,) of a line in the order of their x."""
    count = x.side(0).shaped(1)
    ordered, places = graph.ops("TopK", x, count, dtypes=(None, np.int64), axis=0, largest=0, sorted=1)
    return ordered, y.take(places)


def interpolated(at: Value, line: tuple[Value, Value], count: int) -> Value:
    """Return y of a line through so many corners x, y (count,), x rising, at places of any shape; level beyond its ends."""
    x, y = line
    found = at * 0.0 + y.take(0)
    for number in range(count - 1):
        start, width = x.take(number), x.take(number + 1) - x.take(number)
        ramp = ((at - start) / width.greatest(1e-12)).within(0.0, 1.0)
        found = found + ramp * (y.take(number + 1) - y.take(number))
    return found


def _lips(graph: Graph, before: Value, step: Value, meant: Value) -> Value:
    """Return the step (468, 3) whose inner lips keep their distance as far as no action means to part them."""
    free = graph.smoothstep(meant, *reference.MEANT)
    upper, lower = (np.array(line) for line in reference.LIP_RINGS[0][1:])
    gap = (before.take(lower) - before.take(upper)).take(1, 1)
    after = gap + (step.take(lower) - step.take(upper)).take(1, 1)
    held = after.least(gap.greatest(0.0))
    wanted = (free * after + (1.0 - free) * held).greatest(gap.least(0.0))
    down = graph.value(_followed_surplus()) @ (after - wanted).wider(1)
    return step + down * np.array([[0.0, 1.0, 0.0]])


def _followed_surplus() -> Array:
    """Return how far each point goes down for a surplus of the lips' distance at each point of the line, (468, 11)."""
    found = np.zeros((N_POINTS, len(reference.LIP_RINGS[0][1])))
    for share, above, below in reference.LIP_RINGS:
        for place in range(1, len(above) - 1):
            found[above[place], place] += share * UPPER_LIP_SHARE
            found[below[place], place] -= share * (1 - UPPER_LIP_SHARE)
    return found
