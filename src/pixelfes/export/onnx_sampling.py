"""Looking pictures up between their pixels, in an ONNX graph, as OpenCV's remap does: to 1/32 of a pixel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pixelfes.export.graph import Graph, Value
from pixelfes.export.sampling import FRACTIONS, SCALE_BITS, cubic_table


def _split(field: Value) -> tuple[Value, Value, Value, Value]:
    """Return columns and rows of the pixels below coordinates (h, w, 2), and the fractions in 32nds, all (h, w) int32."""
    fixed = (field * float(FRACTIONS)).rounded().within(-1e9, 1e9)
    whole = (fixed / float(FRACTIONS)).floored()
    fraction = (fixed - whole * float(FRACTIONS)).to(np.int32)
    whole = whole.within(-32768.0, 32767.0).to(np.int32)
    return whole.take(0, 2), whole.take(1, 2), fraction.take(0, 2), fraction.take(1, 2)


def cubic(graph: Graph, photo: Value, field: Value) -> Value:
    """Return a photo (H, W, 3) uint8 at coordinates (h, w, 2): whole levels, int32, beyond its border the border's own."""
    x, y, right, below = _split(field)
    width, height = photo.side(1).to(np.int32), photo.side(0).to(np.int32)
    levels = photo.shaped(-1, 3).to(np.int32)
    table = graph.value(np.ascontiguousarray(cubic_table().reshape(FRACTIONS**2, 16).T)).to(np.int32)
    which = below * FRACTIONS + right
    total = graph.value(np.int32(1 << (SCALE_BITS - 1)), np.int32)
    columns = [(x + k).within(0, width - 1) for k in range(-1, 3)]
    for row in range(4):
        start = (y + (row - 1)).within(0, height - 1) * width
        for column in range(4):
            weight = table.take(4 * row + column).take(which).wider(2)
            total = levels.take(start + columns[column]) * weight + total
    return (total.greatest(0) / (1 << SCALE_BITS)).least(255)


def linear(graph: Graph, picture: Value, field: Value, outside: Value) -> Value:
    """Return a picture (H, W, C) float32 at coordinates (h, w, 2), beyond its border the values ``outside`` (C,)."""
    padded = _framed(graph, picture, outside)
    total = None
    for place, weight in _corners(graph, padded, field):
        part = padded.shaped(-1, padded.side(2)).take(place) * weight.wider(2)
        total = part if total is None else total + part
    if total is None:
        raise ValueError("four corners were expected")
    return total


def linear_taps(graph: Graph, picture: Value, field: Value) -> Value:
    """Return a picture (H, W) float32 at coordinates (h, w, 2), beyond its border 0."""
    return linear(graph, picture.wider(2), field, graph.value(np.zeros(1, np.float32))).take(0, 2)


def _framed(graph: Graph, picture: Value, outside: Value) -> Value:
    """Put a frame of one pixel around a picture."""
    frame = np.array([1, 1, 0, 1, 1, 0], np.int64)
    inside = graph.op("Pad", graph.zeros(np.float32, picture.side(0), picture.side(1), 1) + 1.0, frame)
    return graph.where(inside > 0.0, graph.op("Pad", picture, frame), outside)


def _corners(graph: Graph, framed: Value, field: Value) -> Iterator[tuple[Value, Value]]:
    """Yield places in a framed picture and weights of the four pixels around coordinates."""
    x, y, right, below = _split(field)
    width, height = framed.side(1).to(np.int32), framed.side(0).to(np.int32)
    share_x, share_y = (part.to(np.float32) / float(FRACTIONS) for part in (right, below))
    for row in (0, 1):
        start = (y + (row + 1)).within(0, height - 1) * width
        down = share_y if row else 1.0 - share_y
        for column in (0, 1):
            across = share_x if column else 1.0 - share_x
            yield start + (x + (column + 1)).within(0, width - 1), down * across
