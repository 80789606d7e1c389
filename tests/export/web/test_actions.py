"""The facial actions as the page reads them."""

from __future__ import annotations

import gzip
import json
from typing import Any

import numpy as np
from safetensors.numpy import load

from pixelfes.export.web.actions import ACTIONS_KEY, web_actions
from pixelfes.expression.actions.action_set import SHADING_UNIT, shipped_actions
from pixelfes.expression.actions.draw.mouth import teeth_picture
from pixelfes.expression.actions.draw.shading import DRAWN_SIZE, MASK_STEPS, calm_share, shaded_share
from pixelfes.expression.actions.mix import presets
from pixelfes.expression.actions.read.brow_reading import brow_model
from pixelfes.face.alignment import mirrored


def facts_of(file: bytes) -> dict[str, Any]:
    length = int.from_bytes(file[:8], "little")
    facts: dict[str, Any] = json.loads(json.loads(file[8 : 8 + length])["__metadata__"][ACTIONS_KEY])
    return facts


def test_the_file_holds_every_action_exactly() -> None:
    file, actions = web_actions(), shipped_actions()
    arrays, facts = load(file), facts_of(file)
    assert tuple(facts["names"]) == actions.names
    assert (facts["licence"], facts["attribution"].split(",")[0]) == ("MIT", "ICT-FaceKit")
    for k, (row, flipped) in enumerate(zip(facts["rows"], facts["mirrored"], strict=True)):
        move, shade = arrays["displacement"][row].astype(np.float64), arrays["shading"][row] * np.float32(SHADING_UNIT)
        np.testing.assert_array_equal(mirrored(move) if flipped else move, actions.displacement[k])
        np.testing.assert_array_equal(shade[:, ::-1] if flipped else shade, actions.shading[k])


def test_the_presets_are_those_of_the_table() -> None:
    stored = facts_of(web_actions())["presets"]
    assert stored.keys() == presets().keys()
    for name, preset in presets().items():
        assert stored[name]["actions"] == preset.mix.actions
        assert (stored[name]["smile"], stored[name]["neutral"]) == (preset.mix.base, preset.mix.neutral)
        assert stored[name]["experimental"] == preset.is_experimental


def test_teeth_keep_their_colours() -> None:
    teeth, picture = load(web_actions())["teeth"], teeth_picture()
    np.testing.assert_array_equal(teeth[..., :3] / np.float32(255), picture.colours)
    np.testing.assert_array_equal(teeth[..., 3] / np.float32(255), picture.shown)


def test_masks_of_shading_are_those_of_python() -> None:
    arrays = load(web_actions())
    for name, mask in (("shaded", shaded_share(DRAWN_SIZE)), ("calm", calm_share(DRAWN_SIZE))):
        np.testing.assert_array_equal(arrays[name] / np.float32(MASK_STEPS), mask)


def test_what_is_moved_back_leaves_the_eyes_and_the_smile() -> None:
    facts = facts_of(web_actions())["neutral"]
    moved = {name for name, gain in zip(facts["names"], facts["gains"], strict=True) if gain > 0}
    assert set(facts["names"]) - moved == {"eyeBlink", "smile", "smileOpening"}


def test_brows_are_read_by_the_shipped_model() -> None:
    brows, model = load(web_actions())["brows"], brow_model()
    np.testing.assert_allclose(brows, np.column_stack([model.mean, model.scale, model.weight]), rtol=1e-6)


def test_the_file_is_small_and_always_the_same() -> None:
    assert web_actions() == web_actions()
    assert len(gzip.compress(web_actions(), 9)) < 100_000
