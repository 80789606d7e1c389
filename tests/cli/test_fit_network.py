"""``pixelfes fit --method stargan``: in real processes, one of which is killed."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import PROGRAM, SECONDS, misuse, pixelfes, pixels_of, portrait, succeed
from tests.polling import wait_until

pytest.importorskip("torch", reason='torch is not installed: pip install "pixelfes[gan]"')

from safetensors.numpy import load_file

OPTIONS = ["--size", "32", "--width", "4", "--batch", "2", "--device", "cpu", "--sample-every", "10"]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four people who do not exist."""
    folder = tmp_path_factory.mktemp("data") / "pairs"
    succeed("people", "-o", folder, "--count", "4", "--size", "64", folder=folder.parent)
    return folder


def _losses(training: Path) -> list[dict[str, str]]:
    with (training / "losses.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_network_is_trained_described_and_applied(pairs: Path, tmp_path: Path) -> None:
    said = succeed(
        "fit", pairs, "--method", "ganimation", "-o", "g.safetensors", "--steps", "20", *OPTIONS, folder=tmp_path
    )
    model = tmp_path / "g.safetensors"
    assert said.startswith("4 of 4 pairs, 20 steps of 2 pictures, critic ")
    assert said.endswith(f" parameters, {model.stat().st_size} bytes: g.safetensors\n")
    assert sorted(file.name for file in (tmp_path / "g.training/samples").iterdir()) == ["0000010.png", "0000020.png"]
    assert [row["step"] for row in _losses(tmp_path / "g.training")] == ["5", "10", "15", "20"]

    facts = json.loads(succeed("info", model, "--json", folder=tmp_path))
    assert (facts["method"], facts["registration"], facts["training_pairs"]) == ("ganimation", "grid", 4)
    assert facts["method_parameters"]["budget"] == "20 steps of 2 pictures"
    assert facts["method_parameters"]["intensity"] == "continuous"

    portrait().save(tmp_path / "me.png")
    assert succeed("apply", "me.png", "-m", model, "--intensity", "0.5", folder=tmp_path) == "me.smile.png\n"
    assert (pixels_of(tmp_path / "me.png") != pixels_of(tmp_path / "me.smile.png")).any()


def test_stargan_says_that_it_is_on_or_off(pairs: Path, tmp_path: Path) -> None:
    succeed("fit", pairs, "--method", "stargan", "-o", "s.safetensors", "--steps", "5", *OPTIONS, folder=tmp_path)
    portrait().save(tmp_path / "me.png")
    result = pixelfes("apply", "me.png", "-m", "s.safetensors", "--intensity", "0.5", folder=tmp_path)
    assert result.returncode == 0
    assert result.stderr.decode() == "pixelfes: warning: this model is on or off: intensity 0.5 is the same as 1\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_training_that_was_killed_goes_on_to_the_same_end(pairs: Path, tmp_path: Path) -> None:
    command = ["fit", str(pairs), "--method", "stargan", "--steps", "200", "--checkpoint-every", "10", *OPTIONS]
    succeed(*command, "-o", "whole.safetensors", folder=tmp_path)

    process = subprocess.Popen(
        [*PROGRAM, *command, "-o", "killed.safetensors"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    training = tmp_path / "killed.training"
    wait_until((training / "losses.csv").exists, SECONDS)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / "killed.safetensors").exists()
    before = _losses(training)
    assert 0 < len(before) < 40

    said = succeed(*command, "-o", "killed.safetensors", folder=tmp_path)
    assert "200 steps of 2 pictures" in said
    after = _losses(training)
    assert after[: len(before)] == before
    assert after == _losses(tmp_path / "whole.training")
    one, other = (load_file(tmp_path / f"{name}.safetensors") for name in ("whole", "killed"))
    assert all((one[name] == other[name]).all() for name in one)


def test_what_does_not_go_together_is_said(pairs: Path, tmp_path: Path) -> None:
    output: list[str | Path] = ["-o", tmp_path / "m.safetensors"]
    network: list[str | Path] = ["fit", pairs, "--method", "stargan", *output]
    assert "needs a number of steps" in misuse(*network)
    assert "stargan has no such option" in misuse(*network, "--steps", "5", "--alpha", "1")
    assert "trained on the grid" in misuse(*network, "--steps", "5", "--registration", "mesh")
    assert "pixel-rr has no such option" in misuse("fit", pairs, *output, "--steps", "5")


def test_networks_are_compared_with_the_rest(pairs: Path, tmp_path: Path) -> None:
    chosen = ["--methods", "copy,stargan", "--folds", "2", "--network-steps", "5", "--network-folds", "1"]
    small = ["--network-size", "32", "--network-width", "4", "--network-batch", "2", "--device", "cpu"]
    said = succeed("evaluate", pairs, "-o", "report", *chosen, *small, "--no-cache", folder=tmp_path)
    assert said.startswith("2 candidates, 4 people judged, 4 pairs: ")
    assert "StarGAN, 5 steps of 2 pictures" in (tmp_path / "report/tables/overall.md").read_text(encoding="utf-8")
    options = ("-o", tmp_path / "other", "--methods", "stargan")
    assert "networks need a number of steps" in misuse("evaluate", pairs, *options)
