"""Facial actions as an ONNX graph: a photo, a face in it, sizes of actions and a gaze in, the changed photo out."""

from __future__ import annotations

import numpy as np

from pixelfes.export.onnx.actions.lids import with_eye
from pixelfes.export.onnx.actions.mouth import with_inside
from pixelfes.export.onnx.actions.planning import PlannedActions, planned_actions
from pixelfes.export.onnx.actions.shading import shading_change
from pixelfes.export.onnx.actions.sizes import mixed_sizes
from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.export.onnx.warp.composite import box_of, changed_box, put_back
from pixelfes.export.onnx.warp.placement import placed
from pixelfes.expression.actions.action_set import ActionSet, skin_registration
from pixelfes.expression.actions.draw.lips import finely_drawn
from pixelfes.expression.actions.draw.shading import DRAWN_SIZE, LEAST_CHANGE
from pixelfes.face.topology import N_POINTS


def actions_graph(actions: ActionSet) -> Graph:
    """Return the graph of facial actions: Python's drawing of them, adapted to the light; see `TO_LIGHT`.

    Its inputs are ``photo``, uint8 (H, W, 3) RGB, a photo or a crop of one of any size, ``landmarks``, float32 (468, 3), the
    points of MediaPipe's face mesh in pixels of the photo (x right, y down, z away from the camera in the same unit, the
    centre of the top left pixel at 0), ``actions``, float32 (K,), sizes in the order of the names, held within 0 and their
    caps, and ``gaze``, float32 (2,), degrees to the person's left and up, held within 45; its output ``out``, uint8
    (H, W, 3). If all sizes are 0, no bit changes.
    """
    graph, sides = Graph(), ("height", "width", 3)
    photo = graph.input("photo", np.uint8, sides)
    landmarks = graph.input("landmarks", np.float32, (N_POINTS, 3)).to(np.float64)
    weights = graph.input("actions", np.float32, (len(actions.names),)).to(np.float64)
    gaze = graph.input("gaze", np.float32, (2,)).to(np.float64)
    sizes = mixed_sizes(graph, actions.names, weights, gaze)
    plan = planned_actions(graph, actions, landmarks, sizes)
    picture = _with_moved_skin(graph, plan, shading_change(graph, actions, plan), photo)
    for side in ("_L", "_R"):
        picture = with_eye(graph, plan, side, photo, picture)
    graph.output("out", with_inside(graph, plan, photo, picture), sides)
    return graph


def _with_moved_skin(graph: Graph, plan: PlannedActions, weight: Value, photo: Value) -> Value:
    """Return a photo whose skin is warped and shaded; see `pixelfes.expression.actions.draw.shading.warp_skin`."""
    registration = finely_drawn(skin_registration(DRAWN_SIZE))
    changed = (weight.absolute() > LEAST_CHANGE).to(np.float32).shaped(DRAWN_SIZE, DRAWN_SIZE)
    place = placed(graph, registration, plan.landmarks, plan.moved, photo, changed, ring_reach=plan.ring_reach)
    part = changed_box(graph, box_of(photo, place.rows, place.columns), place, weight)
    return put_back(graph, photo, part, place.rows, place.columns)
