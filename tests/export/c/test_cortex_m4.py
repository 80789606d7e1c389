"""The exported C on a Cortex-M4: cross-compiled, and executed by an emulator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cortex_m4 import build, missing_tools, run
from cortex_m4 import compiled as compiled_for_board
from pixelfes import ExpressionModel, Pair, PixelKernelRidge, PixelRidge, load
from pixelfes.export.c.writer import c_action_files
from pixelfes.expression.actions.mix import Mix
from pixelfes.regress import LocalSparseRidge, MaskedRidge, PixelRegressor
from tests.export.action_mixes import NAMES
from tests.export.exported import (
    LEVELS,
    Face,
    actions_in_light,
    adapted_to_light,
    anchored,
    compiled,
    compiled_actions,
    crops,
    fitted_grid,
    person,
    resized,
)

MISSING = missing_tools()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)


def test_the_portrait_smiles_on_the_board(
    smile: ExpressionModel, face: Face, people: list[Pair], tmp_path: Path
) -> None:
    board, host = tmp_path / "board", tmp_path / "host"
    board.mkdir()
    host.mkdir()
    firmware, program = build(smile, board), compiled(smile, host)
    assert firmware.flash < 250_000
    for pixels, points in (resized(face, 128), resized(person(people[0]), 128)):
        frame = run(firmware, pixels, points, 256)
        expected = adapted_to_light(smile, pixels, points, 1.0)
        assert np.abs(frame.out.astype(int) - expected).max() <= LEVELS
        np.testing.assert_array_equal(frame.out, program(pixels, points, 256))
        assert frame.workspace < 90_000
        assert frame.stack < 4_000
        assert 1_000_000 < frame.preparing < 60_000_000
        assert 1_000_000 < frame.pixels < 60_000_000


def test_a_chosen_action_changes_the_portrait_on_the_board(face: Face, tmp_path: Path) -> None:
    board, host = tmp_path / "board", tmp_path / "host"
    board.mkdir()
    host.mkdir()
    options = ("-DPIXELFES_ONLY", "-DPIXELFES_HAS_JAW_OPEN", "-DPIXELFES_HAS_EYE_BLINK")
    mix = Mix({"jawOpen": 0.4, "eyeBlink_L": 0.8})
    sizes = np.array([mix.actions.get(name, 0.0) for name in NAMES], np.float32)
    pixels, points = resized(face, 128)
    firmware = compiled_for_board(c_action_files(load("expressions")), board, *options)
    frame = run(firmware, pixels, points, 0, sizes)
    assert np.abs(frame.out.astype(int) - actions_in_light(pixels, points, mix)).max() <= LEVELS
    np.testing.assert_array_equal(frame.out, compiled_actions(host, *options)(pixels, points, sizes, (0.0, 0.0)))
    assert firmware.flash < 180_000
    assert frame.workspace < 90_000
    assert frame.stack < 4_500
    assert 1_000_000 < frame.preparing < 60_000_000
    assert 1_000_000 < frame.pixels < 60_000_000


@pytest.mark.parametrize(
    "regressor",
    [PixelRidge(alpha=0.4), PixelKernelRidge(alpha=0.1), MaskedRidge(alpha=0.4), LocalSparseRidge(alpha=0.4)],
    ids=str,
)
def test_a_registered_crop_changes_on_the_board(regressor: PixelRegressor, people: list[Pair], tmp_path: Path) -> None:
    model = fitted_grid(regressor, people[:10])
    firmware = build(model, tmp_path)
    crop = crops(model, people[10:11])[0]
    frame = run(firmware, crop, None, 256)
    expected = model.synthesize_pixels(crop, 1.0, landmarks=anchored(32))
    assert np.abs(frame.out.astype(int) - expected).max() <= LEVELS
    assert frame.stack < 4_000
    assert frame.pixels < 3_000_000
