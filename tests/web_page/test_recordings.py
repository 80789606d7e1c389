"""Recordings of the camera: files that other programs read, with the mark, in the types that browsers record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from pixelfes.people.films import Motion, film, wave
from pixelfes.people.people import each_person
from pixelfes.video.provenance import clip_made_by, is_own_clip
from tests.web_page.browser import PATIENCE, Opened, launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

SIDE = 240
ONLY_MP4 = """const able = MediaRecorder.isTypeSupported.bind(MediaRecorder);
MediaRecorder.isTypeSupported = (type) => type.startsWith("video/mp4") && able(type);"""
"""As in browsers that record no WebM."""


@pytest.fixture(scope="module")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with a camera before which a person moves to and fro."""
    (person,) = each_person(1, seed=5, size=SIDE)
    frames = film(person.neutral, person.neutral_landmarks, Motion(across=wave(0.3, 1)), seconds=1)
    video = tmp_path_factory.mktemp("camera") / "moving.mjpeg"
    video.write_bytes(b"".join(cv2.imencode(".jpg", frame.pixels[..., ::-1])[1].tobytes() for frame in frames))
    flags = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={video}")
    with launched(playwright, *flags) as browser:
        yield browser


@pytest.mark.parametrize(("kind", "script"), [("webm", ""), ("mp4", ONLY_MP4)])
def test_a_recording_is_a_film_with_its_length_and_its_mark(
    browser: Browser, url: str, tmp_path: Path, kind: str, script: str
) -> None:
    av = pytest.importorskip("av", reason="no PyAV: it is in the extra video")
    opened = Opened(browser, url, script, permissions=["camera"])
    page = opened.page
    page.get_by_role("button", name="Use the camera").locator("visible=true").click()
    page.get_by_text("One face, live.").wait_for(timeout=PATIENCE)
    page.locator("#record").click()
    page.get_by_text("Stop recording (2 s)").wait_for(timeout=PATIENCE)
    with page.expect_download() as download:
        page.locator("#record").click()
    path = tmp_path / download.value.suggested_filename
    assert path.name == f"camera.smile.{kind}"
    download.value.save_as(path)
    opened.close()
    with av.open(path) as video:
        (stream,) = video.streams
        seen = [(float(frame.time), frame.to_ndarray(format="rgb24")) for frame in video.decode(stream)]
        seconds = video.duration / 1e6
        assert "creation_time" not in {key.lower() for key in video.metadata}
    times, frames = zip(*seen, strict=True)
    assert len(frames) >= 3
    assert frames[0].shape == (SIDE, SIDE, 3)
    assert np.all(np.diff(times) > 0)
    assert 0.5 < times[-1] <= seconds < 60
    assert np.abs(frames[0].astype(np.int16) - frames[len(frames) // 2]).mean() > 0.5, "it moves"
    assert is_own_clip(path)
    assert (clip_made_by(path) or "").endswith(", model smile")
