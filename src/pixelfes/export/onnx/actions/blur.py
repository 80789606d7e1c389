"""Blurring a picture by a deviation that is known only when the graph runs, as OpenCV's GaussianBlur does."""

from __future__ import annotations

import numpy as np

from pixelfes.export.onnx.graph import Graph, Value


def blurred(graph: Graph, picture: Value, across: Value, down: Value) -> Value:
    """Return a picture (C, h, w) float32 that is blurred by these deviations, float64 scalars; mirrored at its border."""
    for axis, deviation in ((2, across), (1, down)):
        reach = ((deviation * 8.0 + 1.0).rounded().to(np.int64)) / 2
        steps = graph.count_up(reach + 1, -reach)
        away = steps.to(np.float64) / deviation
        weights = graph.op("Exp", away * away * -0.5)
        weights = (weights / weights.sum(0)).to(np.float32)
        length = picture.side(axis)
        places = _mirrored(graph, graph.count_up(length).wider(1) + steps, length)
        shape = weights.shaped(1, 1, 1, -1) if axis == 2 else weights.shaped(1, 1, -1, 1)
        picture = (picture.take(places, axis) * shape).sum(axis + 1)
    return picture


def _mirrored(graph: Graph, places: Value, length: Value) -> Value:
    """Return places inside a length: those beyond an end are mirrored there, without the end itself."""
    period = ((length - 1) * 2).greatest(1)
    inside = graph.op("Mod", places, period)
    return inside.least(period - inside)
