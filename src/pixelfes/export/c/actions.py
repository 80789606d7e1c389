"""The facial actions as C: what their templates need to know, and which part belongs to which action."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from pixelfes.arrays import AnyArray, Array
from pixelfes.export.c.choice import any_of, choice, is_mirrored, largest_sizes, stored_names, when
from pixelfes.export.c.literals import halves, number, table
from pixelfes.export.c.mesh_parts import (
    bounds,
    drawing_tables,
    eye_tables,
    grid_places,
    lip_numbers,
    pose_tables,
    reading_tables,
)
from pixelfes.export.c.openings import opening_tables
from pixelfes.export.cubic_sampling import cubic_weights
from pixelfes.expression.actions import gaze, mixing, planning
from pixelfes.expression.actions.action_set import GRID_SIZE, SHADING_UNIT, ActionSet, sideless, skin_registration
from pixelfes.expression.actions.draw import furrows, shading
from pixelfes.face import topology
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


def action_tables(actions: ActionSet) -> list[str]:
    """Return the constants of facial actions, as C definitions."""
    registration = skin_registration(SIDE)
    return [
        f"#define FURROWED ({any_of(furrow.action for furrow in furrows.FURROWS)})",
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
        *opening_tables(actions),
    ]


def action_parts(template: Callable[[str], str]) -> list[str]:
    """Return the source beside the tables, of templates by name."""
    parts = []
    for name in PARTS:
        text = template(f"{name}.c").strip()
        parts.append("\n".join(when(_CONDITIONS[name], [text])) if name in _CONDITIONS else text)
    return parts


def _chosen(actions: ActionSet) -> list[str]:
    """Return the tables of each action that is chosen, and the table of them."""
    tables, entries = [], []
    left = [row for row, name in enumerate(actions.names) if not is_mirrored(name)]
    for index, (name, row) in enumerate(zip(stored_names(actions), left, strict=True)):
        own, place = _stored(index, actions.displacement[row], actions.shading[row])
        tables += when(choice(name), own)
        entry = f"    {{MOVING_{index}, STEPS_{index}, SHADING_{index}, {place[0]}, {place[1]}}},"
        entries += [f"#if {choice(name)}", entry, "#else", "    {0, 0, 0, 0, 0},", "#endif"]
    return [*tables, "static const stored_t STORED[] = {", *entries, "};"]


def _stored(index: int, displacement: Array, logarithm: AnyArray) -> tuple[list[str], tuple[int, int]]:
    """Return the tables of an action, and the rows of its shading."""
    moving = displacement.any(1)
    seen = cv2.dilate(_visible(), np.ones((5, 5), np.uint8)) > 0
    steps = np.rint(logarithm / SHADING_UNIT).astype(np.int8) * seen
    rows = np.flatnonzero(steps.any(1))
    top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)
    spans = [value for row in steps[top:bottom] for value in _span(row)] or [0]
    return [
        table(f"MOVING_{index}", np.packbits(moving, bitorder="little")),
        halves(f"STEPS_{index}", displacement[moving].ravel()),
        table(f"SHADING_{index}", np.array(spans, np.int8)),
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
    mirrored = np.array([is_mirrored(name) for name in actions.names])
    pairs = [[actions.index[name] for name in pair] for pair in mixing.ANTAGONISTS]
    return [
        table("ACTION_STORED", (np.cumsum(~mirrored) - 1).astype(np.uint8)),
        table("ACTION_MIRRORED", mirrored.astype(np.uint8)),
        table("CAPS", largest_sizes(actions)),
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
        number("LID_COUNT", len(range(len(topology.RIGHT_EYE))[planning.LOWER_LID])),
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
        tables += when(choice(furrow.action), [table(f"FURROW_{index}", part.ravel())])
        places = ", ".join(str(actions.index[f"{furrow.action}{side}"]) for side in ("_L", "_R"))
        box = f"{rows[0]}, {columns[0]}, {part.shape[0]}, {part.shape[1]}"
        start = f"    {{{{{places}}}, {furrow.depth!r}, "
        entries += [f"#if {choice(furrow.action)}", f"{start}FURROW_{index}, {box}}},"]
        entries += ["#else", f"{start}0, 0, 0, 0, 0}},", "#endif"]
    count = number("FURROWS_COUNT", len(furrows.FURROWS))
    return [*tables, "static const furrow_t FURROWS[] = {", *entries, "};", count]
