"""The constants that every mesh program needs: the pose of the head, what it shows, the light, the mesh and its drawing."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray, Array
from pixelfes.export.c.literals import fixed, number, scaled_halves, table
from pixelfes.export.cubic_sampling import FRACTIONS, cubic_table, cubic_weights
from pixelfes.expression import plan
from pixelfes.expression.actions import resting_face
from pixelfes.expression.plan import seen_from_front
from pixelfes.face import topology
from pixelfes.face.alignment import mean_face, surface_normals
from pixelfes.face.appearance import light, mouth_view
from pixelfes.face.mesh import EYE_DISTANCE_DRAWN, RING_REACH, STILL_DISTANCE
from pixelfes.face.raster import FLAT_AREA

_LARGEST_FACTOR = 34
_NOWHERE = -8000 * (1 << 18)


def indices(name: str, points: tuple[int, ...]) -> str:
    """Return a table of points."""
    return table(name, np.array(points, np.uint16))


def bounds(name: str, ends: tuple[float, float]) -> list[str]:
    """Return where a range starts and ends."""
    return [number(f"{name}_FROM", ends[0]), number(f"{name}_TO", ends[1])]


def pose_tables() -> list[str]:
    """Return what finds the pose of the head, how well its points are seen, and the ring around it."""
    return [
        number("STABLE_COUNT", len(topology.STABLE_POINTS)),
        indices("STABLE", topology.STABLE_POINTS),
        *pose_reference("HEAD_", mean_face()),
        fixed("NORMALS", surface_normals()),
        fixed("FROM_FRONT", seen_from_front()),
        *bounds("TURNED", plan.TURNED),
        number("UPPER_LIP_SHARE", plan.UPPER_LIP_SHARE),
        number("OVAL_COUNT", len(topology.OVAL)),
        indices("OVAL", topology.OVAL),
        number("RING_REACH", RING_REACH),
    ]


def pose_reference(prefix: str, reference: Array) -> list[str]:
    """Return what a pose is found against."""
    targets = reference[list(topology.STABLE_POINTS)]
    origin = targets.mean(0)
    spread = targets - origin
    size = number(f"{prefix}SPREAD_SIZE", float((spread**2).sum()))
    return [table(f"{prefix}SPREAD", spread), table(f"{prefix}ORIGIN", origin), size]


def lip_numbers() -> list[str]:
    """Return the middle and the corners of the lips, and how many pairs of points they have beside these."""
    upper, lower = topology.INNER_LIPS
    right, left = topology.MOUTH_CORNERS
    return [
        number("UPPER_LIP", upper),
        number("LOWER_LIP", lower),
        number("LEFT_CORNER", left),
        number("RIGHT_CORNER", right),
        number("CHIN", resting_face.CHIN),
        number("LIP_PAIRS", len(mouth_view.UPPER_INNER) - 2),
    ]


def lip_lines() -> list[str]:
    """Return the lines of points along the edges of the lips."""
    return [
        indices("UPPER_INNER", mouth_view.UPPER_INNER),
        indices("LOWER_INNER", mouth_view.LOWER_INNER),
        indices("UPPER_OUTER", mouth_view.UPPER_OUTER),
        indices("LOWER_OUTER", mouth_view.LOWER_OUTER),
    ]


def reading_tables() -> list[str]:
    """Return what reads the actions that a face shows, and how childlike it is."""
    resting = resting_face.resting_face()
    return [
        number("ACTIONS", len(resting.names)),
        number("SMILE", resting.names.index(resting_face.SMILE)),
        scaled_halves("ACTION_READOUTS", resting.readouts),
        table("OFFSETS", resting.offsets),
        table("SCALE", resting.scale),
        table("INVERSE", resting.inverse),
        table("ACTION_MEASURES", resting.action_measures),
        table("MEAN_MEASURES", resting.mean_measures),
        table("ADULT_DEVIATIONS", resting_face.ADULT_DEVIATIONS),
        number("ROUNDS", resting_face.ROUNDS),
        number("STEP", resting_face.STEP),
    ]


def eye_tables() -> list[str]:
    """Return the outlines of the eyes."""
    return [
        number("EYE_COUNT", len(topology.RIGHT_EYE)),
        indices("RIGHT_EYE", topology.RIGHT_EYE),
        indices("LEFT_EYE", topology.LEFT_EYE),
    ]


def light_tables() -> list[str]:
    """Return what reads the light of a photo."""
    return [
        number("PATCH", light.SKIN_PATCH_REACH),
        number("CHEEKS_COUNT", len(topology.CHEEKS_AND_FOREHEAD)),
        indices("CHEEKS", topology.CHEEKS_AND_FOREHEAD),
        number("FEWEST_PIXELS", light.FEWEST_EYE_PIXELS),
        table("EYE_WHITE_RANGE", np.array(light.EYE_WHITE_RANGE, np.uint8)),
        number("DARKEST", light.DARKEST_COLOUR),
        number("EYE_BRIGHTNESS", light.EYE_BRIGHTNESS),
        number("EYE_COLOUR", light.EYE_COLOUR),
        number("BRIGHT_EYES", light.BRIGHT_EYES),
        number("BRIGHT_TO_TYPICAL", light.BRIGHT_TO_TYPICAL),
        *bounds("TOO_BRIGHT", light.TOO_BRIGHT),
        *bounds("TOO_DARK", light.TOO_DARK),
        table("TINT_WEIGHTS", light.TINT_WEIGHTS),
        *bounds("OTHER_TINT", light.OTHER_TINT),
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


def drawing_tables(vertices: Array, eye_distance_drawn: float = EYE_DISTANCE_DRAWN) -> list[str]:
    """Return the mesh, its place on the model grid, (504, 2), and how both are drawn."""
    mesh = topology.face_topology()
    return [
        number("RING_TRIANGLES", int((mesh.region == topology.Region.RING).sum())),
        table("TRIANGLES", mesh.triangles.astype(np.uint16)),
        table("SKIN", np.packbits(mesh.region == topology.Region.SKIN, bitorder="little")),
        table("GRID_VERTICES", np.rint(vertices * 65536).astype(np.int32)),
        number("STILL", STILL_DISTANCE),
        number("EYE_DISTANCE_DRAWN", eye_distance_drawn),
        number("LARGEST_FACTOR", _LARGEST_FACTOR),
        number("FLAT", FLAT_AREA),
        number("NOWHERE", _NOWHERE),
        table("CUBIC", cubic_table().reshape(FRACTIONS**2, 16)),
        table("TAPS", taps()),
    ]


def grid_places(vertices: Array, side: int) -> str:
    """Return the grid pixel of each vertex (504, 2); none for those outside the grid."""
    column, row = np.clip(np.round(vertices), 0, side - 1).astype(int).T
    inside = (vertices >= 0).all(1) & (vertices <= side - 1).all(1)
    return table("GRID_PLACE", np.where(inside, row * side + column, 0xFFFFFFFF).astype(np.uint32))


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
