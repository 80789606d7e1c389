"""``pixelfes apply`` on raw frames, on folders that fill, and on a cluster."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from dask.distributed import LocalCluster
from PIL import Image, ImageEnhance

from pixelfes.cli.apply.inputs import Found, FoundPhoto
from pixelfes.cli.apply.many.watching import Watch
from pixelfes.cli.apply.raw_frames import FrameSize
from pixelfes.errors import InputError
from tests.cli.program import PROGRAM, SECONDS, fail, misuse, pixelfes, portrait, smiles, succeed
from tests.polling import wait_until

FRAME = np.asarray(portrait(160))
BLANK = np.full_like(FRAME, 90)


def frames_of(data: bytes) -> list[np.ndarray]:
    return list(np.frombuffer(data, np.uint8).reshape(-1, *FRAME.shape))


def test_each_raw_frame_gives_a_frame(tmp_path: Path) -> None:
    given = FRAME.tobytes() + BLANK.tobytes() + FRAME.tobytes()
    result = pixelfes("apply", "-", "--raw", "160x160", folder=tmp_path, stdin=given)
    assert result.stderr == b"pixelfes: 3 frames, 1 without a face that can be changed\n"
    assert result.returncode == 0
    first, blank, last = frames_of(result.stdout)
    assert smiles(FRAME.astype(np.int16), first.astype(np.int16))
    assert np.array_equal(blank, BLANK)
    assert np.array_equal(first, last)
    assert succeed("apply", "-", "--raw", "160x160", "-q", folder=tmp_path) == ""


def test_a_frame_that_is_cut_short_is_said_after_the_whole_ones(tmp_path: Path) -> None:
    result = pixelfes("apply", "-", "--raw", "160x160", folder=tmp_path, stdin=FRAME.tobytes() + b"half")
    assert len(frames_of(result.stdout)) == 1
    assert result.returncode == 1
    assert result.stderr == b"pixelfes: stdin ends within frame 2: 4 of 76800 bytes\n"


def test_frames_that_are_too_large_are_refused(tmp_path: Path) -> None:
    said = fail("apply", "-", "--raw", "160x160", "--max-pixels", "9", folder=tmp_path)
    assert said == "frames of 160 × 160 pixels exceed the limit of 9"


@pytest.mark.parametrize("text", ["160", "0x9", "axb", "-1x4", "100000x4"])
def test_a_size_has_two_numbers(text: str) -> None:
    with pytest.raises(InputError, match="the size of raw frames must be WIDTHxHEIGHT"):
        FrameSize.parse(text)


def test_options_that_do_not_go_together_are_misuse(tmp_path: Path) -> None:
    assert "raw frames come from stdin" in misuse("apply", tmp_path, "--raw", "9x9")
    assert "name a folder to watch" in misuse("apply", "me.jpg", "--watch")
    assert "has workers of its own" in misuse("apply", tmp_path, "--scheduler", "tcp://x:1", "--workers", "2")
    assert "a cluster is for several photos" in misuse("apply", "me.jpg", "--scheduler", "tcp://x:1")


def test_photos_are_changed_as_they_appear_in_a_watched_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    portrait(160).save(tmp_path / "in/first.png")
    (tmp_path / "in/broken.jpg").write_bytes(b"no photo")
    command = [*PROGRAM, "apply", "in", "-o", "out", "--watch", "--json"]
    said_in = tmp_path / "said.jsonl"
    with (
        said_in.open("wb") as told,
        subprocess.Popen(
            command, cwd=tmp_path, stdout=told, stderr=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"}
        ) as process,
    ):
        wait_until(lambda: said_in.read_text().count('"written"') == 1, SECONDS)
        (tmp_path / "in/new").mkdir()
        portrait(160).save(tmp_path / "in/new/second.png")
        wait_until(lambda: said_in.read_text().count('"written"') == 2, SECONDS)
        before = (tmp_path / "out/first.png").read_bytes()
        ImageEnhance.Brightness(portrait(160)).enhance(0.8).save(tmp_path / "in/first.png")
        wait_until(lambda: said_in.read_text().count('"written"') == 3, SECONDS)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=SECONDS)
    assert (tmp_path / "out/first.png").read_bytes() != before
    said = [json.loads(line) for line in said_in.read_text().splitlines()]
    assert [Path(one["photo"]).name for one in said if one["status"] == "written"] == [
        "first.png",
        "second.png",
        "first.png",
    ]
    assert [Path(one["photo"]).name for one in said if one["status"] == "failed"] == ["broken.jpg"]
    assert err.decode().endswith("3 written, 0 there already, 1 failed\n")
    assert process.returncode == 1  # something was not done


def test_a_photo_that_still_grows_is_left_until_it_stays_the_same(tmp_path: Path) -> None:
    path, watch = tmp_path / "a.jpg", Watch()
    found = Found([FoundPhoto(path)])
    path.write_bytes(b"half")
    assert watch.settled(found) == set()
    path.write_bytes(b"half and more")
    assert watch.settled(found) == set()
    assert watch.settled(found) == {path}
    assert watch.settled(found) == set()
    path.write_bytes(b"another one")
    assert watch.settled(found) == set()
    assert watch.settled(found) == {path}
    path.unlink()
    assert watch.settled(found) == set()


def test_a_photo_that_was_replaced_is_changed_again(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    portrait(160).save(tmp_path / "in/a.png")
    succeed("apply", "in", folder=tmp_path)
    assert "1 there already" in succeed("apply", "in", folder=tmp_path)
    later = time.time() + 60
    os.utime(tmp_path / "in/a.png", (later, later))
    assert "1 written" in succeed("apply", "in", folder=tmp_path)


def test_a_cluster_changes_all_photos_though_a_worker_is_killed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(40):
        ImageEnhance.Brightness(portrait(128)).enhance(0.8 + 0.01 * number).save(tmp_path / f"in/{number:02}.png")
    Image.new("RGB", (64, 64)).save(tmp_path / "in/blank.png")
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
    ) as cluster:
        command = [*PROGRAM, "apply", "in", "-o", "out", "--json", "--scheduler", cluster.scheduler_address]
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            wait_until(lambda: len([*tmp_path.glob("out/*.png")]) >= 5, SECONDS)
            psutil.Process(next(iter(cluster.workers.values())).pid).kill()
            out, err = process.communicate(timeout=SECONDS)
    said = [json.loads(line) for line in out.splitlines()]
    written = sorted(one["photo"] for one in said if one["status"] == "written")
    assert written == [f"in/{number:02}.png" for number in range(40)]
    assert [one["photo"] for one in said if one["status"] == "failed"] == ["in/blank.png"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"{number:02}.png" for number in range(40)]
    assert (process.returncode, err.count(b"\n")) == (1, 1)


def test_a_scheduler_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    portrait(128).save(tmp_path / "in/a.png")
    said = fail("apply", "in", "-o", "out", "--scheduler", "tcp://127.0.0.1:1", folder=tmp_path)
    assert said == "no Dask scheduler answers at tcp://127.0.0.1:1"
