"""The facial actions as C: what their templates need to know, and which part belongs to which action."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import cv2
import numpy as np

from pixelfes.arrays import AnyArray, Array
from pixelfes.export.c.literals import halves, number, table
from pixelfes.export.c.mesh_parts import (
    bounds,
    drawing_tables,
    eye_tables,
    light_tables,
    lip_lines,
    grid_places,
    lip_numbers,
    pose_tables,
    reading_tables,
)
from pixelfes.export.cubic_sampling import cubic_weights
from pixelfes.expression.actions import gaze, mixing, planning
from pixelfes.expression.actions.action_set import GRID_SIZE, SHADING_UNIT, ActionSet, sideless, skin_registration
from pixelfes.expression.actions.draw import eyes, furrows, iris, mouth, opening, shading
from pixelfes.face import topology
from pixelfes.face.appearance import mouth_view
from pixelfes.face.mesh import FINE

PARTS = (
    "fixed_point",
    "mesh/head_pose",
    "mesh/points",
    "mesh/shown_actions",
    "actions/mixing",
    "actions/planning",
    "actions/shading",
    "smooth",
    "actions/curves",
    "actions/opening",
    "mesh/luminance",
    "mesh/light",
    "actions/mouth",
    "actions/eyeball",
    "actions/eyes",
    "mesh/triangle_order",
    "mesh/raster",
    "mesh/coordinates",
    "mesh/sampling",
    "actions/pixels",
)
"""The templates of the source, in order."""
_CONDITIONS = {
    "mesh/shown_actions": "FURROWED",
    "smooth": "OPENINGS",
    "actions/curves": "OPENINGS",
    "actions/opening": "OPENINGS",
    "mesh/luminance": "OPENINGS",
    "mesh/light": "PIXELFES_MOUTH",
    "actions/eyeball": "PIXELFES_EYES",
    "actions/eyes": "PIXELFES_EYES",
    "actions/mouth": "PIXELFES_MOUTH",
}
"""What has to be true for a template to be compiled."""
SIDE = shading.DRAWN_SIZE
_GAZE = ("eyeLookOut", "eyeLookIn", "eyeLookUp", "eyeLookDown")
_FACES = (number("SMALLEST_FACE", 4), number("LARGEST_FACE", 1 << 16))
_FADES = 161
"""Count of 16ths of an exponent up to which an exponential is stored."""



def plain_name(name: str) -> str:
    """Return the name of an action as C has it.

    >>> plain_name("mouthSmile_L"), plain_name("jawOpen")
    ('MOUTH_SMILE_L', 'JAW_OPEN')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def stored_names(actions: ActionSet) -> list[str]:
    """Return what is stored: one name for an action and its mirror image."""
    return [sideless(name) for name in actions.names if not _is_mirrored(name)]


def action_tables(actions: ActionSet) -> list[str]:
    """Return the constants of facial actions, as C definitions."""
    registration = skin_registration(SIDE)
    return [
        f"#define FURROWED ({_any(furrow.action for furrow in furrows.FURROWS)})",
        "#define OPENINGS (PIXELFES_MOUTH || PIXELFES_EYES)",
        *_chosen(actions),
        *pose_tables(),
        *lip_numbers(),
        *when("FURROWED", reading_tables()),
        *drawing_tables(registration.vertices, FINE),
        grid_places(registration.vertices, SIDE),
        number("MAPS", 1),
        *_mixing(actions),
        *_planning(actions),
        *_shading(actions),
        *when("OPENINGS", _curves()),
        *when("PIXELFES_MOUTH", [*lip_lines(), *light_tables(), *_mouth()]),
        *when("PIXELFES_EYES", _eyes(actions)),
    ]


def action_words(actions: ActionSet) -> dict[str, str]:
    """Return what the header says of the actions."""
    choice = [f"#ifndef {_choice(name)}\n#define {_choice(name)} PIXELFES_DEFAULT\n#endif" for name in stored_names(actions)]
    places = [f"    PIXELFES_{plain_name(name)}," for name in actions.names]
    return {
        "CHOICE": "\n".join(choice),
        "PLACES": "\n".join(places),
        "STORED": str(GRID_SIZE),
        "OPENING": _any(planning.OPENING_ACTIONS),
        "LIDS": _any((*planning.LID_ACTIONS, *_GAZE)),
    }


