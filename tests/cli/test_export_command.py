from __future__ import annotations

import os
from pathlib import Path

import onnx
import pytest

from pixelfes import ExpressionModel, Pair, PixelKernelRidge
from tests.cli.program import fail, fail_here, misuse, succeed


def test_a_shipped_model_becomes_a_graph_and_a_source(tmp_path: Path) -> None:
    said = succeed("export", "smile", "--to", "onnx", "-o", "smile.onnx", folder=tmp_path)
    assert said == f"smile.onnx: {(tmp_path / 'smile.onnx').stat().st_size} bytes\n"
    onnx.checker.check_model(str(tmp_path / "smile.onnx"), full_check=True)
    succeed("export", "smile", "--to", "c", "-o", "smile.c", folder=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["smile.c", "smile.h", "smile.onnx"]
    assert '#include "smile.h"' in (tmp_path / "smile.c").read_text()
    assert "DeBruine" in (tmp_path / "smile.c").read_text()


def test_facial_actions_become_one_graph(tmp_path: Path) -> None:
    said = succeed("export", "-m", "expressions", "--to", "onnx", "-o", "all.onnx", folder=tmp_path)
    assert said == f"all.onnx: {(tmp_path / 'all.onnx').stat().st_size} bytes\n"
    graph = onnx.load(str(tmp_path / "all.onnx"))
    assert [put.name for put in graph.graph.input] == ["photo", "landmarks", "actions", "gaze"]


def test_facial_actions_become_a_source_and_a_header(tmp_path: Path) -> None:
    said = succeed("export", "-m", "expressions", "--to", "c", "-o", "all.c", folder=tmp_path)
    assert said == "".join(f"{name}: {(tmp_path / name).stat().st_size} bytes\n" for name in ("all.h", "all.c"))
    assert '#include "all.h"' in (tmp_path / "all.c").read_text()
    assert "PIXELFES_HAS_MOUTH_SMILE" in (tmp_path / "all.h").read_text()
    assert "ICT-FaceKit" in (tmp_path / "all.c").read_text()


def test_only_what_the_program_made_is_replaced_unasked(tmp_path: Path) -> None:
    for name in ("a.h", "a.onnx"):
        (tmp_path / name).write_text("mine")
    for to, output, theirs in (("c", "a.c", "a.h"), ("onnx", "a.onnx", "a.onnx")):
        sentence = fail("export", "--to", to, "-o", output, folder=tmp_path)
        assert sentence == f"{theirs} exists and was not made by this program; add --overwrite to replace it"
        assert (tmp_path / theirs).read_text() == "mine"
        succeed("export", "--to", to, "-o", output, "--overwrite", folder=tmp_path)
        succeed("export", "--to", to, "-o", output, folder=tmp_path)
    assert all("pixelfes_apply" in (tmp_path / name).read_text() for name in ("a.c", "a.h"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_no_output(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    assert "add --overwrite" in fail("export", "--to", "onnx", "-o", "pipe.onnx", folder=tmp_path)
    assert "not a regular file" in fail("export", "--to", "onnx", "-o", "pipe.onnx", "--overwrite", folder=tmp_path)


def test_the_model_is_an_argument_or_an_option_and_the_smile_by_default(tmp_path: Path) -> None:
    for number, named in enumerate(([], ["smile"], ["-m", "smile"], ["--model", "smile"])):
        succeed("export", *named, "--to", "onnx", "-o", f"{number}.onnx", folder=tmp_path)
    assert len({path.read_bytes() for path in tmp_path.glob("*.onnx")}) == 1
    assert "the model is smile already" in misuse("export", "smile", "-m", "smile", "--to", "c", "-o", "a.c")


def test_the_model_itself_is_never_replaced(smile: ExpressionModel, tmp_path: Path) -> None:
    model = tmp_path / "m.safetensors"
    smile.save(model)
    before = model.read_bytes()
    assert "is the model itself" in fail("export", model, "--to", "onnx", "-o", model, folder=tmp_path)
    assert model.read_bytes() == before


def test_bad_input_is_one_sentence_and_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "broken.safetensors").write_bytes(b"\x08" * 100)
    assert "is a folder" in fail_here("export", "smile", "--to", "onnx", "-o", tmp_path)
    assert "nor one of the shipped models" in fail("export", "grin", "--to", "c", "-o", "a.c", folder=tmp_path)
    assert "not a valid" in fail("export", "broken.safetensors", "--to", "c", "-o", "a.c", folder=tmp_path)
    assert "ends in .c" in fail("export", "smile", "--to", "c", "-o", "smile.txt", folder=tmp_path)
    assert "ends in .c" in fail("export", "smile", "--to", "c", "-o", 'a"b.c', folder=tmp_path)


def test_a_place_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "file" in fail("export", "smile", "--to", "c", "-o", "file/a.c", folder=tmp_path)


def test_a_model_that_cannot_be_exported_is_one_sentence(drawn: list[Pair], tmp_path: Path) -> None:
    model = ExpressionModel("mesh", PixelKernelRidge(alpha=0.1), size=16).fit(drawn[:3])
    model.save(tmp_path / "m.safetensors")
    for to, output in (("onnx", "m.onnx"), ("c", "m.c")):
        assert "cannot be exported" in fail("export", "m.safetensors", "--to", to, "-o", output, folder=tmp_path)


def test_wrong_usage_has_the_status_two() -> None:
    assert "Invalid value for '--to'" in misuse("export", "smile", "--to", "fortran", "-o", "a.f")
    assert "Missing option '--output'" in misuse("export", "smile", "--to", "c")
