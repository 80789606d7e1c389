"""Eyes behind lids that move, as a part of an ONNX graph: `pixelfes.expression.actions.draw.eyes`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.export.onnx.actions.iris import Ball
from pixelfes.export.onnx.actions.openings import Frame, Opening, OpeningBox
from pixelfes.export.onnx.actions.planning import PlannedActions, by_place
from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.export.onnx.head_pose import eye_distance_value
from pixelfes.expression.actions.draw import eyes as reference
from pixelfes.expression.actions.gaze import DOWN, SIDEWAYS, UP
from pixelfes.expression.actions.planning import LOWER_LID, UPPER_LID
from pixelfes.face.topology import LEFT_EYE, RIGHT_EYE

Corners = tuple[Value, Value]
"""U and v of the corners of a line, in the order of their u."""


@dataclass(frozen=True)
class Eye:
    """`EyeChange`; ``shift``, ``blink`` and ``shut`` are float64."""

    box: OpeningBox
    before: Opening
    after: Opening
    shift: tuple[Value, Value]
    blink: Value
    shut: Value
    lid_before: Corners
    lid_after: Corners
    brow: Corners


def eye_change(graph: Graph, plan: PlannedActions, side: str, photo: Value) -> Eye:
    """Return the change of the eye of a side, "_L" or "_R"."""
    outline = np.array(LEFT_EYE if side == "_L" else RIGHT_EYE)
    corners = plan.landmarks.take(outline[[0, 8]]).part(0, 2, 1)
    along = corners.take(1) - corners.take(0)
    frame = Frame.of(graph, corners.sum(0) / 2.0, along, eye_distance_value(graph, plan.landmarks))
    edges = [frame.to_local(points.take(outline)) for points in (plan.landmarks, plan.moved)]
    before, after = (_opening(graph, places) for places in edges)
    lid = np.array(reference.LID_TOP[side])
    lids = [frame.to_local(points.take(lid)) for points in (plan.landmarks, plan.moved)]
    brow = frame.to_local(plan.landmarks.take(np.array(reference.LOWER_BROW[side])))
    blink = plan.size(f"eyeBlink{side}")
    shift = _shift(graph, plan, frame, side)
    step = (edges[1][1] - edges[0][1]).absolute().greatest((edges[1][0] - edges[0][0]).absolute()).max(0)
    step = step.greatest(shift[0].absolute()).greatest(shift[1].absolute())
    reach = _reach(graph, edges, (lids[0], brow), blink > reference.CLOSING[0])
    box = OpeningBox.around(graph, frame, reach, photo, step >= reference.STILL)
    lines = [by_place(graph, *line) for line in (*lids, brow)]
    return Eye(box, before, after, shift, blink, graph.smoothstep(blink, *reference.SHUT), *lines)


def _opening(graph: Graph, places: tuple[Value, Value]) -> Opening:
    numbers = np.arange(16)
    lines = []
    for lid in (UPPER_LID, LOWER_LID):
        along = np.concatenate([numbers[:1], numbers[lid], numbers[8:9]])
        lines.append((places[0].take(along), places[1].take(along)))
    return Opening.of(graph, lines[0], lines[1], 9)


def _reach(
    graph: Graph, edges: list[Corners], skin: tuple[Corners, Corners], with_skin: Value
) -> tuple[Value, Value, Value, Value]:
    """Return the bounds left, top, right, bottom of what is drawn, with a margin."""
    ends = []
    for kind, sign in (("min", -1.0), ("max", 1.0)):
        for axis in (0, 1):
            lids, wide = (
                getattr(graph.joined(*(line[axis] for line in lines)), kind)(0) for lines in (edges, (*edges, *skin))
            )
            ends.append(graph.where(with_skin, wide, lids) + sign * reference.MARGIN)
    return ends[0], ends[1], ends[2], ends[3]


def _shift(graph: Graph, plan: PlannedActions, frame: Frame, side: str) -> tuple[Value, Value]:
    """Return where the iris goes in the local frame."""
    out, back, up, down = (plan.size(f"eyeLook{way}{side}") for way in ("Out", "In", "Up", "Down"))
    across = (out - back) * (SIDEWAYS if side == "_L" else -SIDEWAYS)
    left, rising = (angle * (np.pi / 180) for angle in (across, UP * up - DOWN * down))
    sines = [graph.op("Sin", angle.to(np.float32)).to(np.float64) for angle in (left, rising)]
    cosines = [graph.op("Sqrt", 1.0 - sine * sine) for sine in sines]
    steps = (sines[0] * cosines[1], -sines[1], 1.0 - cosines[0] * cosines[1])
    turned = graph.joined(*(step.shaped(1) for step in steps)).shaped(1, 3) * reference.BALL_RADIUS
    moved = plan.head.turn(turned).take(0)
    return frame.local_of(frame.origin.take(0) + moved.take(0), frame.origin.take(1) + moved.take(1))


def ball_colours(graph: Graph, eye: Eye, photo: Value) -> tuple[Value, Value]:
    """Return colours (3, h, w) and alpha (h, w) of the eyeball; ``photo`` (3, h, w) is the box before any change."""
    box, after = eye.box, eye.after
    ball = Ball.seen(graph, box, photo, eye.before)
    colours = _shaded(graph, eye, ball.colours(graph, eye.shift))
    colours = _own_where_nothing_moves(graph, eye, photo, colours)
    inside = after.inside(box.u, box.v, (1.2 / box.frame.scale).greatest(reference.SOFTNESS))
    is_open = (after.height > 2.0 / box.frame.scale).to(np.float32)
    return colours, inside * (1.0 - eye.shut).to(np.float32) * is_open


def _own_where_nothing_moves(graph: Graph, eye: Eye, photo: Value, colours: Value) -> Value:
    """Return the colours with the photo's own pixels wherever a lid and the iris stay near their places."""
    box, before, after = eye.box, eye.before, eye.after
    top, bottom = before.top(box.u), before.bottom(box.u)
    raised, lowered = (after.top(box.u) - top).absolute(), (after.bottom(box.u) - bottom).absolute()
    near_top = 1.0 - graph.smoothstep(box.v - top, 0.02, 0.05)
    near_bottom = 1.0 - graph.smoothstep(bottom - box.v, 0.01, 0.03)
    moved = near_top * graph.smoothstep(raised, 0.0, 0.01)
    moved = moved.greatest(near_bottom * graph.smoothstep(lowered, 0.0, 0.01))
    own = (1.0 - moved) * before.inside(box.u, box.v, graph.value(0.01, np.float32))
    looks = eye.shift[0].absolute().greatest(eye.shift[1].absolute()) >= reference.STILL
    own = own * (~looks).to(np.float32)
    return (1.0 - own) * colours + own * photo


def _shaded(graph: Graph, eye: Eye, colours: Value) -> Value:
    """Return the eyeball in the shadow of an upper lid that has moved."""
    box, after = eye.box, eye.after
    top = after.top(box.u)
    moved = graph.smoothstep((top - eye.before.top(box.u)).absolute(), 0.0, 0.02)
    depth, corner = (box.v - top).greatest(0.0), after.from_corner(box.u).greatest(0.0)
    dark = reference.SHADOW * graph.op("Exp", -depth / reference.SHADOW_DEPTH) * moved
    dark = dark + 0.25 * graph.op("Exp", -corner / 0.02)
    return colours * (1.0 - dark.within(0.0, 0.6))
