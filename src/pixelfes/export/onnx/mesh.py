"""A mesh model as an ONNX graph: a photo, the landmarks of a face in it and an intensity in, the changed photo out."""

from __future__ import annotations

import numpy as np

from pixelfes.errors import InputError
from pixelfes.export.fixed_maps import fixed_maps
from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.export.onnx.grid import visible
from pixelfes.export.onnx.light import light
from pixelfes.export.onnx.mouth_view import teeth_share
from pixelfes.export.onnx.plan import PlannedChange, planned_change
from pixelfes.export.onnx.regressors import constant
from pixelfes.export.onnx.warp.composite import box_of, changed_box, put_back
from pixelfes.export.onnx.warp.placement import placed
from pixelfes.expression.amounts import IN_THE_LIGHT, SHADE, TEETH_FROM
from pixelfes.expression.base import LARGEST_INTENSITY
from pixelfes.expression.synthesis import Learned
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.topology import N_POINTS


def mesh_graph(learned: Learned) -> Graph:
    """Return the graph of a fitted mesh model: Python's synthesis after the landmarks, adapted to the light.

    It does not adapt to burnt or covered skin, to the sharpness and to the grain of a photo: see
    `pixelfes.expression.synthesis.TO_LIGHT`. Lips open and close as with ``teeth="auto"``.

    Its inputs are ``photo``, uint8 (H, W, 3) RGB, a photo or a crop of one of any size, ``landmarks``, float32 (468, 3), the
    points of MediaPipe's face mesh in pixels of the photo (x right, y down, z away from the camera in the same unit,
    the centre of the top left pixel at 0), and ``intensity``, float32 (1,), held within 0 to 1.5; its output ``out``,
    uint8 (H, W, 3).

    Raises
    ------
    InputError
        For a regressor whose map is not the same for every photo.
    """
    weight, bias = fixed_maps(learned.regressor, "mesh")
    registration, displacement = learned.registration, learned.displacement
    if not isinstance(registration, MeshRegistration) or displacement is None:
        raise InputError("the model has no mesh registration")
    graph, sides = Graph(), ("height", "width", 3)
    photo = graph.input("photo", np.uint8, sides)
    landmarks = graph.input("landmarks", np.float32, (N_POINTS, 3)).to(np.float64)
    asked = graph.input("intensity", np.float32, (1,)).shaped().to(np.float64).within(0.0, LARGEST_INTENSITY)
    white, skin = light(graph, photo, landmarks)
    change = planned_change(graph, displacement, landmarks, asked, teeth_share(graph, photo, landmarks, white))
    amount = _amount(graph, registration, change, displacement.full_gap > 0)
    inside = white * (graph.smoothstep(change.opened, *IN_THE_LIGHT) * (1 - SHADE) + SHADE)
    added = (constant(graph, weight).to(np.float64) - 1.0) * amount
    share = constant(graph, registration.mouth_mask).wider(2).to(np.float64)
    lit = constant(graph, bias).to(np.float64) * ((1.0 - share) * skin + share * inside) * amount
    seen = visible(graph, added, lit).to(np.float32)
    placement = placed(graph, registration, landmarks, change.moved, photo, seen, change.still)
    maps = [part.to(np.float32) * seen.wider(2) for part in (added, lit * 255.0)]
    part = box_of(photo, placement.rows, placement.columns)
    changed = changed_box(graph, part, placement, *maps)
    graph.output("out", put_back(graph, photo, changed, placement.rows, placement.columns), sides)
    return graph


def _amount(graph: Graph, registration: MeshRegistration, change: PlannedChange, opens: bool) -> Value:
    """Return how much of the change each pixel of the model grid gets, (S, S, 1); see `expression.amounts.mesh_amount`."""
    face, mouth = constant(graph, registration.face_mask), constant(graph, registration.mouth_mask)
    skin = change.movement.to(np.float32)
    if not opens:
        return (skin * face).wider(2).to(np.float64)
    painted = (1.0 - change.own_teeth) * (change.opened / TEETH_FROM).least(1.0)
    inside = painted.to(np.float32)
    return (((1.0 - mouth) * skin + mouth * inside) * face).wider(2).to(np.float64)
