"""The page's TypeScript computes what Python computes, number by number; its own tests run under node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pixelfes import ExpressionModel, FaceDetector
from pixelfes.arrays import Array, Pixels
from pixelfes.export.web.actions import web_actions
from pixelfes.export.web.model import web_model
from pixelfes.expression.actions.mix import presets
from pixelfes.expression.actions.resting_face import resting_face
from pixelfes.expression.amounts import mesh_amount, skin_share, softened, teeth_light
from pixelfes.expression.displacement import Displacement
from pixelfes.expression.plan import plan_change
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.face.appearance.light import Light
from pixelfes.face.appearance.mouth_view import MouthView
from pixelfes.face.appearance.sharpness import missing_blur
from pixelfes.face.detector.photo_pyramid import PhotoPyramid, square_map
from pixelfes.face.detector.windows import SMALLEST_FACE, finer_levels, smallest_face, window_levels
from pixelfes.face.mesh import MeshRegistration
from tests.export.action_mixes import with_open_mouth
from tests.web_page.action_numbers import action_case, neutral_case, wishes
from tests.web_page.tracking_numbers import write_tracking_numbers
from tests.web_page.trust_numbers import write_trust_numbers

WEB = Path(__file__).parents[2] / "web"
CUTS = (
    ((300.5, 280.25, 190.0, 0.1), 192, "replicate"),
    ((320.0, 320.0, 700.0, -2.5), 192, "replicate"),
    ((320.0, 320.0, 640.0, 0.0), 128, "black"),
    ((600.0, 40.0, 250.0, 0.7), 128, "black"),
)


def test_the_core_computes_what_python_computes(
    smile: ExpressionModel,
    detector: FaceDetector,
    portrait: Pixels,
    points: Array,
    smiling_points: Array,
    tmp_path: Path,
) -> None:
    if shutil.which("node") is None or not (WEB / "node_modules/vitest").is_dir():
        pytest.skip("no node, or nothing installed in web/: make web")
    (tmp_path / "model.safetensors").write_bytes(web_model(smile))
    (tmp_path / "actions.safetensors").write_bytes(web_actions())
    alpha = np.full((*portrait.shape[:2], 1), 255, np.uint8)
    (tmp_path / "photo.rgba").write_bytes(np.concatenate([portrait, alpha], axis=2).tobytes())
    faces = {"neutral": points, "smiling": smiling_points, "turned": turned(points, 0.3), "rolled": rolled(points, 0.7)}
    numbers = {
        "shape": portrait.shape,
        "cases": [case(smile, portrait, face, a) for face in faces.values() for a in (0.2, 1.0, 1.5)],
        "cuts": [cut(portrait, *given) for given in CUTS],
        "searched": [searched(*size) for size in ((480, 640), (1000, 1600), (4000, 6000), (300, 4000), (15, 40))],
    }
    (tmp_path / "numbers.json").write_text(json.dumps(numbers))
    seen = faces | {"far turned": turned(points, 0.6)}
    cases = {
        f"{how}, {name}": action_case(portrait, seen[how], *wish) for how in seen for name, wish in wishes().items()
    }
    back = {f"{how}, {share}": neutral_case(smile, portrait, seen[how], share) for how in seen for share in (1.0, 0.4)}
    opened = with_open_mouth((portrait, points), 0.3)
    moved = detector.detect(opened[0])[0]
    back["open"] = neutral_case(smile, portrait, moved, 1.0)
    together = {"presets": sorted(presets()), "cases": cases, "neutral": back}
    (tmp_path / "actions.json").write_text(json.dumps(together))
    write_trust_numbers(tmp_path, portrait)
    write_tracking_numbers(tmp_path, smile, detector)
    done = subprocess.run(
        ["node", "node_modules/vitest/vitest.mjs", "run"],
        cwd=WEB,
        env=os.environ | {"PIXELFES_NUMBERS": str(tmp_path), "CI": "1", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout, done.stdout


def case(model: ExpressionModel, pixels: Pixels, landmarks: Array, intensity: float) -> dict[str, Any]:
    """What Python decides about a face, step by step."""
    registration, displacement = model.learned_.registration, model.learned_.displacement
    assert isinstance(registration, MeshRegistration)
    assert isinstance(displacement, Displacement)
    pose = HeadPose.of(landmarks, displacement.reference)
    state = displacement.state(pose.to_canonical(landmarks))
    light = Light.of(pixels, landmarks)
    view = MouthView.of(pixels, landmarks, light)
    change = plan_change(displacement, landmarks, intensity, view)
    bare = skin_share(registration, pixels, landmarks, light.skin)
    amount = mesh_amount(registration, change, True) * registration.face_mask * bare
    weight, bias = model.learned_.regressor.local_affine(
        np.zeros((registration.size, registration.size, 3), np.float32)
    )
    lit = light.on_texture(registration.mouth_mask, teeth_light(change.opened))
    maps = np.concatenate([weight[..., :1] - 1, bias * lit], axis=2) * amount[..., None]
    maps = softened(registration, maps, missing_blur(pixels, landmarks), change)
    return {
        "landmarks": landmarks.ravel().tolist(),
        "intensity": intensity,
        "strength": state.strength,
        "openness": state.openness,
        "actions": resting_face().shown(HeadPose.of(landmarks, mean_face()).to_canonical(landmarks)).tolist(),
        "teeth": view.teeth,
        "movement": change.movement,
        "opened": change.opened,
        "own": change.own_teeth,
        "still": change.still,
        "bare": bare.ravel().tolist(),
        "blur": missing_blur(pixels, landmarks),
        "moved": change.moved.ravel().tolist(),
        "white": light.white.tolist(),
        "skin": light.skin.tolist(),
        "change": maps[..., 0].ravel().tolist(),
        "bias": maps[..., 1:].ravel().tolist(),
    }


def cut(pixels: Pixels, square: tuple[float, float, float, float], size: int, border: str) -> dict[str, Any]:
    """A picture for a network, cut out of a photo."""
    to_image = square_map(*square, size)
    mode = {"black": cv2.BORDER_CONSTANT, "replicate": cv2.BORDER_REPLICATE}[border]
    picture = PhotoPyramid(pixels).picture(to_image, size, border=mode)
    numbers = {"toImage": to_image.ravel().tolist(), "picture": picture.ravel().tolist()}
    return {"square": [*square, size], "border": border} | numbers


def searched(height: int, width: int) -> dict[str, Any]:
    """The windows of a photo in which faces are looked for."""
    smallest = smallest_face(height, width)
    levels = window_levels(height, width, smallest) + finer_levels(height, width, smallest, SMALLEST_FACE)
    windows = [[[window.x, window.y, window.side] for window in level] for level in levels]
    return {"size": {"width": width, "height": height}, "windows": windows}


def turned(points: Array, angle: float) -> Array:
    """A face turned to the side, in 3-D."""
    middle = points.mean(0)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    return np.asarray((points - middle) @ turn.T + middle)


def rolled(points: Array, angle: float) -> Array:
    """A face rolled to the side, in the picture."""
    turn = cv2.getRotationMatrix2D((320, 320), np.degrees(angle), 0.9)
    out = points * 0.9
    out[:, :2] = points[:, :2] @ turn[:, :2].T + turn[:, 2]
    return np.asarray(out)
