"""The light in a photo, as a part of an ONNX graph: `pixelfes.face.appearance.light.Light`."""

from __future__ import annotations

import numpy as np

from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.export.onnx.head_pose import eye_distance_value
from pixelfes.face.appearance import light as reference
from pixelfes.face.topology import CHEEKS_AND_FOREHEAD, LEFT_EYE, RIGHT_EYE

_BEYOND = 1e9


def light(graph: Graph, photo: Value, landmarks: Value) -> tuple[Value, Value]:
    """Return the colours of white and of skin, (3,) float64, 1 for 255.

    Parameters
    ----------
    photo : (H, W, 3) uint8
    landmarks : (468, 3) float64, image pixels
    """
    skin = _skin(graph, photo, landmarks).greatest(reference.DARKEST_COLOUR)
    eyes = _agreeing(graph, *_eye_white(graph, photo, landmarks), skin)
    luminance = graph.value(reference.LUMINANCE)
    bright, dark = (eyes * luminance).sum(0), (skin * luminance).sum(0)
    typical = _power(graph, dark, reference.SKIN_POWER) * _power(graph, bright / dark, reference.EYE_POWER)
    level = (typical * reference.TYPICAL_LEVEL).greatest(dark * reference.LEAST_WHITE_TO_SKIN)
    level = level.greatest(bright * reference.LEAST_WHITE_TO_EYES)
    level = level.least(bright.greatest(dark) * reference.MOST_WHITE).within(*reference.WHITE_RANGE)
    tint = _power(graph, eyes / bright, reference.EYE_TINT_SHARE)
    tint = tint * _power(graph, skin / dark, reference.SKIN_TINT_SHARE)
    return level * tint / (tint * luminance).sum(0), skin


def _power(graph: Graph, base: Value, exponent: float) -> Value:
    return graph.op("Pow", base, graph.value(exponent, np.float64))


def _agreeing(graph: Graph, eyes: Value, enough: Value, skin: Value) -> Value:
    """Return the colour of the eyes as far as it agrees with the skin; see `pixelfes.face.appearance.light`."""
    luminance = graph.value(reference.LUMINANCE)
    dark = (skin * luminance).sum(0)
    typical = dark * reference.EYE_BRIGHTNESS * _power(graph, skin / dark, reference.EYE_COLOUR)
    eyes = eyes.greatest(reference.DARKEST_COLOUR)
    ratio = graph.op("Log", (eyes * luminance).sum(0) / (typical * luminance).sum(0))
    tint = graph.op("Log", eyes / typical) - ratio
    brightest = ((typical * luminance).sum(0) * reference.BRIGHT_TO_TYPICAL).greatest(reference.BRIGHT_EYES)
    excess = graph.op("Log", (eyes * luminance).sum(0) / brightest)
    brightness = 1.0 - graph.smoothstep(excess, *reference.TOO_BRIGHT)
    colour = 1.0 - graph.smoothstep((tint * reference.TINT_WEIGHTS).absolute().max(0), *reference.OTHER_TINT)
    colour = colour * (1.0 - graph.smoothstep(-ratio, *reference.TOO_DARK))
    agreeing = typical * graph.op("Exp", brightness * ratio + brightness * colour * tint)
    return graph.where(enough, agreeing, typical)


def _sorted(graph: Graph, values: Value, axis: int) -> Value:
    count = values.side(axis).shaped(1)
    return graph.ops("TopK", values, count, dtypes=(None, np.int64), axis=axis, largest=0, sorted=1)[0]