def action_parts(template: Callable[[str], str]) -> list[str]:
    """Return the source beside the tables, of templates by name."""
    parts = []
    for name in PARTS:
        text = template(f"{name}.c").strip()
        parts.append("\n".join(when(_CONDITIONS[name], [text])) if name in _CONDITIONS else text)
    return parts


def when(condition: str, parts: Iterable[str]) -> list[str]:
    """Return source that is compiled only under a condition."""
    return [f"#if {condition}", *parts, "#endif"]


def _choice(name: str) -> str:
    return f"PIXELFES_HAS_{plain_name(name)}"


def _is_mirrored(name: str) -> bool:
    return name.endswith(("_R", "Right"))


def _any(names: Iterable[str]) -> str:
    return " || ".join(_choice(name) for name in dict.fromkeys(names))


def _chosen(actions: ActionSet) -> list[str]:
    """Return the tables of each action that is chosen, and the table of them."""
    tables, entries = [], []
    left = [row for row, name in enumerate(actions.names) if not _is_mirrored(name)]
    for index, (name, row) in enumerate(zip(stored_names(actions), left, strict=True)):
        own, place = _stored(index, actions.displacement[row], actions.shading[row])
        tables += when(_choice(name), own)
        entry = f"    {{MOVING_{index}, STEPS_{index}, SHADING_{index}, {place[0]}, {place[1]}}},"
        entries += [f"#if {_choice(name)}", entry, "#else", "    {0, 0, 0, 0, 0},", "#endif"]
    return [*tables, "static const stored_t STORED[] = {", *entries, "};"]


def _stored(index: int, displacement: Array, logarithm: AnyArray) -> tuple[list[str], tuple[int, int]]:
    """Return the tables of an action, and the rows of its shading."""
    moving = displacement.any(1)
    seen = cv2.dilate(_visible(), np.ones((5, 5), np.uint8)) > 0
    steps = np.rint(logarithm / SHADING_UNIT).astype(np.int8) * seen
    rows = np.flatnonzero(steps.any(1))
    top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)
    spans = [_span(row) for row in steps[top:bottom]] or [[0, 0]]
    return [
        table(f"MOVING_{index}", np.packbits(moving, bitorder="little")),
        halves(f"STEPS_{index}", displacement[moving].ravel()),
        table(f"SHADING_{index}", np.array(sum(spans, []), np.int8)),
    ], (top, bottom)


def _visible() -> AnyArray:
    """Return where on the stored grid shading reaches the face."""
    share = shading.shaded_share(SIDE)
    return np.asarray(share.reshape(GRID_SIZE, 2, GRID_SIZE, 2).max((1, 3)) > 0, np.uint8)


def _span(row: AnyArray) -> list[int]:
    """Return the start and the count of what is not 0 in a row, and the numbers there."""
    places = np.flatnonzero(row)
    if not len(places):
        return [0, 0]
    start, stop = int(places[0]), int(places[-1]) + 1
    return [start, stop - start, *row[start:stop].tolist()]


def _mixing(actions: ActionSet) -> list[str]:
    mirrored = np.array([_is_mirrored(name) for name in actions.names])
    pairs = [[actions.index[name] for name in pair] for pair in mixing.ANTAGONISTS]
    return [
        table("ACTION_STORED", (np.cumsum(~mirrored) - 1).astype(np.uint8)),
        table("ACTION_MIRRORED", mirrored.astype(np.uint8)),
        table("CAPS", np.array([mixing.CAPS.get(sideless(name), mixing.CAP) for name in actions.names])),
        number("ANTAGONISTS_COUNT", len(pairs)),
        table("ANTAGONISTS", np.array(pairs, np.uint8)),
        number("LARGEST_WEIGHT", mixing.LARGEST_WEIGHT),
        number("LARGEST_ANGLE", gaze.LARGEST_ANGLE),
        number("EYE_SIDEWAYS", gaze.SIDEWAYS),
        number("EYE_UP", gaze.UP),
        number("EYE_DOWN", gaze.DOWN),
    ]


