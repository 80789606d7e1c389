"""What Python decides about facial actions, step by step, for the page's own tests to compare with."""

from __future__ import annotations

from typing import Any

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.draw.photo_look import PhotoLook
from pixelfes.expression.actions.draw.shading import shading_weight
from pixelfes.expression.actions.mix import Mix, expression, gaze_mix
from pixelfes.expression.actions.mixing import mixed
from pixelfes.expression.actions.planning import plan_actions

PRESETS = ("sad", "angry", "fearful", "contempt", "wink", "kiss", "closed smile")


def wishes() -> dict[str, tuple[Mix, tuple[float, float] | None]]:
    """Mixes by name, each with a gaze or without one: presets, what excludes each other, and all actions at once."""
    drawn = np.random.default_rng(5)
    sizes = {f"all, {k}": drawn.uniform(0, 1.5, len(shipped_actions().names)) ** 2 for k in range(3)}
    names = shipped_actions().names
    everything = {key: Mix(dict(zip(names, values.tolist(), strict=True))) for key, values in sizes.items()}
    opposed = Mix({"jawOpen": 2.0, "mouthSmile_L": 0.5, "mouthFrown_L": 0.2, "eyeBlink_R": 0.5, "mouthPucker": 0.4})
    mixes: dict[str, tuple[Mix, tuple[float, float] | None]] = {name: (expression(name), None) for name in PRESETS}
    mixes |= {name: (mix, None) for name, mix in everything.items()}
    return mixes | {"opposed": (opposed, (12.0, -5.0)), "looking": (Mix(), (-30.0, 20.0))}


def action_case(pixels: Pixels, landmarks: Array, mix: Mix, gaze: tuple[float, float] | None) -> dict[str, Any]:
    """What Python makes of a mix on a face of a photo."""
    actions = shipped_actions()
    whole = mix if gaze is None else mix + gaze_mix(*gaze)
    sizes = mixed(actions, whole.actions)
    plan = plan_actions(actions, landmarks, sizes)
    look = PhotoLook.of(pixels, landmarks)
    return {
        "landmarks": landmarks.ravel().tolist(),
        "wish": {"actions": mix.actions} | ({} if gaze is None else {"gaze": gaze}),
        "sizes": sizes.tolist(),
        "moved": plan.moved.ravel().tolist(),
        "ringReach": plan.ring_reach,
        "lips": look.lips.tolist(),
        "weight": shading_weight(actions, plan, look, pixels).ravel().tolist(),
    }
