"""``pixelfes apply`` in a pipe: the type that came in comes out, and nothing else does."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.program import PROGRAM, fail, one_sentence, pixelfes, pixels_of, portrait, smiles, succeed

PICTURES = {}
for _format in ("JPEG", "PNG"):
    _file = io.BytesIO()
    portrait().save(_file, _format)
    PICTURES[_format] = _file.getvalue()


@pytest.mark.parametrize("format", PICTURES)
def test_the_type_that_comes_in_goes_out(format: str, tmp_path: Path) -> None:
    result = pixelfes("apply", "-", folder=tmp_path, stdin=PICTURES[format])
    assert (result.returncode, result.stderr) == (0, b"")
    with Image.open(io.BytesIO(result.stdout)) as image:
        assert image.format == format
    assert smiles(pixels_of(PICTURES[format]), pixels_of(result.stdout))


def test_a_file_goes_to_stdout_and_stdin_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "me.png").write_bytes(PICTURES["PNG"])
    result = pixelfes("apply", "me.png", "-o", "-", folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, b"")
    assert succeed("apply", "-", "-o", "out.png", folder=tmp_path, stdin=PICTURES["PNG"]) == "out.png\n"
    assert result.stdout == (tmp_path / "out.png").read_bytes()


def test_what_is_no_photo_is_one_sentence(tmp_path: Path) -> None:
    assert fail("apply", "-", folder=tmp_path) == "stdin cannot be read: the file is empty"
    assert "stdin cannot be read: it is not a JPEG" in fail("apply", "-", folder=tmp_path, stdin=b"text")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other pipes")
def test_a_reader_that_goes_away_is_no_noise(tmp_path: Path) -> None:
    for arguments in (["apply", "-"], ["info", "smile"], ["--help"]):
        reading, writing = os.pipe()
        os.close(reading)
        result = subprocess.run(
            [*PROGRAM, *arguments], input=PICTURES["JPEG"], stdout=writing, stderr=subprocess.PIPE, check=False
        )
        os.close(writing)
        assert (result.returncode, result.stderr) == (1, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other terminals")
def test_a_picture_is_not_written_to_a_terminal(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    result = subprocess.run([*PROGRAM, "apply", "-"], input=b"", stdout=theirs, stderr=subprocess.PIPE, check=False)
    os.close(theirs)
    os.close(ours)
    assert result.returncode == 1
    assert "not written to a terminal" in one_sentence(result.stderr.decode())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_behind_stdout_is_one_sentence() -> None:
    for arguments in (["info", "smile"], ["--version"]):
        with Path("/dev/full").open("wb") as full:
            result = subprocess.run([*PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, check=False)
        assert result.returncode == 1
        assert one_sentence(result.stderr.decode()) == "No space left on device"
