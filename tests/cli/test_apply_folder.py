"""``pixelfes apply`` on a folder: what is read, where it goes, and what happens on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.program import PROGRAM, SECONDS, fail_here, pixelfes, pixels_of, portrait, smiles, succeed
from tests.polling import wait_until


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_good_photos_are_done_bad_ones_are_listed_and_finished_ones_are_skipped(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    (photos / "trip/.hidden").mkdir(parents=True)
    for name in ("a.jpg", "b.bmp", "b.png", "trip/C.JPG", "trip/d.jfif", "trip/.hidden/e.jpg"):
        portrait().save(photos / name, format={".jfif": "JPEG"}.get(Path(name).suffix))
    Image.new("RGB", (200, 200), "grey").save(photos / "flat.webp")
    (photos / "trip/text.jpg").write_text("no photo")
    (photos / "notes.txt").write_text("not looked at")

    result = pixelfes("apply", "photos", folder=tmp_path)
    out = tmp_path / "photos.smile"
    assert result.returncode == 1
    assert result.stdout.decode() == "5 written, 0 there already, 2 failed, 1 left out: photos.smile\n"
    lines = sorted(result.stderr.decode().splitlines())
    assert lines[0] == "pixelfes: left out photos: files that are no photos: 1 .txt"
    assert lines[1] == f"pixelfes: {Path('photos/flat.webp')}: no face was found in the photo"
    assert lines[2].startswith(f"pixelfes: {Path('photos/trip/text.jpg')} cannot be read: it is not a JPEG")
    assert len(lines) == 3
    assert files_below(out) == {"a.jpg", "b.bmp.png", "b.png", "trip/C.JPG", "trip/d.jfif"}
    for name, format in [("a.jpg", "JPEG"), ("b.bmp.png", "PNG"), ("b.png", "PNG"), ("trip/d.jfif", "JPEG")]:
        with Image.open(out / name) as image:
            assert image.format == format
    assert smiles(pixels_of(photos / "a.jpg"), pixels_of(out / "a.jpg"))

    (photos / "flat.webp").unlink()
    (photos / "trip/text.jpg").unlink()
    (photos / "notes.txt").unlink()
    (out / "b.png").unlink()
    before = (out / "a.jpg").stat().st_mtime_ns
    assert succeed("apply", "photos/", folder=tmp_path) == "1 written, 4 there already, 0 failed: photos.smile\n"
    assert (out / "a.jpg").stat().st_mtime_ns == before
    said = succeed("apply", photos, "-o", out, "--intensity", "0.5", folder=tmp_path)
    assert said == f"5 written, 0 there already, 0 failed: {out}\n"
    (out / "a.jpg").write_bytes(b"precious")
    result = pixelfes("apply", photos, "-o", out, "--intensity", "0.5", folder=tmp_path)
    assert f"{out / 'a.jpg'} exists and was not made by this program" in result.stderr.decode()
    assert (out / "a.jpg").read_bytes() == b"precious"
    said = succeed("apply", photos, "-o", out, "--overwrite", "--compare", folder=tmp_path)
    assert said == f"5 written, 0 there already, 0 failed: {out}\n"
    assert pixels_of(out / "a.jpg").shape[1] > 2 * portrait().width


def test_an_output_inside_the_input_is_not_walked_again(tmp_path: Path) -> None:
    portrait().save(tmp_path / "a.jpg")
    assert succeed("apply", ".", "-o", "out", folder=tmp_path).startswith("1 written, 0 there already")
    assert succeed("apply", ".", "-o", "out", folder=tmp_path).startswith("0 written, 1 there already")
    assert files_below(tmp_path) == {"a.jpg", "out/a.jpg"}


def test_outputs_that_would_be_inputs_are_refused(tmp_path: Path) -> None:
    inner = tmp_path / "b/b"
    inner.mkdir(parents=True)
    for path in (tmp_path / "b/a.jpg", inner / "a.jpg"):
        portrait().save(path)
    before = (tmp_path / "b/a.jpg").read_bytes()
    assert fail_here("apply", tmp_path, "-o", tmp_path / "b/..").endswith("is the input itself; name another folder")
    result = pixelfes("apply", "b", "-o", ".", "--overwrite", folder=tmp_path)  # b/b/a.jpg would go to b/a.jpg
    assert result.stdout == b"1 written, 0 there already, 1 failed: .\n"
    assert b"its output b/a.jpg is one of the inputs" in result.stderr.replace(b"\\", b"/")
    assert (tmp_path / "b/a.jpg").read_bytes() == before


def test_folders_that_cannot_be_done_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("in the way")
    assert f"in {tmp_path / 'empty'}" in fail_here("apply", tmp_path / "empty")
    portrait().save(tmp_path / "a.jpg")
    assert "is a file; several photos go to a folder" in fail_here("apply", tmp_path, "-o", tmp_path / "file")
    assert "is a folder, and cannot go to stdout" in fail_here("apply", tmp_path, "-o", "-")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")
def test_an_interrupt_ends_it_cleanly_with_whole_files_only(tmp_path: Path) -> None:
    photos, out = tmp_path / "photos", tmp_path / "out"
    photos.mkdir()
    for number in range(300):
        portrait().save(photos / f"{number}.jpg")
    process = subprocess.Popen([*PROGRAM, "apply", photos, "-o", out], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: list(out.glob("*.jpg")), SECONDS)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=SECONDS)
    assert (process.returncode, stdout, stderr) == (130, b"", b"pixelfes: interrupted\n")
    written = list(out.iterdir())
    assert 0 < len(written) < 300
    for path in written:
        assert path.suffix == ".jpg"
        assert pixels_of(path).shape == (320, 320, 3)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other terminals")
def test_progress_is_drawn_on_a_terminal_and_nothing_else_is(tmp_path: Path) -> None:
    import pty

    portrait().save(tmp_path / "a.jpg")
    ours, theirs = pty.openpty()
    result = subprocess.run([*PROGRAM, "apply", ".", "-o", "out"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs)  # noqa: PLW1510
    os.close(theirs)
    drawn = os.read(ours, 2**16).decode()
    os.close(ours)
    assert result.stdout == b"1 written, 0 there already, 0 failed: out\n"
    assert "photos" in drawn
    assert "100%" in drawn
    assert not any(noise in drawn for noise in ("INFO", "W0000", "I0000", "WARNING", "TensorFlow"))
