"""Drawing triangles in an ONNX graph: the pixels that OpenCV's fillConvexPoly covers, whatever their order.

Convention: fixed-point coordinates have 16 fractional bits, corners 4, as in OpenCV. Every triangle is a list of lines and
of rows; all of them are written at once, and where several cover a pixel the greatest number stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.export.onnx.graph import Graph, Value

_HALF = 1 << 15
_ONE = 1 << 16
_FAR = 1 << 20  # pixels; keeps what is cut towards 0 above it
_FROM_CORNER = 1 << 12  # 4 fractional bits to 16


@dataclass(frozen=True)
class _Pixels:
    """Some pixels, and the number that each is to have; all (N,) int64."""

    x: Value
    y: Value
    number: Value


def triangle_index_picture(graph: Graph, corners: Value, numbers: Value, height: Value, width: Value) -> Value:
    """Return the greatest number (height, width) of the triangles that cover each pixel, 0 where none does.

    Parameters
    ----------
    corners : (T, 3, 2) int64
        (x, y) with 4 fractional bits.
    numbers : (T,) int64
        At least 0; triangles of number 0 are not drawn.
    """
    y = _whole(corners.take(1, 2) + 8, 4)
    box = [y.min(1), y.max(1), _whole(corners.take(0, 2) + 8, 4)]
    low, high, left, right = box[0], box[1], box[2].min(1), box[2].max(1)
    met = (numbers > 0) & (high >= 0) & (right >= 0) & (low < height) & (left < width)
    kept = graph.op("NonZero", met, dtype=np.int64).shaped(-1)
    corners, numbers, y = corners.take(kept), numbers.take(kept), y.take(kept)
    parts = [_spans(graph, corners, numbers, y, height, width)]
    parts += _outline(graph, corners, numbers, height, width)
    x, row, number = (graph.joined(*(getattr(part, name) for part in parts)) for name in ("x", "y", "number"))
    inside = (x >= 0) & (x < width) & (row >= 0) & (row < height)
    place = graph.where(inside, row * width + x, height * width)
    empty = graph.zeros(np.int64, height * width + 1)
    labels = graph.op("ScatterElements", empty, place, number, reduction="max")
    return labels.part(0, height * width).shaped(height, width)


def _whole(values: Value, bits: int) -> Value:
    """Shift whole numbers right, rounding down below 0 too."""
    return (values + (_FAR << bits)) / (1 << bits) - _FAR


def _repeated(graph: Graph, counts: Value) -> tuple[Value, Value]:
    """Return for each of ``counts`` (K,) things that many entries: which thing, and the how-manieth of it, both (N,)."""
    kept = graph.op("NonZero", counts > 0, dtype=np.int64).shaped(-1)
    counts = counts.take(kept)
    after = graph.op("CumSum", counts, np.array(0, np.int64))
    total = counts.sum(0)
    begins = graph.op(
        "ScatterElements", graph.zeros(np.int64, total), after - counts, graph.zeros(np.int64, kept.side(0)) + 1
    )
    thing = graph.op("CumSum", begins, np.array(0, np.int64)) - 1
    number = graph.count_up(total) - (after - counts).take(thing)
    return kept.take(thing), number


def _spans(graph: Graph, corners: Value, numbers: Value, y: Value, height: Value, width: Value) -> _Pixels:
    """Return the pixels inside: of every row from the topmost corner's to before the lowest one's, those between two edges."""
    top = corners.take(1, 2).min(1, keep=True)
    first = graph.op("ArgMax", corners.take(1, 2).equals(top).to(np.int32), dtype=np.int64, axis=1, keepdims=1)
    triangle, step = _repeated(graph, (y.max(1).least(height) - y.min(1).greatest(0)).greatest(0))
    row = y.min(1).greatest(0).take(triangle) + step
    turned = [graph.op("Mod", first + k, np.array(3, np.int64)) for k in range(3)]
    x = [_of(graph, corners.take(0, 2), turn).take(triangle) for turn in turned]
    ends = [_of(graph, y, turn).take(triangle) for turn in turned]
    one = _edge(graph, row, (x[0], x[1], x[2]), (ends[0], ends[1], ends[2]))
    other = _edge(graph, row, (x[0], x[2], x[1]), (ends[0], ends[2], ends[1]))
    left = _whole(one.least(other) + _HALF, 16).greatest(0)
    right = _whole(one.greatest(other) + _HALF, 16).least(width - 1)
    span, place = _repeated(graph, (right - left + 1).greatest(0))
    return _Pixels(left.take(span) + place, row.take(span), numbers.take(triangle.take(span)))


def _of(graph: Graph, values: Value, which: Value) -> Value:
    return graph.op("GatherElements", values, which, axis=1).shaped(-1)


def _edge(graph: Graph, row: Value, x: tuple[Value, ...], y: tuple[Value, ...]) -> Value:
    """Return where the way from the first corner over the second to the third crosses each row."""
    early = row < y[1]
    start, stop = graph.where(early, x[0], x[1]), graph.where(early, x[1], x[2])
    above, rows = graph.where(early, y[0], y[1]), graph.where(early, y[1], y[2])
    rows = (rows - above).greatest(1)
    slope = ((stop - start) * (2 * _FROM_CORNER) + rows) / (rows * 2)
    return start * _FROM_CORNER + slope * (row - above)


def _outline(graph: Graph, corners: Value, numbers: Value, height: Value, width: Value) -> list[_Pixels]:
    """Return the pixels of the three sides of every triangle, and the ends of each."""
    points = corners * _FROM_CORNER
    before = points.take(np.array([2, 0, 1]), 1)
    owner = numbers.wider(1) + graph.value(np.zeros((1, 3), np.int64))
    ends = [part.shaped(-1, 2) for part in (before, points)]
    x1, y1, x2, y2 = (end.take(axis, 1) for end in ends for axis in (0, 1))
    meets, x1, y1, x2, y2 = _clipped(graph, (x1, y1, x2, y2), width * _ONE - 1, height * _ONE - 1)
    dx, dy = x2 - x1, y2 - y1
    flat = dx.absolute() > dy.absolute()
    back = graph.where(flat, dx, dy) < 0
    x1, y1, x2, y2 = (graph.where(back, a, b) for a, b in ((x2, x1), (y2, y1), (x1, x2), (y1, y2)))
    dx, dy = x2 - x1, y2 - y1
    along, across = graph.where(flat, dx, dy), graph.where(flat, dy, dx)
    slope = across * _ONE / (along + 1 - graph.op("Mod", along, np.array(2, np.int64)))
    line, step = _repeated(graph, graph.where(meets, along / _ONE + 1, 0))
    number = owner.shaped(-1)
    major = graph.where(flat, x1, y1).take(line) + _HALF
    minor = graph.where(flat, y1, x1).take(line) + _HALF + slope.take(line) * step
    major, minor, lying = _whole(major, 16) + step, _whole(minor, 16), flat.take(line)
    drawn = _Pixels(graph.where(lying, major, minor), graph.where(lying, minor, major), number.take(line))
    last = _Pixels(_whole(x2 + _HALF, 16), _whole(y2 + _HALF, 16), graph.where(meets, number, 0))
    return [drawn, last]


def _clipped(graph: Graph, ends: tuple[Value, ...], right: Value, bottom: Value) -> tuple[Value, ...]:
    """Return whether lines meet the picture, and their ends x1, y1, x2, y2, cut to it as OpenCV cuts them."""
    x1, y1, x2, y2 = ends

    def share(part: Value, along: Value, whole: Value) -> Value:
        safe = graph.where(whole.equals(0), graph.value(1.0, np.float64), whole.to(np.float64))
        return (part.to(np.float64) * along.to(np.float64) / safe).to(np.int64)

    def beside(x: Value) -> Value:
        return (x < 0).to(np.int64) + (x > right).to(np.int64) * 2

    def above(y: Value) -> Value:
        return (y < 0).to(np.int64) + (y > bottom).to(np.int64) * 2

    def apart(one: Value, other: Value) -> Value:  # both beyond the same border
        return (one > 0) & one.equals(other)

    missed = apart(beside(x1), beside(x2)) | apart(above(y1), above(y2))
    for end in (0, 1):
        x, y = (x1, y1) if end == 0 else (x2, y2)
        cut = (above(y) > 0) & ~missed
        goal = y.within(0, bottom)
        x = graph.where(cut, x + share(goal - y, x2 - x1, y2 - y1), x)
        y = graph.where(cut, goal, y)
        x1, y1, x2, y2 = (x, y, x2, y2) if end == 0 else (x1, y1, x, y)
    missed = missed | apart(beside(x1), beside(x2))
    for end in (0, 1):
        x, y = (x1, y1) if end == 0 else (x2, y2)
        cut = (beside(x) > 0) & ~missed
        goal = x.within(0, right)
        y = graph.where(cut, y + share(goal - x, y2 - y1, x2 - x1), y)
        x = graph.where(cut, goal, x)
        x1, y1, x2, y2 = (x, y, x2, y2) if end == 0 else (x1, y1, x, y)
    return ~missed, x1, y1, x2, y2
