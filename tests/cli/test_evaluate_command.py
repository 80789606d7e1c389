from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixelfes.arrays import Array, Pixels
from pixelfes.cli.outputs import check_report_folder
from tests.cli.program import fail, fail_here, misuse, succeed
from tests.evaluate.judges.onnx_files import linear_network, pixels_network
from tests.expression.drawn_faces import drawn_pairs


@pytest.fixture(scope="module")
def faces(
    portrait: Pixels,
    smiling_portrait: Pixels,
    points: Array,
    smiling_points: Array,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder of four drawn pairs."""
    folder = tmp_path_factory.mktemp("evaluate") / "faces"
    for pair in drawn_pairs(portrait, smiling_portrait, points, smiling_points, count=4):
        for side, pixels in (("neutral", pair.input), ("smile", pair.target)):
            (folder / side).mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.asarray(pixels)).save(folder / side / f"{pair.name}.png")
    return folder


def test_a_report_from_one_command(faces: Path, tmp_path: Path) -> None:
    (faces.parent / "faces.csv").write_text(
        "input,target\n" + "".join(f"faces/neutral/drawn {n}.png,faces/smile/drawn {n}.png\n" for n in range(4)),
        encoding="utf-8",
    )
    identity = pixels_network(tmp_path / "identity.onnx")
    options = ["--methods", "pixel-rr,copy", "--registrations", "mesh", "--size", "24", "--folds", "2", "--no-cache"]
    options += ["--identity-judge", str(identity), "--expressions", "sad,wink"]
    out = succeed("evaluate", faces.parent / "faces.csv", *options, "-o", "out", "--models", "smile", folder=tmp_path)
    assert out == "3 candidates, 4 people judged, 4 pairs: out/index.html\n"
    with (tmp_path / "out/tables/overall.csv").open(newline="", encoding="utf-8") as stream:
        rows = {row["candidate"]: row for row in csv.DictReader(stream)}
    assert list(rows) == ["the real photo", "copy of the input", "Pixel-RR, mesh", "smile (model)"]
    assert float(rows["copy of the input"]["identity distance"]) == 0
    assert float(rows["Pixel-RR, mesh"]["mean score"]) > float(rows["copy of the input"]["mean score"])
    with (tmp_path / "out/tables/expressions.csv").open(newline="", encoding="utf-8") as stream:
        named = {row["expression"]: row for row in csv.DictReader(stream)}
    assert list(named) == ["sad", "wink"]
    assert float(named["sad"]["moved, %"]) > float(named["wink"]["moved, %"]) > 0.5
    page = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    assert "Expressions by name" in page
    assert "There is no people.csv beside the pairs" in page
    check_report_folder(tmp_path / "out", faces, "input", overwrite=False)  # a second report may go there


def test_named_people_are_tested_once_and_others_left_out(faces: Path, tmp_path: Path) -> None:
    identity = pixels_network(tmp_path / "identity.onnx")
    (tmp_path / "test.txt").write_text("drawn 1\n\n", encoding="utf-8")
    options = ["--methods", "pixel-rr,copy", "--registrations", "mesh", "--size", "24", "--no-cache"]
    options += ["--identity-judge", str(identity), "--test-people", "test.txt", "--leave-out", "drawn 3"]
    out = succeed("evaluate", faces, *options, "-o", "out", folder=tmp_path)
    assert out == "2 candidates, 1 people judged, 3 pairs: out/index.html\n"
    page = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    assert "learnt from the 2 others, once" in page


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (["--test-people", "somebody"], "there is no pair named 'somebody'; they are named as drawn 0"),
        (["--leave-out", "none.txt"], "none.txt: No such file or directory"),
        (["--test-people", "drawn 1", "--leave-out", "drawn 1"], "there is no pair named 'drawn 1'"),
    ],
)
def test_people_who_are_not_there(faces: Path, tmp_path: Path, option: list[str], says: str) -> None:
    identity = pixels_network(tmp_path / "identity.onnx")
    assert says in fail("evaluate", faces, "--identity-judge", identity, *option, folder=tmp_path)


def test_a_folder_without_pairs(tmp_path: Path) -> None:
    assert "must hold neutral/ and one other folder" in fail("evaluate", tmp_path, folder=tmp_path)


def test_arguments_that_cannot_be(faces: Path, tmp_path: Path) -> None:
    assert "'gan' is none of pixel-rr, " in misuse("evaluate", faces, "--methods", "gan")
    assert "'cloth' is none of mesh, grid" in misuse("evaluate", faces, "--registrations", "cloth")
    assert "nothing to compare" in misuse("evaluate", faces, "--methods", "")
    assert "neither a model file nor one of the shipped" in fail_here("evaluate", faces, "--models", "frown")
    assert "needs --labels" in misuse("evaluate", faces, "--expression-judge", "judge.onnx")
    assert "none is given" in misuse("evaluate", faces, "--labels", "happy,sad")
    assert "judge.onnx is not a file" in fail_here(
        "evaluate", faces, "--expression-judge", tmp_path / "judge.onnx", "--labels", "happy,sad"
    )
    assert "neither a folder of pairs nor" in fail_here("evaluate", tmp_path / "nowhere")
    assert "'grin' is none of smile, closed smile" in misuse("evaluate", faces, "--expressions", "grin")
    assert "--folds" in misuse("evaluate", faces, "--folds", "1")
    assert "--size" in misuse("evaluate", faces, "--size", "4")


def test_a_label_that_the_judge_does_not_have(faces: Path, tmp_path: Path) -> None:
    path = linear_network(tmp_path / "judge.onnx", np.ones((2, 3)), np.zeros(2))
    options = ("--expression-judge", path, "--labels", "happy,sad", "--happy", "joy")
    assert "'joy' is none of the classifier's: happy, sad" in misuse("evaluate", faces, *options)


def test_places_where_a_report_cannot_go(faces: Path, tmp_path: Path) -> None:
    assert "is the input itself" in fail_here("evaluate", faces, "-o", faces)
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "is a file; name a folder" in fail_here("evaluate", faces, "-o", tmp_path / "file")
    report = tmp_path / "report"
    assert "must be a folder with photos" in fail_here("evaluate", faces, "--paintings", tmp_path, "-o", report)
    assert "no report of this program; add --overwrite" in fail_here("evaluate", faces, "-o", tmp_path)


def test_more_folds_than_people(faces: Path, tmp_path: Path) -> None:
    said = fail("evaluate", faces, "--methods", "copy", "--folds", "5", folder=tmp_path)
    assert "in 5 folds needs two folds and 5 people at least whose faces are found; found 4" in said
