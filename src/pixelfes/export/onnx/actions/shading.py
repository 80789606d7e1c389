"""How facial actions shade skin, as a part of an ONNX graph: `pixelfes.expression.actions.draw.shading`."""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.export.onnx.actions.planning import PlannedActions, Sides
from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.export.onnx.plan import childlikeness, shown_actions
from pixelfes.export.onnx.regressors import constant
from pixelfes.expression.actions.action_set import GRID_SIZE, SHADING_UNIT, ActionSet
from pixelfes.expression.actions.draw import shading as reference
from pixelfes.expression.actions.draw.furrows import FURROWS, STEPS_OF_DEPTH, furrow_pictures
from pixelfes.expression.actions.draw.shading import DRAWN_SIZE, calm_share, shaded_share
from pixelfes.expression.actions.resting_face import resting_face


def shading_change(graph: Graph, actions: ActionSet, plan: PlannedActions) -> Value:
    """Return the change of the weight, w - 1, that planned actions make, (S, S, 1) float32."""
    logarithm = _enlarged(graph, _stored(graph, actions, plan)) + _furrows(graph, plan) * _furrowed_share(graph, plan)
    factor = graph.op("Exp", logarithm.within(*reference.SHADED)) - 1.0
    weight = factor * constant(graph, shaded_share(DRAWN_SIZE))
    calm = constant(graph, calm_share(DRAWN_SIZE))
    return (weight - calm * ((calm * weight).sum(0, 1) / (calm * calm).sum(0, 1))).wider(2)


def _stored(graph: Graph, actions: ActionSet, plan: PlannedActions) -> Value:
    """Return the sum of the stored shadings, (56, 56) float32."""
    steps = np.rint(actions.shading / SHADING_UNIT).astype(np.int8).reshape(len(actions.names), -1)
    sums = Sides.of(actions.names).summed(graph, plan.sizes.to(np.float32), steps)
    left, right = (part.shaped(GRID_SIZE, GRID_SIZE) for part in sums)
    return (left + right.take(np.arange(GRID_SIZE)[::-1], 1)) * SHADING_UNIT


def _enlarged(graph: Graph, picture: Value) -> Value:
    """Return a picture twice as large, as OpenCV's cubic makes it."""
    matrix = cv2.resize(np.eye(GRID_SIZE, dtype=np.float32), (GRID_SIZE, DRAWN_SIZE), interpolation=cv2.INTER_CUBIC)
    return constant(graph, matrix) @ picture @ constant(graph, matrix).turned(1, 0)


def _furrows(graph: Graph, plan: PlannedActions) -> Value:
    """Return `furrow_shading`, (112, 112) float32."""
    parts = []
    for furrow, (picture, _) in zip(FURROWS, furrow_pictures(DRAWN_SIZE), strict=True):
        rows, columns = np.nonzero(picture)
        low, high = (np.array([end(rows), end(columns)]) for end in (np.min, np.max))
        steps = np.rint(picture[low[0] : high[0] + 1, low[1] : high[1] + 1] * STEPS_OF_DEPTH).astype(np.int8)
        unit = furrow.depth / STEPS_OF_DEPTH
        for side in ("_L", "_R"):
            drawn = graph.value(steps if side == "_L" else np.ascontiguousarray(steps[:, ::-1])).to(np.float32)
            left = low[1] if side == "_L" else DRAWN_SIZE - 1 - high[1]
            ends = (low[0], left, DRAWN_SIZE - low[0] - steps.shape[0], DRAWN_SIZE - left - steps.shape[1])
            depth = plan.size(f"{furrow.action}{side}").to(np.float32) * unit
            parts.append(graph.op("Pad", drawn * depth, np.array(ends, np.int64)))
    return sum(parts[1:], parts[0])


def _furrowed_share(graph: Graph, plan: PlannedActions) -> Value:
    """Return how deep furrows are drawn, a float32 scalar: not at all on small children."""
    resting = resting_face()
    likeness = childlikeness(graph, resting, plan.shape, shown_actions(graph, resting, plan.shape))
    return (1.0 - graph.smoothstep(likeness, *reference.CHILDLIKE)).to(np.float32)
