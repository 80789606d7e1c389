"""A mesh model as an ONNX graph: a photo, the landmarks of a face in it and an intensity in, the changed photo out."""

from __future__ import annotations

import numpy as np

from pixelfes.errors import InputError
from pixelfes.export.fixed_maps import fixed_maps
from pixelfes.export.onnx.graph import END, Graph, Value
from pixelfes.export.onnx.grid import visible
from pixelfes.export.onnx.light import light
from pixelfes.export.onnx.mouth_view import teeth_share
from pixelfes.export.onnx.placement import Placed, placed
from pixelfes.export.onnx.plan import PlannedChange, planned_change
from pixelfes.export.onnx.regressors import constant
from pixelfes.export.onnx.sampling import cubic, linear, thrice
from pixelfes.expression.amounts import IN_THE_LIGHT, SHADE, TEETH_FROM
from pixelfes.expression.base import LARGEST_INTENSITY
from pixelfes.expression.synthesis import Learned
from pixelfes.face.composite import MAP_ENLARGEMENT
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
    placement = placed(graph, registration, landmarks, change, photo, seen)
    maps = graph.joined(*(part.to(np.float32) * seen.wider(2) for part in (added, lit * 255.0)), axis=2)
    changed = _changed(graph, _box(photo, placement), placement, maps)
    graph.output("out", _put_back(graph, photo, changed, placement), sides)
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


def _box(photo: Value, placement: Placed) -> Value:
    return photo.part(*placement.rows, 0).part(*placement.columns, 1)


def _changed(graph: Graph, box: Value, placement: Placed, maps: Value) -> Value:
    """Return the box with its change, where it is looked at at all; see `pixelfes.face.composite`.

    The maps (S, S, 4 or 6) are the change of weight, and the bias in levels: enlarged by a cubic once, then read linearly.
    """
    fine_grid = placement.grid * float(MAP_ENLARGEMENT) + float(1.5 * MAP_ENLARGEMENT - 0.5)
    padded = graph.op("Pad", maps, np.array([1, 1, 0, 1, 1, 0], np.int64)).turned(2, 0, 1)
    found = linear(graph, thrice(graph, padded), fine_grid)
    x = cubic(graph, box, placement.source).to(np.float32)
    y = x * (found.part(0, -3) + 1.0) + found.part(-3, END)
    y = y.rounded().within(0.0, 255.0).to(np.uint8).turned(1, 2, 0)
    return graph.where(placement.worked.wider(2), y, box)


def _put_back(graph: Graph, photo: Value, part: Value, placement: Placed) -> Value:
    middle = photo.part(*placement.rows, 0)
    middle = graph.joined(middle.part(0, placement.columns[0], 1), part, _rest(middle, placement.columns[1], 1), axis=1)
    return graph.joined(photo.part(0, placement.rows[0], 0), middle, _rest(photo, placement.rows[1], 0), axis=0)


def _rest(picture: Value, start: Value, axis: int) -> Value:
    return picture.part(start, picture.side(axis), axis)
