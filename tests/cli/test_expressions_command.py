"""``pixelfes apply --expression``, ``--set`` and ``--like``; ``pixelfes expressions``; ``pixelfes fit --refine``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.program import PORTRAIT, fail_here, make_pairs, misuse, pixels_of, portrait, succeed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the portrait as me.png."""
    folder = tmp_path_factory.mktemp("expressions")
    portrait().save(folder / "me.png")
    return folder


def test_an_expression_by_name_names_its_output(folder: Path) -> None:
    assert succeed("apply", "me.png", "--expression", "surprised", folder=folder) == "me.surprised.png\n"
    assert succeed("apply", "me.png", "-e", "sad:0.6 + wink", folder=folder) == "me.sad-0-6-wink.png\n"
    before, after = (pixels_of(folder / name) for name in ("me.png", "me.surprised.png"))
    assert before.shape == after.shape
    assert np.abs(before.astype(int) - after).max() > 60
    with Image.open(folder / "me.surprised.png") as made:
        assert "sizes" in made.info["XML:com.adobe.xmp"]


def test_smile_by_name_is_the_smile(folder: Path) -> None:
    succeed("apply", "me.png", "-o", "by-model.png", folder=folder)
    succeed("apply", "me.png", "-e", "smile", "-o", "by-name.png", folder=folder)
    np.testing.assert_array_equal(pixels_of(folder / "by-model.png"), pixels_of(folder / "by-name.png"))


def test_other_sizes_are_made_again_and_the_same_are_not(folder: Path) -> None:
    sizes = [["--set", "browInnerUp=0.8"], ["--set", "gaze=12,-5", "--set", "AU12=0.5"]]
    made = []
    for one in sizes:
        succeed("apply", "me.png", *one, "-o", "set.png", folder=folder)
        made.append(pixels_of(folder / "set.png").astype(int))
    assert np.abs(made[0] - made[1]).max() > 20
    stamp = (folder / "set.png").stat().st_mtime_ns
    succeed("apply", "me.png", *sizes[1], "-o", "set.png", folder=folder)
    assert (folder / "set.png").stat().st_mtime_ns == stamp


def test_the_expression_of_another_photo(folder: Path) -> None:
    succeed("apply", "me.png", "-e", "mouth open", "-o", "other.png", folder=folder)
    assert succeed("apply", "me.png", "--like", "other.png", folder=folder) == "me.like-other.png\n"
    before, other, like = (
        pixels_of(folder / name).astype(int) for name in ("me.png", "other.png", "me.like-other.png")
    )
    mouth = np.abs(other - before).max(2) > 30
    assert np.abs(like - other)[mouth].mean() < np.abs(before - other)[mouth].mean()


def test_wrong_names_and_sizes_are_wrong_usage() -> None:
    photo = str(PORTRAIT)
    assert "did you mean 'surprised'" in misuse("apply", photo, "--expression", "surprisd")
    assert "--set" in misuse("apply", photo, "--set", "jawOpen")
    assert "name what to show" in misuse("apply", photo, "-m", "expressions")
    assert "a sheet needs a photo" in misuse("expressions", "-o", "sheet.png")
    assert "fit a model of its own" in misuse("fit", ".", "-o", "x.safetensors", "--refine", "smile")
    assert "a refinement has no such option" in misuse(
        "fit", ".", "-o", "x.safetensors", "--refine", "sad", "--alpha", "1"
    )


def test_every_expression_and_action_is_listed(folder: Path) -> None:
    text = succeed("expressions", folder=folder)
    for line in ("  closed smile", "  fearful (experimental", "  mouthSmile (also _L, _R)", "  tongueOut: ", "gaze:"):
        assert f"\n{line}" in text
    assert "\n  AU12: mouthSmile 1\n" in text
    facts = json.loads(succeed("expressions", "--json", folder=folder))
    assert facts["expressions"]["smile"]["learned"] == 1
    assert "jawOpen" in facts["actions"]


def test_a_sheet_shows_all_of_it_on_one_photo(folder: Path) -> None:
    assert succeed("expressions", "--sheet", "me.png", "-o", "sheet.jpg", folder=folder) == "sheet.jpg\n"
    assert pixels_of(folder / "sheet.jpg").shape[1] > 1500
    succeed("expressions", "--sheet", "me.png", "-o", "sheet.jpg", folder=folder)  # its own output is replaced
    me = folder / "me.png"
    assert "is the photo itself" in fail_here("expressions", "--sheet", me, "-o", me)


def test_the_model_of_every_expression_is_described(folder: Path) -> None:
    facts = json.loads(succeed("info", "expressions", "--json", folder=folder))
    assert facts["bytes"] <= 256 * 1024
    assert facts["method"] == "facial-actions"


def test_an_expression_is_refined_and_applied(folder: Path) -> None:
    pairs = make_pairs(folder / "pairs", (0.9, 1.1))
    said = succeed("fit", pairs, "--refine", "closed smile", "-o", "mine.safetensors", folder=folder)
    assert said.startswith("2 of 2 pairs, ")
    assert json.loads(succeed("info", "mine.safetensors", "--json", folder=folder))["expression"] == "closed smile"
    assert succeed("apply", "me.png", "-m", "mine.safetensors", folder=folder) == "me.closed-smile.png\n"
    assert "made of facial actions" in fail_here(
        "export", folder / "mine.safetensors", "--to", "c", "-o", folder / "x.c"
    )
