"""A clip that is interrupted, killed, or fails on the way leaves no half file and no thread; memory does not grow."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from pixelfes.arrays import Pixels
from pixelfes.errors import PhotoError
from pixelfes.video.clips import change_clip, read_clip, write_frames
from pixelfes.video.coding import encoding
from pixelfes.video.settings import Frame
from tests.polling import wait_until
from tests.video.clip_files import ClipKind, make_clip, numbered

SECONDS = 60
SLOW = """
import sys, time
from pixelfes.video.clips import change_clip

def slow(frames):
    for frame in frames:
        if frame.time > 1:
            print("busy", flush=True)
            time.sleep(0.05)
        yield frame.pixels

change_clip(sys.argv[1], sys.argv[2], slow)
"""


def unchanged(frames: Iterator[Frame]) -> Iterator[Pixels]:
    for frame in frames:
        yield frame.pixels


def slow_process(clip: Path, target: Path) -> subprocess.Popen[bytes]:
    """A process in the midst of a clip."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(clip), str(target)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"busy\n"
    return process


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "a.mp4", ClipKind(frames=200, clicks=(0.2,)))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_run_leaves_the_old_file_and_the_next_one_cleans_up(clip: Path) -> None:
    target = clip.with_name("b.mp4")
    target.write_bytes(b"old")
    with slow_process(clip, target) as process:
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert target.read_bytes() == b"old"
    left = [path for path in clip.parent.iterdir() if path.name.endswith(".tmp")]
    assert len(left) == 1
    change_clip(clip, target, unchanged)
    assert sorted(path.name for path in clip.parent.iterdir()) == ["a.mp4", "b.mp4"]
    assert len(list(read_clip(target))) == 200


def test_ctrl_c_ends_at_once_and_leaves_nothing(clip: Path) -> None:
    with slow_process(clip, clip.with_name("b.mp4")) as process:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS)
    assert process.returncode not in (0, None)
    assert list(clip.parent.iterdir()) == [clip]


def test_an_error_of_the_change_comes_out_and_ends_all_threads(clip: Path) -> None:
    def failing(frames: Iterator[Frame]) -> Iterator[Pixels]:
        for number, frame in enumerate(frames):
            if number == 30:
                raise ZeroDivisionError
            yield frame.pixels

    before = set(threading.enumerate())
    with pytest.raises(ZeroDivisionError):
        change_clip(clip, clip.with_name("b.mp4"), failing)
    assert set(threading.enumerate()) == before
    assert list(clip.parent.iterdir()) == [clip]


def test_an_error_of_the_encoder_comes_out_and_ends_all_threads(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: encoding.VideoEncoder, *arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(encoding.VideoEncoder, "write", full)
    before = set(threading.enumerate())
    with pytest.raises(PhotoError, match=r"b\.mp4 cannot be written: no space left on device"):
        change_clip(clip, clip.with_name("b.mp4"), unchanged)
    assert set(threading.enumerate()) == before
    assert list(clip.parent.iterdir()) == [clip]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_what_is_no_file_is_not_written_to(clip: Path) -> None:
    clip.with_name("b.mp4").symlink_to("/dev/full")
    with pytest.raises(PhotoError, match="it exists and is not a regular file"):
        change_clip(clip, clip.with_name("b.mp4"), unchanged)


def test_a_reader_that_stops_early_leaves_no_thread_and_no_open_file(clip: Path) -> None:
    before = set(threading.enumerate())
    frames = read_clip(clip)
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert set(threading.enumerate()) == before
    wait_until(lambda: str(clip) not in {file.path for file in psutil.Process().open_files()}, SECONDS)


def test_memory_does_not_grow_with_the_clip(tmp_path: Path) -> None:
    size, pictures = (640, 360), [numbered(number, (640, 360)) for number in range(8)]
    clip = tmp_path / "a.mp4"
    write_frames(clip, (pictures[number % 8] for number in range(400)), (number / 25 for number in range(400)))
    process, used = psutil.Process(), list[int]()

    def watched(frames: Iterator[Frame]) -> Iterator[Pixels]:
        for frame in frames:
            used.append(process.memory_info().rss)
            yield 255 - frame.pixels

    change_clip(clip, tmp_path / "b.mp4", watched)
    assert len(used) == 400
    frame_bytes = 3 * size[0] * size[1]
    assert np.mean(used[-50:]) - np.mean(used[100:150]) < 20 * frame_bytes  # 250 frames went by
