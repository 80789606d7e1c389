"""Eyes and mouths as C: what the templates that draw them need to know."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pixelfes.export.c.choice import when
from pixelfes.export.c.literals import number, table
from pixelfes.export.c.mesh_parts import bounds, light_tables, lip_lines
from pixelfes.expression.actions.action_set import ActionSet
from pixelfes.expression.actions.draw import eyes, iris, mouth, opening
from pixelfes.face import topology
from pixelfes.face.appearance.mouth_view import UPPER_INNER

_GAZE = ("eyeLookOut", "eyeLookIn", "eyeLookUp", "eyeLookDown")
_FACES = (number("SMALLEST_FACE", 4), number("LARGEST_FACE", 1 << 13))
_FADES = 161
"""Count of 16ths of an exponent up to which an exponential is stored."""


def opening_tables(actions: ActionSet) -> list[str]:
    """Return the constants of eyes and mouths, as C definitions."""
    return [
        *when("OPENINGS", _curves()),
        *when("PIXELFES_MOUTH", [*lip_lines(), *light_tables(), *_mouth()]),
        *when("PIXELFES_EYES", _eyes(actions)),
    ]


def _curves() -> list[str]:
    fades = np.rint((1 << 15) * np.exp(-np.arange(_FADES) / 16)).astype(np.uint16)
    return [number("FADES_COUNT", _FADES), table("FADES", fades), *_FACES]


def _smoother(name: str, count: int) -> str:
    return table(name, np.rint(opening.smoother(count) * (1 << 28)).astype(np.int32).ravel())


def _mouth() -> list[str]:
    sines = ((1 << 15) - 1) * np.sin(2 * np.pi * np.arange(257) / 256)
    return [
        table("SINES", np.rint(sines).astype(np.int16)),
        _smoother("MOUTH_SMOOTHER", len(UPPER_INNER)),
        number("LIPS_COUNT", 2 * (len(UPPER_INNER) - 4)),
        number("OPENED", mouth.OPENED),
        number("MOUTH_MARGIN", mouth.MARGIN),
        number("MOUTH_SOFTNESS", mouth.SOFTNESS),
        *bounds("OWN_GAP", mouth.OWN_GAP),
        *bounds("WIDE", mouth.WIDE),
        number("DARK", mouth.DARK),
        number("TONGUE", mouth.TONGUE),
        number("GUM", mouth.GUM),
        number("GUM_HEIGHT", mouth.GUM_HEIGHT),
        number("TOOTH_WIDTH", mouth.TOOTH_WIDTH),
        number("LIP_SHADOW", mouth.LIP_SHADOW),
        number("SHADOW_DEPTH", mouth.SHADOW_DEPTH),
        *bounds("TONGUE_SHOWN", mouth.TONGUE_FROM),
        *bounds("LOWER_TEETH", mouth.LOWER_TEETH_FROM),
        *bounds("WIDTH_RATIOS", mouth.WIDTH_RATIOS),
        *_teeth(mouth.teeth_picture()),
    ]


def _teeth(teeth: mouth.TeethPicture) -> list[str]:
    """Return the rows of the teeth that differ from the one above them, brightness and alpha in bytes."""
    pictures = np.rint(np.stack([teeth.colours[..., 0], teeth.shown]) * 255).astype(np.uint8)
    top = int(np.flatnonzero((pictures[:, 1:] != pictures[:, :1]).any((0, 2)))[0])
    bottom = int(np.flatnonzero(pictures[1].any(1))[-1]) + 1
    part = pictures[:, top:bottom]
    return [
        number("TEETH_STEP", mouth.STEP),
        number("TEETH_MOUTH_WIDTH", teeth.mouth_width),
        number("TEETH_LEFT_32NDS", round(32 * mouth.HALF_WIDTH / mouth.STEP)),
        number("TEETH_ABOVE_32NDS", round(32 * mouth.ABOVE / mouth.STEP)),
        number("TEETH_TOP", top),
        number("TEETH_ROWS", part.shape[1]),
        number("TEETH_COLUMNS", part.shape[2]),
        table("TEETH", part.reshape(2, -1)),
    ]


def _eyes(actions: ActionSet) -> list[str]:
    across, along = (int(2 * reach / iris.STEP + 1e-6) + 1 for reach in (iris.REACH_ACROSS, iris.REACH_DOWN))
    turns = [[actions.index[f"{name}{side}"] for name in _GAZE] for side in ("_L", "_R")]
    sides = np.column_stack([np.cos(iris.SIDES), np.sin(iris.SIDES)])
    return [
        _smoother("EYE_SMOOTHER", len(topology.RIGHT_EYE) // 2 + 1),
        number("EYE_LINE", len(topology.RIGHT_EYE) // 2 + 1),
        table("GAZE_ACTIONS", np.array(turns, np.uint8)),
        *_points_of_sides("LID_TOP", eyes.LID_TOP),
        *_points_of_sides("LOWER_BROW", eyes.LOWER_BROW),
        number("BROW_COUNT", len(eyes.LOWER_BROW["_L"])),
        number("BALL_RADIUS", eyes.BALL_RADIUS),
        number("EYE_SOFTNESS", eyes.SOFTNESS),
        number("EYE_STILL", eyes.STILL),
        number("EYE_MARGIN", eyes.MARGIN),
        number("LASH_BAND", eyes.LASH_BAND),
        number("LASH_WIDTH", eyes.LASH_WIDTH),
        number("LASH_PLACES", len(eyes.lash_places()[0])),
        *bounds("CLOSING", eyes.CLOSING),
        *bounds("LASHES_SHOWN", eyes.LASHES_SHOWN),
        *bounds("SHUT", eyes.SHUT),
        number("LOWER_MARGIN", eyes.LOWER_MARGIN),
        *bounds("LOWER_FADE", eyes.LOWER_FADE),
        number("LID_SHADOW", eyes.SHADOW),
        number("LID_SHADOW_DEPTH", eyes.SHADOW_DEPTH),
        number("IRIS_RADIUS", iris.RADIUS),
        number("IRIS_STEP", iris.STEP),
        number("IRIS_REACH_ACROSS", iris.REACH_ACROSS),
        number("IRIS_REACH_DOWN", iris.REACH_DOWN),
        number("IRIS_ACROSS", across),
        number("IRIS_DOWN", along),
        number("IRIS_FAR_AWAY", iris.FAR_AWAY),
        number("IRIS_SIDES_COUNT", len(sides)),
        table("IRIS_SIDES", np.rint(sides * (1 << 30)).astype(np.int32)),
        table("IRIS_RIMS", np.rint(np.array(iris.RIMS) * (1 << 24)).astype(np.int32)),
        number("LARGEST_GREY_STEP", round(16 * 255_000 * iris.LARGEST_STEP)),
        number("IRIS_RINGS", iris.RINGS),
        number("GLINT_PERCENT", round(100 * iris.GLINT)),
        number("LASHES_PERCENT", round(100 * iris.LASHES)),
        number("ABOUT_OF_1000", round(1000 * iris.ABOUT)),
        number("DARK_IRIS", iris.DARK_IRIS),
        number("WHITE_FROM", iris.WHITE_FROM),
        *bounds("IRIS_EDGE", iris.IRIS_EDGE),
        number("MARGIN_ABOVE", iris.MARGINS[0]),
        number("MARGIN_BELOW", iris.MARGINS[1]),
    ]


def _points_of_sides(name: str, points: Mapping[str, tuple[int, ...]]) -> list[str]:
    return [table(name, np.array([points[side] for side in ("_L", "_R")], np.uint16))]
