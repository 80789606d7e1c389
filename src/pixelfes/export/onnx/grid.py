"""A grid model as an ONNX graph: a registered crop and an intensity in, the changed crop out."""

from __future__ import annotations

import numpy as np

from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.export.onnx.regressors import box_blur, constant, regressor_maps
from pixelfes.expression.base import LARGEST_INTENSITY
from pixelfes.expression.synthesis import VISIBLE, Learned


def grid_graph(learned: Learned) -> Graph:
    """Return the graph of a fitted grid model.

    Its inputs are ``crop``, uint8 (S, S, 3) RGB, the face with its eyes and mouth at the places of
    `pixelfes.face.grid.ANCHORS`, and ``intensity``, float32 (1,), held within 0 to 1.5; its output ``out``, uint8 (S, S, 3).
    """
    graph, side = Graph(), learned.registration.size
    crop = graph.input("crop", np.uint8, (side, side, 3)).to(np.float32)
    intensity = graph.input("intensity", np.float32, (1,)).within(0.0, LARGEST_INTENSITY)
    weight, bias = regressor_maps(graph, learned.regressor, crop)
    amount = (constant(graph, learned.registration.face_mask) * intensity).wider(2)
    added, lit = (weight - 1.0) * amount, bias * amount
    seen = visible(graph, added, lit).wider(2)
    out = crop * (added * seen + 1.0) + lit * seen * 255.0
    graph.output("out", out.rounded().within(0.0, 255.0).to(np.uint8), (side, side, 3))
    return graph


def visible(graph: Graph, added: Value, lit: Value) -> Value:
    """Return where a change (S, S, C) of weight and bias can be seen at all, (S, S), 0 to 1; as in `expression.synthesis`."""
    largest = added.absolute().max(2).greatest(lit.absolute().max(2))
    return graph.smoothstep(box_blur(graph, largest), *VISIBLE)
