"""A mesh model as C: what its templates need to know."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray, Array
from pixelfes.errors import InputError
from pixelfes.export.c.literals import fixed, halves, number, scaled_halves, table
from pixelfes.export.cubic_sampling import FRACTIONS, cubic_table, cubic_weights
from pixelfes.export.fixed_maps import fixed_maps
from pixelfes.export.plan_numbers import PlanNumbers
from pixelfes.expression import amounts, plan
from pixelfes.expression.actions import resting_face
from pixelfes.expression.displacement import CLOSED_UNTIL, WIDEST_OPEN, Displacement
from pixelfes.expression.synthesis import Learned
from pixelfes.face import topology
from pixelfes.face.alignment import mean_face
from pixelfes.face.appearance import light, mouth_view
from pixelfes.face.mesh import EYE_DISTANCE_DRAWN, RING_REACH, STILL_DISTANCE, MeshRegistration
from pixelfes.face.raster import FLAT_AREA

PARTS = (
    "fixed_point",
    "mesh/head_pose",
    "mesh/light",
    "mesh/mouth_view",
    "mesh/plan",
    "mesh/visible_change",
    "mesh/triangle_order",
    "mesh/raster",
    "mesh/coordinates",
    "mesh/pixels",
)
"""The templates of the source, in order."""

_ONE = 1 << 15
_LARGEST_FACTOR = 34
_NOWHERE = -8000 * (1 << 18)


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
        *_displacement(displacement),
        *_plan(PlanNumbers.of(displacement)),
        *_mouth(),
        *_light(),
        *_registration(registration),
        number("MAPS", weight.shape[2]),
        halves("WEIGHT", weight.reshape(-1)),
        halves("BIAS", bias.reshape(-1)),
        table("CUBIC", cubic_table().reshape(FRACTIONS**2, 16)),
        table("TAPS", taps()),
    ]


def taps() -> AnyArray:
    """Return what four grid pixels count for at every 96th of one, (96, 4) int16, 14 fractional bits.

    The map is enlarged three times by a cubic, and read linearly between those. The first third begins one pixel earlier.
    """
    before, after = cubic_weights(np.float32(2 / 3)), cubic_weights(np.float32(1 / 3))
    ends = [(before, [0, 0, 1, 0]), ([0, 1, 0, 0], after), (after, before)]
    rows = []
    for start, stop in ends:
        for k in range(FRACTIONS):
            share = k / FRACTIONS
            rows.append((1 - share) * np.asarray(start, np.float64) + share * np.asarray(stop, np.float64))
    return np.asarray(np.rint(np.array(rows) * (1 << 14)), np.int16)


def _indices(name: str, points: tuple[int, ...]) -> str:
    return table(name, np.array(points, np.uint16))


def _displacement(displacement: Displacement) -> list[str]:
    upper, lower = topology.INNER_LIPS
    return [
        number("STABLE_COUNT", len(topology.STABLE_POINTS)),
        _indices("STABLE", topology.STABLE_POINTS),
        *_pose_reference("", displacement.reference),
        *_pose_reference("HEAD_", mean_face()),
        fixed("READOUT", displacement.readout),
        number("READOUT_OFFSET", displacement.readout_offset),
        fixed("MOVEMENT", displacement.movement),
        fixed("OPENING", displacement.opening),
        number("UPPER_LIP", upper),
        number("LOWER_LIP", lower),
        number("RESTING_GAP", displacement.resting_gap),
        number("FULL_GAP", displacement.full_gap),
        number("CLOSED_UNTIL", CLOSED_UNTIL),
        number("WIDEST_OPEN", WIDEST_OPEN),
        number("TEETH_FROM", amounts.TEETH_FROM),
        number("SHADE", amounts.SHADE),
        *_range("LIGHT", amounts.IN_THE_LIGHT),
        number("OVAL_COUNT", len(topology.OVAL)),
        _indices("OVAL", topology.OVAL),
        number("RING_REACH", RING_REACH),
    ]


def _pose_reference(prefix: str, reference: Array) -> list[str]:
    targets = reference[list(topology.STABLE_POINTS)]
    origin = targets.mean(0)
    spread = targets - origin
    size = number(f"{prefix}SPREAD_SIZE", float((spread**2).sum()))
    return [table(f"{prefix}SPREAD", spread), table(f"{prefix}ORIGIN", origin), size]


def _range(name: str, ends: tuple[float, float]) -> list[str]:
    return [number(f"{name}_FROM", ends[0]), number(f"{name}_TO", ends[1])]


def _plan(numbers: PlanNumbers) -> list[str]:
    resting = numbers.resting
    right, left = topology.MOUTH_CORNERS
    taken = numbers.taken_back.astype(np.uint8) if len(numbers.taken_back) else np.zeros(1, np.uint8)
    return [
        number("ACTIONS", len(resting.names)),
        scaled_halves("ACTION_READOUTS", resting.readouts),
        table("OFFSETS", resting.offsets),
        table("SCALE", resting.scale),
        table("INVERSE", resting.inverse),
        table("ACTION_MEASURES", resting.action_measures),
        table("MEAN_MEASURES", resting.mean_measures),
        table("ADULT_DEVIATIONS", resting_face.ADULT_DEVIATIONS),
        number("CHILDLIKE", resting_face.CHILDLIKE),
        number("ROUNDS", resting_face.ROUNDS),
        number("STEP", resting_face.STEP),
        number("CHIN", resting_face.CHIN),
        number("LEFT_CORNER", left),
        number("RIGHT_CORNER", right),
        number("SMILE", numbers.smile),
        number("JAW_OPEN", numbers.jaw_open),
        number("BROW_DOWN", numbers.brow_down),
        number("BROW_UP", numbers.brow_up),
        number("TAKEN_COUNT", len(numbers.taken_back)),
        table("TAKEN", taken),
        fixed("TAKEN_ACTIONS", numbers.actions if len(numbers.actions) else np.zeros(1)),
        table("GAINS", numbers.gains if len(numbers.gains) else np.zeros(1)),
        *_range("SMILING", plan.SMILING),
        *_range("CLEAR", plan.CLEAR_ACTION),
        *_range("TURNED", plan.TURNED),
        number("TAKEN_BACK_AT", plan.TAKEN_BACK_AT),
        number("PARTED", plan.PARTED),
        number("OWN_TEETH", plan.OWN_TEETH),
        number("BROAD", plan.BROAD),
        number("ROOM_FOR_LIPS", plan.ROOM_FOR_LIPS),
        number("UPPER_LIP_SHARE", plan.UPPER_LIP_SHARE),
        fixed("NORMALS", numbers.normals),
        fixed("FROM_FRONT", numbers.from_front),
    ]


def _mouth() -> list[str]:
    return [
        number("LIP_PAIRS", len(mouth_view.UPPER_INNER) - 2),
        _indices("UPPER_INNER", mouth_view.UPPER_INNER),
        _indices("LOWER_INNER", mouth_view.LOWER_INNER),
        _indices("UPPER_OUTER", mouth_view.UPPER_OUTER),
        _indices("LOWER_OUTER", mouth_view.LOWER_OUTER),
        number("MOUTH_SAMPLES", mouth_view.ROWS),
        number("TEETH_LUMINANCE", mouth_view.TEETH_LUMINANCE),
        number("DARKEST_TEETH", mouth_view.DARKEST_TEETH),
        number("REDDEST_TEETH", mouth_view.REDDEST_TEETH),
        number("LEAST_REDNESS", mouth_view.LEAST_REDNESS),
        number("COLOUR_FLOOR", mouth_view.COLOUR_FLOOR),
    ]


def _light() -> list[str]:
    return [
        number("PATCH", light.SKIN_PATCH_REACH),
        number("CHEEKS_COUNT", len(topology.CHEEKS_AND_FOREHEAD)),
        _indices("CHEEKS", topology.CHEEKS_AND_FOREHEAD),
        number("EYE_COUNT", len(topology.RIGHT_EYE)),
        _indices("RIGHT_EYE", topology.RIGHT_EYE),
        _indices("LEFT_EYE", topology.LEFT_EYE),
        number("FEWEST_PIXELS", light.FEWEST_EYE_PIXELS),
        table("EYE_WHITE_RANGE", np.array(light.EYE_WHITE_RANGE, np.uint8)),
        number("DARKEST", light.DARKEST_COLOUR),
        number("EYE_BRIGHTNESS", light.EYE_BRIGHTNESS),
        number("EYE_COLOUR", light.EYE_COLOUR),
        number("BRIGHT_EYES", light.BRIGHT_EYES),
        number("BRIGHT_TO_TYPICAL", light.BRIGHT_TO_TYPICAL),
        *_range("TOO_BRIGHT", light.TOO_BRIGHT),
        *_range("TOO_DARK", light.TOO_DARK),
        table("TINT_WEIGHTS", light.TINT_WEIGHTS),
        *_range("OTHER_TINT", light.OTHER_TINT),
        number("TYPICAL_LEVEL", light.TYPICAL_LEVEL),
        number("SKIN_POWER", light.SKIN_POWER),
        number("EYE_POWER", light.EYE_POWER),
        number("MOST_WHITE", light.MOST_WHITE),
        number("AT_LEAST_SKIN", light.LEAST_WHITE_TO_SKIN),
        number("AT_LEAST_EYES", light.LEAST_WHITE_TO_EYES),
        number("LEVEL_LOW", light.WHITE_RANGE[0]),
        number("LEVEL_HIGH", light.WHITE_RANGE[1]),
        number("WHITE_TINT", light.EYE_TINT_SHARE),
        number("SKIN_TINT", light.SKIN_TINT_SHARE),
    ]


def _registration(registration: MeshRegistration) -> list[str]:
    mesh, side = topology.face_topology(), registration.size
    vertices = registration.vertices
    column, row = np.clip(np.round(vertices), 0, side - 1).astype(int).T
    inside = (vertices >= 0).all(1) & (vertices <= side - 1).all(1)
    places = np.where(inside, row * side + column, 0xFFFFFFFF).astype(np.uint32)
    mouth = np.rint(registration.mouth_mask * _ONE).astype(np.uint16)
    rows, columns = (np.flatnonzero(mouth.any(axis)) for axis in (1, 0))
    part = mouth[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else mouth[:1, :1]
    deep = np.rint(registration.deep_mouth * _ONE).astype(np.uint16)
    deep = deep[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else deep[:1, :1]
    top, left = (int(found[0]) if len(found) else 0 for found in (rows, columns))
    return [
        number("RING_TRIANGLES", int((mesh.region == topology.Region.RING).sum())),
        table("TRIANGLES", mesh.triangles.astype(np.uint16)),
        table("SKIN", np.packbits(mesh.region == topology.Region.SKIN, bitorder="little")),
        table("GRID_VERTICES", np.rint(vertices * 65536).astype(np.int32)),
        table("GRID_PLACE", places),
        number("MOUTH_TOP", top),
        number("MOUTH_LEFT", left),
        number("MOUTH_ROWS", part.shape[0]),
        number("MOUTH_COLUMNS", part.shape[1]),
        table("MOUTH", part.ravel()),
        table("DEEP", deep.ravel()),
        table("FACE", np.rint(registration.face_mask * _ONE).astype(np.uint16).ravel()),
        number("STILL", STILL_DISTANCE),
        number("EYE_DISTANCE_DRAWN", EYE_DISTANCE_DRAWN),
        number("LARGEST_FACTOR", _LARGEST_FACTOR),
        number("FLAT", FLAT_AREA),
        number("NOWHERE", _NOWHERE),
    ]
