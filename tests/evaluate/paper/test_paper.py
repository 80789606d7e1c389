"""The paper's comparison, laid out again: its settings, against formulas written out here, and its page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixelfes import fictional_people
from pixelfes.arrays import AnyArray
from pixelfes.evaluate.paper.crops import Crops, paper_crops
from pixelfes.evaluate.paper.methods import LAMBDA, METHODS, copy_errors, kept_out_errors, kept_out_pictures
from pixelfes.evaluate.paper.pictures import COLUMNS, kept_out_sheet
from pixelfes.face.detector.landmark_cache import photo_detector
from pixelfes.regress import PixelRidge
from tests.cli.program import fail, succeed

PEOPLE = 10


@pytest.fixture(scope="module")
def crops() -> Crops:
    """Crops of a few people who do not exist."""
    return paper_crops(list(fictional_people(PEOPLE, seed=0)), photo_detector(), lambda stage, done, total: None)


def written_out(x: AnyArray, t: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Weight and bias of every pixel by the paper's normal equations, of samples (N, H, W) from 0 to 1."""
    n, xx, sx = len(x), (x * x).sum(axis=0) + LAMBDA, x.sum(axis=0)
    xt, st = (x * t).sum(axis=0), t.sum(axis=0)
    determinant = xx * (n + LAMBDA) - sx * sx
    return ((n + LAMBDA) * xt - sx * st) / determinant, (xx * st - sx * xt) / determinant


def test_in_grey_there_is_one_channel_so_lambda_counts_once(crops: Crops) -> None:
    grey = crops.grey()
    assert grey.X.shape == (PEOPLE, 128, 128)
    weight, bias = written_out(grey.X / 255, grey.T / 255)
    fitted = PixelRidge(alpha=LAMBDA, prior="zero").fit(grey.X, grey.T)
    np.testing.assert_allclose(fitted.weight_, weight, atol=1e-6)
    np.testing.assert_allclose(fitted.bias_, bias, atol=1e-6)
    three = PixelRidge(alpha=LAMBDA, prior="zero").fit(*(np.stack([side] * 3, axis=-1) for side in (grey.X, grey.T)))
    assert np.abs(three.weight_ - weight).max() > 0.05, "three equal channels make it a third"


def test_grey_is_the_luminance(crops: Crops) -> None:
    expected = crops.X @ np.array([0.299, 0.587, 0.114])
    assert np.abs(crops.grey().X - expected).max() <= 0.5 + 1e-6


def test_min_max_brings_every_picture_to_its_own_range(crops: Crops) -> None:
    pictures = crops.grey().normalised()
    for before, after in ((crops.grey().X, pictures.X), (crops.grey().T, pictures.T)):
        assert after.min(axis=(1, 2)).tolist() == [0] * PEOPLE
        assert after.max(axis=(1, 2)).tolist() == [1] * PEOPLE
        for picture, scaled in zip(before, after, strict=True):
            assert abs(np.corrcoef(picture.ravel(), scaled.ravel())[0, 1]) > 0.999999


@pytest.mark.parametrize("method", METHODS)
def test_nobody_is_judged_by_a_fit_that_has_seen_them(crops: Crops, method: str) -> None:
    grey = crops.grey()
    errors = kept_out_errors(grey, METHODS[method], folds=5)
    assert errors.shape == (PEOPLE,)
    changed = Crops(grey.X, grey.T.copy(), grey.people, [])
    (test, *_), _ = next(kept_out_pictures(grey, METHODS[method], 5))
    changed.T[test] = 255 - changed.T[test]  # what a person looks like afterwards is not used to make their picture
    (_, before), (_, after) = (next(kept_out_pictures(one, METHODS[method], 5)) for one in (grey, changed))
    np.testing.assert_array_equal(before[0], after[0])


def test_pairs_of_a_person_stay_together(crops: Crops) -> None:
    twice = Crops(crops.X, crops.T, [f"person {n // 2}" for n in range(PEOPLE)], [])
    for test, _ in kept_out_pictures(twice, METHODS["Pixel-RR"], 5):
        assert sorted(test // 2)[::2] == sorted(test // 2)[1::2]


def test_errors_are_in_levels(crops: Crops) -> None:
    off = crops.X.astype(float) - crops.T
    np.testing.assert_allclose(copy_errors(crops), (off * off).mean(axis=(1, 2, 3)))


def test_the_figure_has_a_row_a_person(crops: Crops) -> None:
    shown = kept_out_sheet(crops, 5, 2)
    assert shown.shape == (2 * 132 - 4, len(COLUMNS) * 132 - 4, 3)
    test, _ = next(kept_out_pictures(crops, METHODS["RR"], 5))
    np.testing.assert_array_equal(shown[:128, :128], crops.X[test[0]])
    np.testing.assert_array_equal(shown[:128, 132:260], crops.T[test[0]])


def test_one_command_writes_the_page(tmp_path: Path) -> None:
    out = succeed("reproduce", "--people", "6", "-o", "out", folder=tmp_path)
    assert out == "0 real pairs, 6 people who do not exist: out/paper.md\n"
    page = (tmp_path / "out/paper.md").read_text(encoding="utf-8")
    assert "pixelfes reproduce --people 6\n" in page
    assert "| Pixel-RR | 3.28 | 3.28 |" in page
    with Image.open(tmp_path / "out/images/paper.jpg") as figure:
        assert figure.width == len(COLUMNS) * 132 - 4
    assert (tmp_path / "out/tables/paper-fictional.csv").read_text(encoding="utf-8").count("\n") == 2 + len(METHODS)
    succeed("reproduce", "--people", "5", "-o", "out", folder=tmp_path)


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert "holds other files: name a new folder, or add --overwrite" in fail("reproduce", "-o", ".", folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