def _skin(graph: Graph, photo: Value, landmarks: Value) -> Value:
    """Return the median over 16 places of the medians of small squares, those cut by the photo's border too."""
    height, width = photo.side(0), photo.side(1)
    reach = (eye_distance_value(graph, landmarks) * reference.SKIN_PATCH_REACH).to(np.int64).greatest(1)
    reach = reach.least(height.greatest(width))  # what lies outside does not count
    places = landmarks.take(np.array(CHEEKS_AND_FOREHEAD))
    x = places.take(0, 1).within(0.0, (width - 1).to(np.float64)).to(np.int64).wider(1, 2)
    y = places.take(1, 1).within(0.0, (height - 1).to(np.float64)).to(np.int64).wider(1, 2)
    steps = graph.count_up(reach + 1, -reach)
    x, y = x + steps.wider(0, 1), y + steps.wider(0, 2)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    count = len(CHEEKS_AND_FOREHEAD)
    at = (y.within(0, height - 1) * width + x.within(0, width - 1)).shaped(count, -1)
    inside = inside.shaped(count, -1, 1)
    colours = photo.shaped(-1, 3).take(at).to(np.float32)
    ordered = _sorted(graph, graph.where(inside, colours, _BEYOND), 1)
    found = inside.to(np.int64).sum(1, 2).wider(1, 2) + graph.value(np.zeros((1, 1, 3), np.int64))
    low, high = (graph.op("GatherElements", ordered, (found - k) / 2, axis=1) for k in (1, 0))
    medians = _sorted(graph, ((low + high) / 2.0).shaped(count, 3).to(np.float64), 0)
    return (medians.take(count // 2 - 1) + medians.take(count // 2)) / 2.0 / 255.0


def _eye_white(graph: Graph, photo: Value, landmarks: Value) -> tuple[Value, Value]:
    """Return the mean colour (3,) of the bright part of the eyes, and whether enough of them shows."""
    colours, inside = zip(*(_eye(graph, photo, landmarks, eye) for eye in (RIGHT_EYE, LEFT_EYE)), strict=True)
    values = graph.joined(*colours, graph.value(np.zeros((1, 3), np.uint8))).to(np.float64) / 255.0
    chosen = graph.joined(*inside, graph.value(np.zeros(1, np.bool_)))
    luminance = (values * graph.value(reference.LUMINANCE)).sum(1)
    ordered = _sorted(graph, graph.where(chosen, luminance, _BEYOND), 0)
    count = chosen.to(np.int64).sum(0)
    low, high = (_percentile(ordered, count, percent) for percent in reference.EYE_WHITE_RANGE)
    bright = (chosen & (luminance >= low) & (luminance <= high)).to(np.float64)
    mean = (values * bright.wider(1)).sum(0) / bright.sum(0).greatest(1.0)
    return mean, count >= reference.FEWEST_EYE_PIXELS


def _percentile(ordered: Value, count: Value, percent: int) -> Value:
    """Return a percentile of the first so many of ascending values, between two of them as NumPy has it."""
    place = (count - 1).greatest(0).to(np.float64) * (percent / 100)
    below = place.floored()
    share = place - below
    a = ordered.take(below.to(np.int64))
    b = ordered.take((below.to(np.int64) + 1).least((count - 1).greatest(0)))
    return ordered.graph.where(share >= 0.5, b - (b - a) * (1.0 - share), a + (b - a) * share)


def _eye(graph: Graph, photo: Value, landmarks: Value, eye: tuple[int, ...]) -> tuple[Value, Value]:
    """Return the colours (n, 3) of the box around an eye, and which of them lie on it, (n,)."""
    outline = landmarks.take(np.array(eye)).part(0, 2, 1)
    sides = graph.joined(photo.side(1).shaped(1), photo.side(0).shaped(1)).to(np.float64)
    low = outline.min(0).floored().greatest(0.0)
    high = (graph.op("Ceil", outline.max(0)) + 1.0).least(sides)
    points = (outline - low).rounded().to(np.int64)
    size = (high - low).greatest(0.0).to(np.int64)
    corner = low.to(np.int64)
    empty = (size.min(0) <= 0).to(np.int64)
    columns, rows = (graph.count_up(size.take(axis) * (1 - empty)) for axis in (0, 1))
    inside = on_polygon(graph, points, columns.wider(0, 2), rows.wider(1, 2))
    place = (rows + corner.take(1)).wider(1) * photo.side(1) + (columns + corner.take(0)).wider(0)
    return photo.shaped(-1, 3).take(place.shaped(-1)), inside.shaped(-1)


def on_polygon(graph: Graph, points: Value, x: Value, y: Value) -> Value:
    """Return which pixels x (1, w, 1), y (h, 1, 1) OpenCV's fillPoly covers, (h, w): inside, or on one of its lines."""
    ends = [points.take(axis, 1) for axis in (0, 1)]
    order = np.roll(np.arange(len(RIGHT_EYE)), 1)
    (x1, y1), (x2, y2) = [end.take(order) for end in ends], ends
    back = x2 < x1
    x1, y1, x2, y2 = (graph.where(back, a, b) for a, b in ((x2, x1), (y2, y1), (x1, x2), (y1, y2)))
    dx, dy = x2 - x1, y2 - y1
    high, sign = dy.absolute(), graph.op("Sign", dy)
    right, down = x - x1, (y - y1) * sign
    flat_line = (right >= 0) & (right <= dx) & down.equals(_minor(right, high, dx))
    steep_line = (down >= 0) & (down <= high) & right.equals(_minor(down, dx, high))
    level = dy.equals(0)
    lying = dx >= high
    on_line = (lying & flat_line & (~level | y.equals(y1))) | (~lying & steep_line)
    on_line = on_line.to(np.int32).max(2) > 0
    slope = (dx * (1 << 16) * sign) / high.greatest(1)  # of x by y, cut towards 0 as OpenCV does
    upper = y1.least(y2)
    crossing = graph.where(dy > 0, x1, x2) * (1 << 16) + slope * (y - upper)
    meets = (y >= upper) & (y < y1.greatest(y2))
    odd = [(meets & beside).to(np.int64).sum(2) for beside in (crossing <= x * (1 << 16), crossing < x * (1 << 16))]
    two = np.array(2, np.int64)
    return on_line | ((graph.op("Mod", odd[0], two) + graph.op("Mod", odd[1], two)) > 0)


def _minor(step: Value, rise: Value, run: Value) -> Value:
    """Return how far Bresenham's line has come across after so many steps along, halves rounded down."""
    return (rise * step * 2 + run - 1) / (run * 2).greatest(1)
