"""A mesh model as C: what its templates need to know."""

from __future__ import annotations

import numpy as np

from pixelfes.errors import InputError
from pixelfes.export.c.literals import fixed, halves, number, table
from pixelfes.export.c.mesh_parts import (
    bounds,
    drawing_tables,
    eye_tables,
    grid_places,
    light_tables,
    lip_lines,
    lip_numbers,
    pose_reference,
    pose_tables,
    reading_tables,
)
from pixelfes.export.fixed_maps import fixed_maps
from pixelfes.export.plan_numbers import PlanNumbers
from pixelfes.expression import amounts, plan
from pixelfes.expression.actions import resting_face
from pixelfes.expression.displacement import CLOSED_UNTIL, WIDEST_OPEN, Displacement
from pixelfes.expression.synthesis import Learned
from pixelfes.face.appearance import mouth_view
from pixelfes.face.mesh import MeshRegistration

PARTS = (
    "fixed_point",
    "smooth",
    "mesh/head_pose",
    "mesh/points",
    "mesh/luminance",
    "mesh/light",
    "expression/mouth_view",
    "mesh/shown_actions",
    "expression/plan",
    "expression/visible_change",
    "mesh/triangle_order",
    "mesh/raster",
    "mesh/coordinates",
    "mesh/sampling",
    "expression/pixels",
)
"""The templates of the source, in order."""

_ONE = 1 << 15


def mesh_tables(learned: Learned) -> list[str]:
    """Return the constants of a fitted mesh model, as C definitions.

    Raises
    ------
    InputError
        For a model that cannot be exported.
    """
    registration, displacement = learned.registration, learned.displacement
    if not isinstance(registration, MeshRegistration) or displacement is None:
        raise InputError("the model has no mesh registration")
    weight, bias = fixed_maps(learned.regressor, "mesh")
    return [
        *pose_tables(),
        *lip_numbers(),
        *lip_lines(),
        *reading_tables(),
        *eye_tables(),
        *light_tables(),
        *_displacement(displacement),
        *_plan(PlanNumbers.of(displacement)),
        *_mouth_view(),
        *drawing_tables(registration.vertices),
        grid_places(registration.vertices, registration.size),
        *_masks(registration),
        number("MAPS", weight.shape[2]),
        halves("WEIGHT", weight.reshape(-1)),
        halves("BIAS", bias.reshape(-1)),
    ]


def _displacement(displacement: Displacement) -> list[str]:
    return [
        *pose_reference("", displacement.reference),
        fixed("READOUT", displacement.readout),
        number("READOUT_OFFSET", displacement.readout_offset),
        fixed("MOVEMENT", displacement.movement),
        fixed("OPENING", displacement.opening),
        number("RESTING_GAP", displacement.resting_gap),
        number("FULL_GAP", displacement.full_gap),
        number("CLOSED_UNTIL", CLOSED_UNTIL),
        number("WIDEST_OPEN", WIDEST_OPEN),
        number("TEETH_FROM", amounts.TEETH_FROM),
        number("SHADE", amounts.SHADE),
        *bounds("LIGHT", amounts.IN_THE_LIGHT),
    ]


def _plan(numbers: PlanNumbers) -> list[str]:
    taken = numbers.taken_back.astype(np.uint8) if len(numbers.taken_back) else np.zeros(1, np.uint8)
    return [
        number("CHILDLIKE", resting_face.CHILDLIKE),
        number("JAW_OPEN", numbers.jaw_open),
        number("BROW_DOWN", numbers.brow_down),
        number("BROW_UP", numbers.brow_up),
        number("TAKEN_COUNT", len(numbers.taken_back)),
        table("TAKEN", taken),
        fixed("TAKEN_ACTIONS", numbers.actions if len(numbers.actions) else np.zeros(1)),
        table("GAINS", numbers.gains if len(numbers.gains) else np.zeros(1)),
        *bounds("SMILING", plan.SMILING),
        *bounds("CLEAR", plan.CLEAR_ACTION),
        number("TAKEN_BACK_AT", plan.TAKEN_BACK_AT),
        number("PARTED", plan.PARTED),
        number("OWN_TEETH", plan.OWN_TEETH),
        number("BROAD", plan.BROAD),
        number("ROOM_FOR_LIPS", plan.ROOM_FOR_LIPS),
    ]


def _mouth_view() -> list[str]:
    return [
        number("MOUTH_SAMPLES", mouth_view.ROWS),
        number("TEETH_LUMINANCE", mouth_view.TEETH_LUMINANCE),
        number("DARKEST_TEETH", mouth_view.DARKEST_TEETH),
        number("REDDEST_TEETH", mouth_view.REDDEST_TEETH),
        number("LEAST_REDNESS", mouth_view.LEAST_REDNESS),
        number("COLOUR_FLOOR", mouth_view.COLOUR_FLOOR),
    ]


def _masks(registration: MeshRegistration) -> list[str]:
    mouth = np.rint(registration.mouth_mask * _ONE).astype(np.uint16)
    rows, columns = (np.flatnonzero(mouth.any(axis)) for axis in (1, 0))
    part = mouth[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else mouth[:1, :1]
    deep = np.rint(registration.deep_mouth * _ONE).astype(np.uint16)
    deep = deep[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else deep[:1, :1]
    top, left = (int(found[0]) if len(found) else 0 for found in (rows, columns))
    return [
        number("MOUTH_TOP", top),
        number("MOUTH_LEFT", left),
        number("MOUTH_ROWS", part.shape[0]),
        number("MOUTH_COLUMNS", part.shape[1]),
        table("MOUTH", part.ravel()),
        table("DEEP", deep.ravel()),
        table("FACE", np.rint(registration.face_mask * _ONE).astype(np.uint16).ravel()),
    ]
