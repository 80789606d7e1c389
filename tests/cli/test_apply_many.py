"""``pixelfes apply`` on several photos and folders: nothing is lost, skipped or replaced without a word."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from pixelfes.cli.apply.outcomes import Status
from tests.cli.program import PROGRAM, SECONDS, SIDE, fail_here, pixelfes, pixels_of, portrait, smiles, succeed
from tests.face.trust.covered_faces import masked
from tests.polling import wait_until


def photos(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        portrait().save(path, format={".jfif": "JPEG", ".jpe": "JPEG"}.get(path.suffix))
    return paths


def lines(*arguments: str | Path, folder: Path, status: int = 0) -> dict[str, dict[str, Any]]:
    """What ``--json`` says, by photo."""
    result = pixelfes("apply", *arguments, "--json", folder=folder)
    assert result.returncode == status, result.stderr.decode()
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert len({line["photo"] for line in said}) == len(said)
    return {line["photo"]: line for line in said}


def test_photos_go_beside_themselves_with_their_own_types(tmp_path: Path) -> None:
    photos(tmp_path, "a.jpg", "b.JPEG", "c.bmp", "d.jfif", "sub/e.webp")
    said = lines("a.jpg", "b.JPEG", "c.bmp", "d.jfif", "sub/e.webp", folder=tmp_path)
    made = {photo: line["output"] for photo, line in said.items()}
    assert made == {
        "a.jpg": "a.smile.jpg",
        "b.JPEG": "b.smile.JPEG",
        "c.bmp": "c.smile.png",
        "d.jfif": "d.smile.jfif",
        "sub/e.webp": str(Path("sub/e.smile.webp")),
    }
    for photo, output in made.items():
        assert smiles(pixels_of(tmp_path / photo), pixels_of(tmp_path / output))


def test_two_photos_of_a_glob_are_two_inputs_and_no_original_is_lost(tmp_path: Path) -> None:
    one, two = photos(tmp_path, "a.jpg", "b.jpg")
    before = [one.read_bytes(), two.read_bytes()]
    for extra in ([], ["--overwrite"]):
        assert succeed("apply", "a.jpg", "b.jpg", *extra, folder=tmp_path) == "2 written, 0 there already, 0 failed\n"
    assert [one.read_bytes(), two.read_bytes()] == before
    assert {path.name for path in tmp_path.iterdir()} == {"a.jpg", "b.jpg", "a.smile.jpg", "b.smile.jpg"}


def test_a_positional_output_is_refused_with_the_new_line(tmp_path: Path) -> None:
    (one,) = photos(tmp_path, "a.jpg")
    new = tmp_path / "new.png"
    assert fail_here("apply", one, new) == f"{new} does not exist; to write there: pixelfes apply {one} -o {new}"
    folder = tmp_path / "new"
    assert fail_here("apply", tmp_path, folder).endswith(f"pixelfes apply {tmp_path} -o {folder}")


def test_several_photos_go_to_a_folder_and_one_to_a_folder_that_ends_in_a_slash(tmp_path: Path) -> None:
    photos(tmp_path, "a.jpg", "b/c.jpg", "b/d/e.jpg")
    succeed("apply", "a.jpg", "b", "-o", "out", folder=tmp_path)
    succeed("apply", "a.jpg", "-o", "one/", folder=tmp_path)
    photos(tmp_path, "f/c.jpg")
    succeed("apply", "a.jpg", "b", "b/d", "f", "-o", "two/", folder=tmp_path)
    below = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.jpg")}
    assert {"out/a.smile.jpg", "out/c.jpg", "out/d/e.jpg", "one/a.smile.jpg"} <= below
    assert {"two/a.smile.jpg", "two/b/c.jpg", "two/b/d/e.jpg", "two/f/c.jpg"} <= below
    assert len([path for path in below if path.startswith("two/")]) == 4  # e.jpg was given twice


def test_several_photos_do_not_go_to_one_file_or_to_stdout(tmp_path: Path) -> None:
    one, two = photos(tmp_path, "a.jpg", "b.jpg")
    assert "add a slash" in fail_here("apply", one, two, "-o", tmp_path / "c.jpg")
    (tmp_path / "file").write_text("in the way")
    assert "is a file; several photos go to a folder" in fail_here("apply", one, two, "-o", tmp_path / "file")
    assert "cannot go to stdout" in fail_here("apply", one, two, "-o", "-")
    assert "cannot be combined" in fail_here("apply", "-", one)


def test_names_that_would_meet_in_one_folder_are_numbered(tmp_path: Path) -> None:
    photos(tmp_path, "x/a.jpg", "y/a.jpg", "z/A.jpg")
    said = lines("x/a.jpg", "y/a.jpg", "z/A.jpg", "-o", "out/", folder=tmp_path)
    assert sorted(Path(line["output"]).name for line in said.values()) == [
        "A-3.smile.jpg",
        "a-2.smile.jpg",
        "a.smile.jpg",
    ]


def test_a_second_run_makes_only_what_is_new_or_has_other_settings(tmp_path: Path) -> None:
    photos(tmp_path, "in/a.jpg", "in/b.jpg")
    assert {line["status"] for line in lines("in", folder=tmp_path).values()} == {Status.WRITTEN}
    photos(tmp_path, "in/c.jpg")
    said = lines("in", folder=tmp_path)
    assert {Path(photo).name: line["status"] for photo, line in said.items()} == {
        "a.jpg": Status.FINISHED,
        "b.jpg": Status.FINISHED,
        "c.jpg": Status.WRITTEN,
    }
    for changed in (
        ["--intensity", "0.7"],
        ["--teeth", "closed"],
        ["--face", "largest"],
        ["--compare", "-o", "in.smile"],
    ):
        assert {line["status"] for line in lines("in", *changed, folder=tmp_path).values()} == {Status.WRITTEN}


def test_outputs_are_not_taken_for_inputs_and_said(tmp_path: Path) -> None:
    photos(tmp_path, "a.jpg", "b.jpg")
    succeed("apply", "a.jpg", "b.jpg", folder=tmp_path)
    result = pixelfes("apply", *sorted(path.name for path in tmp_path.iterdir()), folder=tmp_path)
    assert result.stdout == b"0 written, 2 there already, 0 failed, 2 left out\n"
    assert result.stderr.count(b"it is an output of this program") == 2
    assert result.returncode == 0
    assert len(list(tmp_path.iterdir())) == 4


def test_everything_that_is_left_out_is_named(tmp_path: Path) -> None:
    photos(tmp_path, "in/a.jpg", "elsewhere/b.jpg")
    (tmp_path / "in/film.mp4").write_bytes(b"film")
    (tmp_path / "in/raw.NEF").write_bytes(b"raw")
    (tmp_path / "in/notes.txt").write_text("text")
    (tmp_path / "in/.hidden.jpg").write_text("hidden")
    if sys.platform != "win32":
        (tmp_path / "in/link.jpg").symlink_to("a.jpg")
        (tmp_path / "in/folder").symlink_to("../elsewhere")
    result = pixelfes("apply", "in", folder=tmp_path)
    said = result.stderr.decode()
    assert result.returncode == 1
    for name, why in (("film.mp4", "it is a clip: name it itself"), ("raw.NEF", "develop it to JPEG first")):
        assert f"left out {Path('in', name)}: {why}" in said
    assert "left out in: files that are no photos: 1 .txt" in said
    if sys.platform != "win32":
        assert f"left out {Path('in/link.jpg')}: it is a link\n" in said
        assert f"left out {Path('in/folder')}: it is a link to a folder" in said
    assert "hidden" not in said


def test_json_says_what_became_of_every_face(tmp_path: Path) -> None:

    from pixelfes import FaceDetector

    pixels = np.asarray(portrait().resize((480, 480)))
    (points,) = FaceDetector().detect(pixels)
    Image.fromarray(np.hstack([masked(pixels, points, (120, 170, 215)), pixels])).save(tmp_path / "two.png")
    Image.new("RGB", (200, 200), "grey").save(tmp_path / "flat.png")
    said = lines("two.png", "flat.png", folder=tmp_path, status=1)
    faces = sorted(said["two.png"]["faces"], key=lambda face: face["x"])
    assert [(face["verdict"], face["changed"]) for face in faces] == [("covered mouth", False), ("ok", True)]
    assert faces[1]["x"] == pytest.approx(480 + points[:, 0].mean(), abs=5)
    assert said["flat.png"] == said["flat.png"] | {
        "status": "failed",
        "output": None,
        "reason": "flat.png: no face was found in the photo",
        "faces": [],
    }
    assert said["two.png"]["seconds"] > 0


def test_quiet_prints_errors_only(tmp_path: Path) -> None:
    photos(tmp_path, "in/a.jpg", "b.jpg")
    assert succeed("apply", "in", "-q", folder=tmp_path) == ""
    assert succeed("apply", "b.jpg", "-q", folder=tmp_path) == ""


def test_several_workers_make_the_same_files(tmp_path: Path) -> None:
    photos(tmp_path, *(f"in/{number}.png" for number in range(5)))
    (tmp_path / "in/bad.png").write_bytes(b"no photo")
    one, two = (
        pixelfes("apply", "in", "-o", f"out{count}", "--workers", count, folder=tmp_path) for count in ("1", "2")
    )
    assert one.returncode == two.returncode == 1
    assert one.stderr == two.stderr
    assert two.stdout == b"5 written, 0 there already, 1 failed: out2\n"
    for number in range(5):
        files = [tmp_path / f"out{count}/{number}.png" for count in (1, 2)]
        assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")
def test_a_killed_worker_loses_one_photo_and_stops_nobody(tmp_path: Path) -> None:
    photos(tmp_path, *(f"in/{number}.png" for number in range(40)))
    command = [*PROGRAM, "apply", "in", "-o", "out", "--workers", "2"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: list((tmp_path / "out").glob("*.png")), SECONDS)
    workers = [child for child in psutil.Process(process.pid).children() if "spawn_main" in " ".join(child.cmdline())]
    os.kill(workers[0].pid, signal.SIGKILL)
    stdout, stderr = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert stdout == b"39 written, 0 there already, 1 failed: out\n"
    assert stderr.count(b"the process that changed it ended (status -9)") == 1
    assert len(list((tmp_path / "out").glob("*.png"))) == 39
    assert succeed("apply", "in", "-o", "out", folder=tmp_path).startswith("1 written, 39 there already")


def test_every_frame_of_an_animation_smiles_and_lost_pages_are_named(tmp_path: Path) -> None:
    frames = [portrait(), portrait().transpose(Image.Transpose.FLIP_LEFT_RIGHT), Image.new("RGB", (SIDE, SIDE), "grey")]
    for name in ("a.png", "b.tif", "c.gif"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], duration=90)
    result = pixelfes("apply", "a.png", "b.tif", "c.gif", folder=tmp_path)
    assert result.stderr.count(b"1 of its 3 pictures have no face that can be changed") == 1
    assert result.stderr.count(b"1 of its 3 frames have no face that can be changed") == 2
    for before, after in (("a.png", "a.smile.png"), ("b.tif", "b.smile.tif"), ("c.gif", "c.smile.gif")):
        with Image.open(tmp_path / before) as first, Image.open(tmp_path / after) as second:
            assert (first.n_frames, second.n_frames) == (3, 3)  # type: ignore[attr-defined]
            for number in (0, 1):
                first.seek(number)
                second.seek(number)
                pictures = [np.asarray(image.convert("RGB"), np.int16) for image in (first, second)]
                assert smiles(pictures[0], pictures[1])
    result = pixelfes("apply", "b.tif", "-o", "b.jpg", folder=tmp_path)
    assert result.stderr == b"pixelfes: b.tif: only the first of its 3 pictures is used\n"


def test_heic_photos_come_out_as_jpeg(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.from_pillow(portrait()).save(tmp_path / "phone.HEIC", quality=95)
    assert succeed("apply", "phone.HEIC", folder=tmp_path) == "phone.smile.jpg\n"
    assert smiles(pixels_of(tmp_path / "phone.HEIC"), pixels_of(tmp_path / "phone.smile.jpg"))


def test_a_size_that_the_format_cannot_hold_is_said_before_the_work(tmp_path: Path) -> None:
    Image.new("RGB", (9000, 40)).save(tmp_path / "wide.png")
    result = pixelfes("apply", "wide.png", "--compare", "-o", "out.webp", folder=tmp_path)
    said = result.stderr.decode()
    assert (
        said
        == "pixelfes: wide.png: a photo of 18002 × 40 pixels cannot be written as WEBP: its limit is 16383 a side\n"
    )
