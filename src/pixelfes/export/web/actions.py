"""The shipped facial actions and presets as the one file that the page in ``web/`` reads when an action is asked for.

Like `pixelfes.export.web.model`: safetensors, with arrays that Python would otherwise compute and, in the metadata entry
``pixelfes-web-actions``, the tables of mixing and planning, so that the page repeats none of them.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.assets import asset_bytes
from pixelfes.expression.actions import gaze, mixing, neutral, planning
from pixelfes.expression.actions.action_set import (
    EXPRESSIONS_FILE,
    GRID_SIZE,
    SHADING_UNIT,
    ActionHeader,
    ActionSet,
    shipped_actions,
    sideless,
    skin_registration,
)
from pixelfes.expression.actions.draw import eyes, furrows, mouth, shading
from pixelfes.expression.actions.mix import NEUTRAL_FROM, presets
from pixelfes.expression.actions.read import brow_line, brow_reading, reading
from pixelfes.expression.actions.resting_face import SMILE, SMILE_OPENING, resting_face
from pixelfes.expression.base import LARGEST_INTENSITY
from pixelfes.expression.plan import gains
from pixelfes.face.topology import face_topology
from pixelfes.tensor_file import checked_header, read_tensor_file

ACTIONS_KEY = "pixelfes-web-actions"
ACTIONS_VERSION = 2


def web_actions() -> bytes:
    """Return the facial actions as the page reads them: a safetensors file of about 318 KB, 94 KB compressed.

    Returns
    -------
    bytes
        Arrays ``displacement`` (K, 468, 3) float16 and ``shading`` (K, 56, 56) int8 of the actions of the left side and of
        those without a side; ``mirror`` (468,) uint16; of the grid that shading is drawn on, ``vertices`` (504, 2) float32
        and ``shaded``, ``calm`` and ``lips`` (112, 112) uint8, of the first two 256 for 1; ``teeth`` (h, w, 4) uint8,
        colours in units of white and alpha; ``brows`` (F, 5) float32, of each feature of a brow its mean, its scale and its
        three weights; metadata as JSON.

    Examples
    --------
    >>> len(web_actions()) < 340_000
    True
    """
    from safetensors.numpy import save

    actions = shipped_actions()
    rows = [row for row, name in enumerate(actions.names) if not _is_mirrored(actions, name)]
    arrays: dict[str, AnyArray] = {
        "displacement": actions.displacement[rows].astype(np.float16),
        "shading": np.round(actions.shading[rows] / SHADING_UNIT).astype(np.int8),
        "mirror": face_topology().mirror.astype(np.uint16),
    }
    teeth, teeth_facts = _teeth()
    facts = _facts(actions, [actions.names[row] for row in rows]) | {"teeth": teeth_facts}
    arrays |= _grid_arrays() | {"teeth": teeth, "brows": _brow_array()}
    return bytes(save(arrays, metadata={ACTIONS_KEY: json.dumps(facts)}))


def _is_mirrored(actions: ActionSet, name: str) -> bool:
    """Return whether an action is the mirror image of another one."""
    return _left_of(name) != name and _left_of(name) in actions.index


def _left_of(name: str) -> str:
    return f"{name[:-2]}_L" if name.endswith("_R") else name.replace("Right", "Left")


def _grid_arrays() -> dict[str, AnyArray]:
    registration = skin_registration(shading.DRAWN_SIZE)
    masks = {"shaded": shading.shaded_share(shading.DRAWN_SIZE), "calm": shading.calm_share(shading.DRAWN_SIZE)}
    levels: dict[str, AnyArray] = {name: (shading.MASK_STEPS * mask).astype(np.uint8) for name, mask in masks.items()}
    lips = np.round(255 * registration.lips_mask).astype(np.uint8)
    return levels | {"lips": lips, "vertices": registration.vertices.astype(np.float32)}


def _teeth() -> tuple[npt.NDArray[np.uint8], dict[str, float]]:
    """Return the picture of teeth, (h, w, 4), and where it lies."""
    picture = mouth.teeth_picture()
    levels = np.concatenate([picture.colours, picture.shown[..., None]], axis=2)
    place = {"step": mouth.STEP, "half_width": mouth.HALF_WIDTH, "above": mouth.ABOVE}
    return np.round(255 * levels).astype(np.uint8), place | {"mouth_width": picture.mouth_width}


def _facts(actions: ActionSet, stored: list[str]) -> dict[str, Any]:
    values, _ = read_tensor_file(EXPRESSIONS_FILE, asset_bytes("expressions.safetensors"))
    header = checked_header(values, ActionHeader)
    return {
        "version": ACTIONS_VERSION,
        "licence": header.licence,
        "attribution": header.attribution,
        "package_version": header.package_version,
        "names": actions.names,
        "rows": [stored.index(_left_of(name) if _is_mirrored(actions, name) else name) for name in actions.names],
        "mirrored": [_is_mirrored(actions, name) for name in actions.names],
        "presets": _presets(),
        "mixing": _mixing_facts(actions),
        "gaze": {"sideways": gaze.SIDEWAYS, "up": gaze.UP, "down": gaze.DOWN, "largest": gaze.LARGEST_ANGLE},
        "planning": _planning_facts(actions),
        "shading": _shading_facts(),
        "neutral": _neutral_facts(),
        "reading": _reading_facts(),
        "points": {
            "lid_top": [eyes.LID_TOP[side] for side in ("_L", "_R")],
            "lower_brow": [eyes.LOWER_BROW[side] for side in ("_L", "_R")],
        },
    }


def _presets() -> dict[str, dict[str, Any]]:
    return {
        name: {
            "actions": preset.mix.actions,
            "smile": preset.mix.base,
            "neutral": preset.mix.neutral,
            "experimental": preset.is_experimental,
        }
        for name, preset in presets().items()
    }


def _mixing_facts(actions: ActionSet) -> dict[str, Any]:
    return {
        "caps": [mixing.CAPS.get(sideless(name), mixing.CAP) for name in actions.names],
        "largest": mixing.LARGEST_WEIGHT,
        "largest_smile": LARGEST_INTENSITY,
        "neutral_from": NEUTRAL_FROM,
        "antagonists": mixing.ANTAGONISTS,
        "pucker": mixing.PUCKER,
        "stretch": mixing.STRETCH,
    }


def _planning_facts(actions: ActionSet) -> dict[str, Any]:
    return {
        "typical_opening": planning.TYPICAL_OPENING,
        "lid_scales": planning.LID_SCALES,
        "lid_actions": planning.LID_ACTIONS,
        "opening": [planning.OPENING_ACTIONS.get(sideless(name), 0.0) for name in actions.names],
        "meant": planning.MEANT,
        "lip_rings": planning.LIP_RINGS,
        "jaw_reach": planning.JAW_REACH,
    }


def _shading_facts() -> dict[str, Any]:
    registration = skin_registration(shading.DRAWN_SIZE)
    return {
        "stored_size": GRID_SIZE,
        "size": shading.DRAWN_SIZE,
        "unit": SHADING_UNIT,
        "shaded": shading.SHADED,
        "mask_steps": shading.MASK_STEPS,
        "blurred": shading.BLURRED,
        "childlike": shading.CHILDLIKE,
        "middle": float(registration.on_grid(np.zeros((1, 2)))[0, 0]),
        "depth_steps": furrows.STEPS_OF_DEPTH,
        "furrows": [_furrow_facts(furrow) for furrow in furrows.FURROWS],
    }


def _furrow_facts(furrow: furrows.Furrow) -> dict[str, Any]:
    """Return a furrow of the left side, in pixels of the grid that shading is drawn on."""
    registration = skin_registration(shading.DRAWN_SIZE)
    return {
        "action": furrow.action,
        "depth": furrow.depth,
        "width": furrow.width * furrows.grid_scale(registration),
        "crosses": furrow.crosses_middle,
        "curve": np.round(furrows.furrow_curve(furrow, registration), 4).tolist(),
    }


def _neutral_facts() -> dict[str, Any]:
    names = resting_face().names
    return {
        "names": names,
        "gains": [gain * neutral.is_moved_back(name) for name, gain in zip(names, gains(names).tolist(), strict=True)],
        "shown": neutral.SHOWN,
        "strongest": neutral.STRONGEST,
        "closed": neutral.CLOSED,
        "lip_margin": neutral.LIP_MARGIN,
        "shading_back": neutral.SHADING_BACK,
        "upper_lip_share": neutral.UPPER_LIP_SHARE,
        "least_weight": neutral.LEAST_WEIGHT,
        "was_open": neutral.WAS_OPEN,
        "least_movement": neutral.LEAST_MOVEMENT,
        "line": [mouth.LINE_WIDTH, mouth.LINE_DARKNESS, mouth.LINE_COLOUR],
    }


def _reading_facts() -> dict[str, Any]:
    model = brow_reading.brow_model()
    return {
        "smile": [SMILE, SMILE_OPENING],
        "reliability": reading.RELIABILITY,
        "meant": reading.MEANT,
        "sided": reading.sided_names(),
        "inverse": np.linalg.inv(reading.side_equations()).ravel().tolist(),
        "brows": {
            "names": brow_reading.NAMES,
            "points": brow_reading.LEFT_BROW,
            "offset": model.offset.tolist(),
            "rest": model.rest.sum(0).tolist(),
            "across": brow_line.ACROSS,
            "up": brow_line.UP,
            "columns": brow_line.COLUMNS,
            "rows": brow_line.ROWS,
            "pixels_a_column": brow_line.PIXELS_A_COLUMN,
            "dark_quantiles": brow_line.DARK_QUANTILES,
            "power": brow_line.POWER,
            "least_contrast": brow_line.LEAST_CONTRAST,
        },
    }


def _brow_array() -> npt.NDArray[np.float32]:
    """Return mean, scale and the three weights of every feature of a brow, (F, 5)."""
    model = brow_reading.brow_model()
    return np.column_stack([model.mean, model.scale, model.weight]).astype(np.float32)
