"""``pixelfes fit``, and ``info`` and ``apply`` with what it made."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from pixelfes.cli.main import app
from pixelfes.regress import REGRESSORS
from tests.cli.program import fail, fail_here, make_pairs, misuse, pixelfes, pixels_of, portrait, smiles, succeed


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pairs of the portrait in three lights, whose other half the shipped model made."""
    return make_pairs(tmp_path_factory.mktemp("data") / "pairs", (0.8, 1.0, 1.15))


def test_a_model_is_fitted_described_and_applied(pairs: Path, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    command = ("fit", pairs, "-o", "new/grin.safetensors")
    said = succeed(*command, folder=tmp_path, XDG_CACHE_HOME=cache, LOCALAPPDATA=cache)
    model = tmp_path / "new/grin.safetensors"
    assert said.startswith("3 of 3 pairs, alpha ")
    if sys.platform != "darwin":  # its cache has one place
        assert len(list((tmp_path / "cache/pixelfes/landmarks").iterdir())) == 6
    assert said.endswith(f", 25088 parameters, {model.stat().st_size} bytes: {Path('new/grin.safetensors')}\n")

    facts = json.loads(succeed("info", model, "--json", folder=tmp_path))
    assert facts["expression"] == "grin"
    assert (facts["method"], facts["registration"], facts["training_pairs"]) == ("pixel-rr", "mesh", 3)
    assert facts["bytes"] == model.stat().st_size
    assert facts["method_parameters"]["prior"] == "identity"

    portrait().save(tmp_path / "me.png")
    assert succeed("apply", "me.png", "-m", model, folder=tmp_path) == "me.grin.png\n"
    assert smiles(pixels_of(tmp_path / "me.png"), pixels_of(tmp_path / "me.grin.png"))


def test_every_option_reaches_the_model_and_pairs_without_a_face_are_left_out(pairs: Path, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    mine = shutil.copytree(pairs, tmp_path / "pairs")
    Image.new("RGB", (99, 99)).save(mine / "neutral/flat.png")
    Image.new("RGB", (99, 99)).save(mine / "grin/flat.png")
    numbers = (
        "--registration grid --size 32 --alpha 0.4 --channels separate --prior zero --precision float16 --no-cache"
    )
    texts = ["--expression", "../x", "--training-data", "[red]me", "--licence", "MIT", "--attribution", "nobody"]
    options = ("-o", "m.safetensors", *numbers.split(), *texts)
    result = pixelfes("fit", mine, *options, folder=tmp_path, XDG_CACHE_HOME=cache, LOCALAPPDATA=cache)
    assert result.returncode == 0
    assert result.stdout.startswith(b"3 of 4 pairs, alpha 0.4, 6144 parameters, ")
    assert result.stderr == b"pixelfes: left out flat: no face was found in the input photo\n"
    assert (tmp_path / "m.safetensors").stat().st_size < 14_000
    assert not (tmp_path / "cache/pixelfes").exists()

    told = dict(line.split("  ", 1) for line in succeed("info", "m.safetensors", folder=tmp_path).splitlines())
    told = {name: value.strip() for name, value in told.items()}
    assert told["method parameters"].startswith("alpha=0.4, channels=separate, prior=zero")
    assert (told["expression"], told["size"], told["registration"]) == ("../x", "32", "grid")
    assert (told["training data"], told["licence"], told["attribution"]) == ("[red]me", "MIT", "nobody")

    portrait().save(tmp_path / "me.png")
    assert succeed("apply", "me.png", "-m", "m.safetensors", folder=tmp_path) == "me.x.png\n"


def test_what_cannot_be_fitted_is_one_sentence_before_the_long_work(pairs: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    manifest = tmp_path / "pairs.csv"
    manifest.write_text("input,target\ngone.jpg,gone.jpg\n")
    model = tmp_path / "m.safetensors"
    assert "neither a folder of pairs nor a CSV manifest" in fail_here("fit", tmp_path / "gone", "-o", model)
    assert "must hold neutral/" in fail_here("fit", tmp_path, "-o", model)
    assert "not a directory" in fail_here("fit", pairs, "-o", tmp_path / "file/m.safetensors")
    assert "is a folder" in fail_here("fit", pairs, "-o", tmp_path)
    assert "is the input itself" in fail_here("fit", manifest, "-o", manifest)
    assert "none of 1 pairs can be used" in fail_here("fit", manifest, "-o", model)
    assert not model.exists()


def test_a_model_is_replaced_but_no_other_file_unless_asked_for(pairs: Path, tmp_path: Path) -> None:
    fit = ("fit", pairs, "--size", "16", "--method", "pixel-rr", "-o", "m.safetensors")
    for _ in range(2):
        assert succeed(*fit, folder=tmp_path).startswith("3 of 3 pairs")
    before = (tmp_path / "m.safetensors").read_bytes()
    (tmp_path / "m.safetensors").write_text("mine")
    assert "m.safetensors exists and was not made by this program" in fail(*fit, folder=tmp_path)
    assert (tmp_path / "m.safetensors").read_text() == "mine"
    assert succeed(*fit, "--overwrite", "-q", folder=tmp_path) == ""
    assert (tmp_path / "m.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    "wrong",
    [
        ["--alpha", "-1"],
        ["--alpha", "nan"],
        ["--alpha", "large"],
        ["--size", "8"],
        ["--method", "deep"],
        ["--prior", "one"],
        ["--precision", "int8"],
        ["--registration", "hand"],
    ],
)
def test_wrong_usage_has_the_status_two(wrong: list[str]) -> None:
    assert f"Invalid value for '{wrong[0]}'" in misuse("fit", "pairs", "-o", "m.safetensors", *wrong)


def test_a_model_needs_a_place() -> None:
    assert "Missing option '--output'" in misuse("fit", "pairs")


def test_help_names_every_method() -> None:
    text = CliRunner().invoke(app, ["fit", "--help"]).stdout
    assert all(name in text for name in REGRESSORS)
