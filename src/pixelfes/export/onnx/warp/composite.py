"""Put a changed part back into a photo, as a part of an ONNX graph: `pixelfes.face.composite`."""

from __future__ import annotations

import numpy as np

from pixelfes.export.onnx.graph import END, Graph, Value
from pixelfes.export.onnx.warp.placement import Placed
from pixelfes.export.onnx.warp.sampling import cubic, linear, thrice
from pixelfes.face.composite import MAP_ENLARGEMENT

Ends = tuple[Value, Value]
"""Where rows or columns start and stop."""


def box_of(photo: Value, rows: Ends, columns: Ends) -> Value:
    """Return a box of a photo."""
    return photo.part(*rows, 0).part(*columns, 1)


def changed_box(graph: Graph, box: Value, placement: Placed, weight: Value, bias: Value | None = None) -> Value:
    """Return a box of a photo with its change, where it is looked at at all.

    The maps (S, S, 1 or 3) are the change of weight, and the bias in levels: enlarged by a cubic once, then read linearly.
    """
    fine_grid = placement.grid * float(MAP_ENLARGEMENT) + float(1.5 * MAP_ENLARGEMENT - 0.5)
    maps = weight if bias is None else graph.joined(weight, bias, axis=2)
    padded = graph.op("Pad", maps, np.array([1, 1, 0, 1, 1, 0], np.int64)).turned(2, 0, 1)
    found = linear(graph, thrice(graph, padded), fine_grid)
    x = cubic(graph, box, placement.source).to(np.float32)
    y = x * (found + 1.0) if bias is None else x * (found.part(0, -3) + 1.0) + found.part(-3, END)
    y = y.rounded().within(0.0, 255.0).to(np.uint8).turned(1, 2, 0)
    return graph.where(placement.worked.wider(2), y, box)


def put_back(graph: Graph, photo: Value, part: Value, rows: Ends, columns: Ends) -> Value:
    """Return a photo with a part laid over its box."""
    middle = photo.part(*rows, 0)
    middle = graph.joined(middle.part(0, columns[0], 1), part, _rest(middle, columns[1], 1), axis=1)
    return graph.joined(photo.part(0, rows[0], 0), middle, _rest(photo, rows[1], 0), axis=0)


def _rest(picture: Value, start: Value, axis: int) -> Value:
    return picture.part(start, picture.side(axis), axis)
