"""The inside of a mouth that actions open, as a part of an ONNX graph: `pixelfes.expression.actions.draw.mouth`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.export.onnx.actions.openings import Frame, Opening, OpeningBox
from pixelfes.export.onnx.actions.planning import PlannedActions
from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.export.onnx.light import light
from pixelfes.export.onnx.warp.sampling import linear
from pixelfes.expression.actions.draw import mouth as reference
from pixelfes.face.appearance.light import LUMINANCE
from pixelfes.face.appearance.mouth_view import LOWER_INNER, LOWER_OUTER, UPPER_INNER, UPPER_OUTER
from pixelfes.face.topology import INNER_LIPS, MOUTH_CORNERS


@dataclass(frozen=True)
class _Mouth:
    """`MouthChange` with the colours of white and of the lips, (3, 1, 1) float32; scalars are float32."""

    box: OpeningBox
    before: Opening
    after: Opening
    inner: tuple[Value, Value]
    gaps: tuple[Value, Value]
    width: Value
    jaw: Value
    white: Value
    lips: Value


def with_inside(graph: Graph, plan: PlannedActions, photo: Value, picture: Value) -> Value:
    """Return a picture whose lips have moved with the inside of the mouth between them; ``photo`` is before any change."""
    mouth = _mouth(graph, plan, photo)
    box, after = mouth.box, mouth.after
    softness = (1.2 / box.frame.scale).greatest(reference.SOFTNESS)
    inside = after.inside(box.u, box.v, softness)
    wide = graph.smoothstep(mouth.gaps[0], *reference.WIDE).to(np.float32)
    own, warped = (1.0 - wide) * _own_share(graph, mouth), box.part(picture)
    behind = (1.0 - wide) * _shaded(graph, mouth, _behind_lips(graph, mouth)) + wide * warped
    colours = (1.0 - own) * behind + own * box.part(photo)
    return box.put_back(picture, box.lay(box.box_of(picture), colours, inside))


def _mouth(graph: Graph, plan: PlannedActions, photo: Value) -> _Mouth:
    head = plan.head
    corners = plan.landmarks.take(np.array(MOUTH_CORNERS)).part(0, 2, 1)
    frame = Frame.of(graph, corners.sum(0) / 2.0, head.rotation.take(0, 1).part(0, 2), head.scale)
    before, after = (_opening(graph, frame, points) for points in (plan.landmarks, plan.moved))
    lines = [frame.to_local(plan.moved.take(np.array(line))) for line in (UPPER_INNER, LOWER_INNER)]
    places = [graph.joined(*(line[axis] for line in lines)) for axis in (0, 1)]
    low, high = ([place.min(0) for place in places], [place.max(0) for place in places])
    ends = (*(end - reference.MARGIN for end in low), *(end + reference.MARGIN for end in high))
    is_still = (after.height < reference.OPENED) | ((after.height - before.height).absolute() < reference.OPENED)
    box = OpeningBox.around(graph, frame, ends, photo, ~is_still)
    shapes = plan.shape, head.to_canonical(plan.moved)
    gaps = [shape.take(INNER_LIPS[1]).take(1) - shape.take(INNER_LIPS[0]).take(1) for shape in shapes]
    width = (plan.shape.take(MOUTH_CORNERS[1]) - plan.shape.take(MOUTH_CORNERS[0])).take(0).absolute()
    jaw = (shapes[1].take(reference.CHIN).take(1) - plan.shape.take(reference.CHIN).take(1)).greatest(0.0)
    u, v = frame.to_local(plan.landmarks.take(np.array(INNER_LIPS)))
    inner = (u.sum(0) / 2.0).to(np.float32), v.take(0).to(np.float32)
    scalars = [value.to(np.float32) for value in (*gaps, width, jaw)]
    white = light(graph, photo, plan.landmarks)[0]
    colours = [colour.shaped(3, 1, 1).to(np.float32) for colour in (white, _lips_colour(graph, photo, plan.landmarks))]
    return _Mouth(box, before, after, inner, (scalars[0], scalars[1]), scalars[2], scalars[3], *colours)


def _opening(graph: Graph, frame: Frame, landmarks: Value) -> Opening:
    upper, lower = (frame.to_local(landmarks.take(np.array(line))) for line in (UPPER_INNER, LOWER_INNER))
    return Opening.of(graph, upper, lower, len(UPPER_INNER))


def _lips_colour(graph: Graph, photo: Value, landmarks: Value) -> Value:
    """Return the median colour (3,) of the middle of the lips, float64."""
    inner, outer = (np.array([*a[2:-2], *b[2:-2]]) for a, b in ((UPPER_INNER, LOWER_INNER), (UPPER_OUTER, LOWER_OUTER)))
    places = ((landmarks.take(inner) + landmarks.take(outer)) / 2.0).rounded()
    x, y = (
        places.take(axis, 1).greatest(0.0).least((photo.side(1 - axis) - 1).to(np.float64)).to(np.int64)
        for axis in (0, 1)
    )
    colours = photo.shaped(-1, 3).take(y * photo.side(1) + x).to(np.float32)
    count = np.array([len(inner)], np.int64)
    ordered = graph.ops("TopK", colours, count, dtypes=(None, np.int64), axis=0, largest=0, sorted=1)[0]
    middle = (ordered.take(len(inner) // 2 - 1) + ordered.take(len(inner) // 2)).to(np.float64)
    return middle / 510.0


def _behind_lips(graph: Graph, mouth: _Mouth) -> Value:
    """Return the cavity, the tongue, the lower and the upper teeth at the pixels of a box, (3, h, w)."""
    u, v = mouth.box.u - mouth.inner[0], mouth.box.v - mouth.inner[1]
    tongue = _tongue(graph, mouth)
    texture = 1.0 + 0.10 * graph.op("Sin", 38.0 * u + 1.0) * graph.op("Sin", 53.0 * v)
    texture = texture - 0.18 * _bell(graph, u / 0.012)
    colours = (1.0 - tongue) * (reference.DARK * mouth.lips) + tongue * (reference.TONGUE * mouth.lips) * texture
    scale = (mouth.width / reference.teeth_picture().mouth_width).within(*reference.WIDTH_RATIOS)
    lower = graph.smoothstep(mouth.jaw, *reference.LOWER_TEETH_FROM) * 0.55
    for place, brightness in (
        ((u * 1.25, 0.028 + mouth.jaw * 0.93 - v), lower),
        ((u, v), graph.value(0.97, np.float32)),
    ):
        found = _teeth_at(graph, *place, scale)
        share = found.part(3, 4) * (2.0 * brightness).least(1.0)
        colours = (1.0 - share) * colours + share * found.part(0, 3) * (brightness * mouth.white)
    return _with_gums(graph, mouth, colours, (u, v), scale)


def _teeth_at(graph: Graph, u: Value, v: Value, scale: Value) -> Value:
    """Return colour, in units of white, and alpha of the upper teeth, (4, h, w)."""
    teeth = reference.teeth_picture()
    picture = np.concatenate([teeth.colours, teeth.shown[..., None]], axis=2).transpose(2, 0, 1)
    stored = graph.value(np.ascontiguousarray(np.rint(picture * 255).astype(np.uint8))).to(np.float32) / 255.0
    x = (u / scale + reference.HALF_WIDTH) / reference.STEP
    y = ((v / scale + reference.ABOVE) / reference.STEP).greatest(0.0)
    return linear(graph, stored, graph.joined(x.wider(2), y.wider(2), axis=2))


def _with_gums(graph: Graph, mouth: _Mouth, colours: Value, place: tuple[Value, Value], scale: Value) -> Value:
    u, v = place
    wave = graph.op("Cos", 2 * np.pi * u / (reference.TOOTH_WIDTH * scale))
    line = -reference.GUM_HEIGHT * scale + 0.008 * wave
    gum = 1.0 - graph.smoothstep(v - line, -0.006, 0.006)
    luminance = LUMINANCE.reshape(3, 1, 1).astype(np.float32)
    brightness = reference.GUM * (mouth.white * luminance).sum(0) / (mouth.lips * luminance).sum(0).greatest(0.02)
    return (1.0 - gum) * colours + gum * (brightness * mouth.lips).within(0.0, 1.0)


def _tongue(graph: Graph, mouth: _Mouth) -> Value:
    """Return the alpha of the tongue, (h, w): a mound on the floor of a mouth that is wide open."""
    box, gap = mouth.box, mouth.gaps[1]
    left, right = mouth.after.ends(np.float32)
    across = (box.u - (left + right) / 2.0) / ((right - left) * 0.36).greatest(1e-3)
    height = graph.op("Sqrt", (1.0 - across * across).within(0.0, 1.0)) * 0.48 * gap
    surface = mouth.after.bottom(box.u) - height
    edge = 0.25 * gap + 1e-3
    sides = graph.smoothstep(1.0 - across.absolute(), 0.0, 0.45)
    return graph.smoothstep((box.v - surface) / edge, -1.0, 1.0) * sides * graph.smoothstep(gap, *reference.TONGUE_FROM)


def _shaded(graph: Graph, mouth: _Mouth, colours: Value) -> Value:
    """Return the inside of the mouth in the shadow of the lips and of its corners."""
    box, after = mouth.box, mouth.after
    below = (box.v - after.top(box.u)).greatest(0.0)
    above = (after.bottom(box.u) - box.v).greatest(0.0)
    corner = after.from_corner(box.u).greatest(0.0)
    narrow = 1.0 - graph.smoothstep(after.height.to(np.float32), 0.03, 0.12)
    dark = reference.LIP_SHADOW * graph.op("Exp", -below / reference.SHADOW_DEPTH)
    dark = dark + 0.25 * graph.op("Exp", -above / 0.02) + 0.40 * graph.op("Exp", -corner / 0.04) + 0.25 * narrow
    return colours * (1.0 - dark).within(0.08, 1.0)


def _own_share(graph: Graph, mouth: _Mouth) -> Value:
    """Return where the photo's own mouth is kept: between lips that were open, and where they still are."""
    box, before = mouth.box, mouth.before
    inside = before.inside(box.u, box.v - 0.004, graph.value(0.02, np.float32))
    own = inside * graph.smoothstep(mouth.gaps[0], *reference.OWN_GAP)
    from_top = (box.v - before.top(box.u)) / mouth.gaps[0].greatest(1e-3)
    upper = 1.0 - graph.smoothstep(from_top, 0.4, 1.0)
    still = 1.0 - graph.smoothstep(mouth.jaw, 0.02, 0.10)
    return own * upper.greatest(still)


def _bell(graph: Graph, values: Value) -> Value:
    return graph.op("Exp", -(values * values))
