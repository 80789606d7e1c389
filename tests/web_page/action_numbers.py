"""What Python makes of facial actions, step by step and as pictures, for the page to be compared with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pixelfes import ExpressionModel
from pixelfes.arrays import Array, Pixels
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.draw.face_change import change_by_actions, change_by_mix
from pixelfes.expression.actions.draw.opening import Edges
from pixelfes.expression.actions.draw.photo_look import PhotoLook
from pixelfes.expression.actions.draw.shading import shading_weight
from pixelfes.expression.actions.mix import Mix, expression, gaze_mix
from pixelfes.expression.actions.mixing import mixed
from pixelfes.expression.actions.neutral import change_to_neutral
from pixelfes.expression.actions.planning import plan_actions
from pixelfes.expression.actions.read.reading import meant_actions, read_face
from pixelfes.face.appearance.mouth_view import UPPER_INNER
from tests.web_page.browser import Opened, mask_of

LEVELS = 0.6  # of 255: how far the page may be from Python, on the mean over the faces
SHOW = "(wish) => globalThis.pixelfes.show(wish)"
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
        "upperLip": _smooth_line(plan.moved[list(UPPER_INNER), :2] / 100),
        "weight": shading_weight(actions, plan, look, pixels).ravel().tolist(),
    }


def neutral_case(model: ExpressionModel, pixels: Pixels, landmarks: Array, amount: float) -> dict[str, Any]:
    """What Python takes back of what a face of a photo shows, and which actions it reads off it."""
    shown = read_face(landmarks, pixels=pixels)
    wanted = mixed(shipped_actions(), expression("surprised").actions)
    return {
        "landmarks": landmarks.ravel().tolist(),
        "amount": amount,
        "moved": change_to_neutral(model.learned_, pixels.copy(), landmarks, amount).ravel().tolist(),
        "shown": shown.actions,
        "unseen": read_face(landmarks).actions,
        "meant": meant_actions(shown),
        "wanted": wanted.tolist(),
        "missing": missing_sizes(wanted, pixels, landmarks, amount).tolist(),
    }


def missing_sizes(wanted: Array, pixels: Pixels, landmarks: Array, neutral: float) -> Array:
    """Sizes (K,) less what a face shows already, of which a share is taken back first; closed eyes stay."""
    missing, names = wanted.copy(), shipped_actions().index
    for name, size in meant_actions(read_face(landmarks, pixels=pixels)).items():
        left = 1 if name.startswith("eye") else 1 - neutral
        missing[names[name]] = max(0.0, missing[names[name]] - left * size)
    return missing


def _smooth_line(line: Array) -> dict[str, Any]:
    u = np.linspace(line[0, 0], line[-1, 0], 50)
    return {"line": line.tolist(), "u": u.tolist(), "v": Edges(line, line).top(u).tolist()}


def expected_of(opened: Opened, smile: ExpressionModel, wish: dict[str, Any]) -> Pixels:
    """What Python makes of the photo on the stage, with the page's landmarks."""
    names = shipped_actions().index
    both = {
        one: size
        for name, size in wish.get("actions", {}).items()
        for one in ([name] if name in names else [f"{name}_L", f"{name}_R"])
    }
    mix = Mix(both, wish.get("smile", 0), wish.get("neutral", 0))
    if "gaze" in wish:
        mix = mix + gaze_mix(*wish["gaze"])
    pixels = opened.read("original").copy()
    actions = shipped_actions()
    for face in opened.landmarks():
        sizes = mixed(actions, mix.actions)
        if wish.get("only"):
            sizes = missing_sizes(sizes, pixels, face, mix.neutral)
        moved = change_by_mix(smile.learned_, actions, replace(mix, actions={}), pixels, face)
        change_by_actions(actions, pixels, moved, sizes)
    return pixels


def check_alike(opened: Opened, smile: ExpressionModel, wish: dict[str, Any]) -> None:
    """Show a wish on the photo on the stage, and see that it is what Python makes of it."""
    opened.page.evaluate(SHOW, wish)
    before, after, expected = opened.read("original"), opened.read(), expected_of(opened, smile, wish)
    on_faces = mask_of(opened.landmarks(), before.shape)
    off = np.abs(after.astype(np.int16) - expected)
    changed = np.abs(expected.astype(np.int16) - before)[on_faces].mean()
    assert off[on_faces].mean() < min(LEVELS, 0.15 * changed)
    assert off[~on_faces].mean() < 0.2
