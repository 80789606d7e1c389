"""A mesh model as C: what its templates need to know."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.export.c.literals import fixed, halves, number, table
from pixelfes.export.cubic_sampling import FRACTIONS, cubic_table, cubic_weights
from pixelfes.export.fixed_maps import fixed_maps
from pixelfes.expression.displacement import CLOSED_UNTIL, Displacement
from pixelfes.expression.synthesis import OPENING_UNTIL_SEEN, TEETH_OF_ITS_OWN, Learned
from pixelfes.face import light, topology
from pixelfes.face.mesh import EYE_DISTANCE_DRAWN, RING_REACH, STILL_DISTANCE, MeshRegistration
from pixelfes.face.raster import FLAT_AREA

PARTS = (
    "fixed_point",
    "mesh/displacement",
    "mesh/light",
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
    targets = displacement.reference[list(topology.STABLE_POINTS)]
    origin = targets.mean(0)
    spread = targets - origin
    upper, lower = topology.INNER_LIPS
    return [
        number("STABLE_COUNT", len(topology.STABLE_POINTS)),
        _indices("STABLE", topology.STABLE_POINTS),
        table("SPREAD", spread),
        table("ORIGIN", origin),
        number("SPREAD_SIZE", float((spread**2).sum())),
        fixed("READOUT", displacement.readout),
        number("READOUT_OFFSET", displacement.readout_offset),
        fixed("MOVEMENT", displacement.movement),
        fixed("OPENING", displacement.opening),
        number("UPPER_LIP", upper),
        number("LOWER_LIP", lower),
        number("RESTING_GAP", displacement.resting_gap),
        number("FULL_GAP", displacement.full_gap),
        number("CLOSED_UNTIL", CLOSED_UNTIL),
        number("OPENING_UNTIL_SEEN", OPENING_UNTIL_SEEN),
        number("TEETH_FROM", TEETH_OF_ITS_OWN[0]),
        number("TEETH_TO", TEETH_OF_ITS_OWN[1]),
        number("OVAL_COUNT", len(topology.OVAL)),
        _indices("OVAL", topology.OVAL),
        number("RING_REACH", RING_REACH),
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
        number("TYPICAL_WHITE", light.TYPICAL_EYE_WHITE),
        number("NOISE", light.EXPOSURE_NOISE),
        number("FOLLOW_NOISE", light.EXPOSURE_NOISE_SHARE),
        number("AT_LEAST_SKIN", light.LEAST_WHITE_TO_SKIN),
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
        table("FACE", np.rint(registration.face_mask * _ONE).astype(np.uint16).ravel()),
        number("STILL", STILL_DISTANCE),
        number("EYE_DISTANCE_DRAWN", EYE_DISTANCE_DRAWN),
        number("LARGEST_FACTOR", _LARGEST_FACTOR),
        number("FLAT", FLAT_AREA),
        number("NOWHERE", _NOWHERE),
    ]
