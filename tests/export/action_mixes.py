"""Mixes of facial actions that exports draw as Python does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.draw.face_change import change_by_actions
from pixelfes.expression.actions.mix import Mix, mix_of
from pixelfes.expression.actions.mixing import mixed
from tests.export.exported import Actions, Face, actions_in_light

NAMES = shipped_actions().names
MUCH = {"eyeBlink_L": 0.6, "jawOpen": 0.4, "mouthSmile_R": 1.0, "browDown_L": 1.0, "browInnerUp_R": 1.0}
MIXES: dict[str, tuple[Mapping[str, float], tuple[float, float]]] = {
    "blink": ({"eyeBlink": 1.0}, (0.0, 0.0)),
    "half a wink and a look": ({"eyeBlink_L": 0.6}, (20.0, -10.0)),
    "wide eyes": ({"eyeWide": 1.0, "browInnerUp": 1.0, "browOuterUp": 0.8}, (0.0, 0.0)),
    "a look up": ({}, (-28.0, 18.0)),
    "open mouth": ({"jawOpen": 0.45, "mouthUpperUp": 0.7, "mouthLowerDown": 0.5}, (0.0, 0.0)),
    "kiss": ({"mouthPucker": 1.2, "mouthFunnel": 0.5}, (0.0, 0.0)),
    "anger": ({"browDown": 1.0, "noseSneer": 0.8, "eyeSquint": 0.7, "mouthPress": 0.5}, (5.0, 0.0)),
    "one side": ({"mouthSmile_L": 1.0, "cheekSquint_L": 1.0, "mouthLeft": 0.5, "jawLeft": 0.5}, (0.0, 0.0)),
    "much at once": (MUCH, (-12.0, 4.0)),
}


def differs(runtime: Actions, face: Face, mix: Mix, gaze: tuple[float, float] = (0.0, 0.0)) -> int:
    """How far an export is from Python, in levels."""
    pixels, points = face[0], face[1].astype(np.float32).astype(np.float64)
    sizes = np.array([mix.actions.get(name, 0.0) for name in NAMES], np.float32)
    asked = Mix(dict(zip(NAMES, sizes.tolist(), strict=True)))
    expected = actions_in_light(pixels, points, mix_of(asked, gaze))
    return int(np.abs(runtime(pixels, points, sizes, gaze).astype(int) - expected).max())


def with_open_mouth(face: Face, jaw: float) -> Face:
    """A face whose jaw is open."""
    actions, opened = shipped_actions(), face[0].copy()
    return opened, change_by_actions(actions, opened, face[1], mixed(actions, {"jawOpen": jaw}))