def _planning(actions: ActionSet) -> list[str]:
    lids = [
        (1 if name.endswith("_L") else 2) if sideless(name) in planning.LID_ACTIONS else 0 for name in actions.names
    ]
    opens = [planning.OPENING_ACTIONS.get(sideless(name), 0.0) for name in actions.names]
    rings = [[above[1:-1], below[1:-1]] for _, above, below in planning.LIP_RINGS]
    return [
        *eye_tables(),
        number("LID_COUNT", len(topology.RIGHT_EYE[planning.LOWER_LID])),
        table("LID_SIDE", np.array(lids, np.uint8)),
        table("MIRROR", topology.face_topology().mirror.astype(np.uint16)),
        number("TYPICAL_OPENING", planning.TYPICAL_OPENING),
        *bounds("LID_SCALES", planning.LID_SCALES),
        table("OPENS", np.array(opens)),
        *bounds("MEANT", planning.MEANT),
        number("LIP_RINGS_COUNT", len(rings)),
        table("LIP_RINGS", np.array(rings, np.uint16)),
        table("LIP_SHARES", np.array([share for share, *_ in planning.LIP_RINGS])),
        number("JAW_REACH", planning.JAW_REACH),
    ]


def _shading(actions: ActionSet) -> list[str]:
    low, high = (round(end * (1 << 24)) for end in shading.SHADED)
    twice = np.stack([cubic_weights(np.float32(share)) for share in (0.75, 0.25)])
    return [
        table("TWICE", np.rint(twice * (1 << 14)).astype(np.int16)),
        number("SHADING_UNIT", round(SHADING_UNIT * (1 << 24))),
        number("DARKEST_SHADE", low),
        number("BRIGHTEST_SHADE", high),
        *_masks(),
        *bounds("CHILDLIKE", shading.CHILDLIKE),
        number("FURROW_STEPS", furrows.STEPS_OF_DEPTH),
        *_furrows(actions),
    ]


def _masks() -> list[str]:
    masks = {"SHADED": shading.shaded_share(SIDE), "CALM": shading.calm_share(SIDE)}
    return [table(name, np.rint(mask * shading.MASK_STEPS).astype(np.uint8).ravel()) for name, mask in masks.items()]


def _furrows(actions: ActionSet) -> list[str]:
    tables, entries = [], []
    pictures = furrows.furrow_pictures(SIDE)
    for index, (furrow, picture) in enumerate(zip(furrows.FURROWS, pictures, strict=True)):
        steps = np.rint(picture[0] * furrows.STEPS_OF_DEPTH).astype(np.int8)
        rows, columns = (np.flatnonzero(steps.any(axis)) for axis in (1, 0))
        part = steps[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        tables += when(_choice(furrow.action), [table(f"FURROW_{index}", part.ravel())])
        places = ", ".join(str(actions.index[f"{furrow.action}{side}"]) for side in ("_L", "_R"))
        box = f"{rows[0]}, {columns[0]}, {part.shape[0]}, {part.shape[1]}"
        start = f"    {{{{{places}}}, {furrow.depth!r}, "
        entries += [f"#if {_choice(furrow.action)}", f"{start}FURROW_{index}, {box}}},"]
        entries += ["#else", f"{start}0, 0, 0, 0, 0}},", "#endif"]
    count = number("FURROWS_COUNT", len(furrows.FURROWS))
    return [*tables, "static const furrow_t FURROWS[] = {", *entries, "};", count]


def _curves() -> list[str]:
    fades = np.rint((1 << 15) * np.exp(-np.arange(_FADES) / 16)).astype(np.uint16)
    return [number("FADES_COUNT", _FADES), table("FADES", fades), *_FACES]


def _smoother(name: str, count: int) -> str:
    return table(name, np.rint(opening.smoother(count) * (1 << 28)).astype(np.int32).ravel())


def _mouth() -> list[str]:
    sines = ((1 << 15) - 1) * np.sin(2 * np.pi * np.arange(257) / 256)
    return [
        table("SINES", np.rint(sines).astype(np.int16)),
        _smoother("MOUTH_SMOOTHER", len(mouth_view.UPPER_INNER)),
        number("LIPS_COUNT", 2 * (len(mouth_view.UPPER_INNER) - 4)),
        number("OPENED", mouth.OPENED),
        number("MOUTH_MARGIN", mouth.MARGIN),
        number("MOUTH_SOFTNESS", mouth.SOFTNESS),
        *bounds("OWN_GAP", mouth.OWN_GAP),
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
        table("IRIS_SIDES", np.rint(sides * ((1 << 15) - 1)).astype(np.int16)),
        table("IRIS_RIMS", np.rint(np.array(iris.RIMS) * (1 << 15)).astype(np.int32)),
        number("LARGEST_GREY_STEP", round(255_000 * iris.LARGEST_STEP)),
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


def _points_of_sides(name: str, points: dict[str, tuple[int, ...]]) -> list[str]:
    return [table(name, np.array([points[side] for side in ("_L", "_R")], np.uint16))]
