"""``pixelfes live``, with a clip in the place of a camera, and a screen that nobody sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pixelfes.video.clips import write_frames
from tests.cli.program import fail, misuse, pixelfes, portrait


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("camera") / "camera.mp4"
    write_frames(path, [np.asarray(portrait(160))] * 5, [number / 25 for number in range(5)])
    return path


def test_every_frame_of_a_camera_is_shown(camera: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    for options in ((), ("--expression", "surprised:0.5", "--no-mirror")):
        result = pixelfes("live", "--camera", str(camera), *options, folder=tmp_path)
        assert (result.returncode, result.stdout) == (0, b"5 frames\n"), result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_camera_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    assert fail("live", "--camera", "97", folder=tmp_path) == "camera 97 cannot be opened"
    assert fail("live", "--camera", "gone.mp4", folder=tmp_path) == "gone.mp4 cannot be opened"


def test_a_machine_without_a_display_is_said(camera: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    result = pixelfes("live", "--camera", str(camera), folder=tmp_path)
    assert result.returncode == 1
    assert b"pixelfes: there is no display" in result.stderr


def test_wrong_options_are_misuse(tmp_path: Path) -> None:
    assert "intensity must be" in misuse("live", "--intensity", "3")
    assert "no expression" in misuse("live", "-e", "smlie")
    assert "WIDTHxHEIGHT" in fail("live", "--size", "large", folder=tmp_path)
