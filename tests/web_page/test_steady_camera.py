"""Faces before the page's camera are steady, and frames whose faces move do not lag."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from pixelfes import FaceDetector
from pixelfes.arrays import Array, Pixels
from pixelfes.evaluate.films.steadiness import jitter
from pixelfes.people.films import Motion, film
from pixelfes.people.people import each_person
from tests.web_page.browser import PATIENCE, Opened, launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

SIDE = 320
RECORD = """(count) => new Promise((resolve) => {
  const seen = [];
  let last = pixelfes.frames;
  const look = () => {
    if (pixelfes.frames !== last && pixelfes.landmarks.length) {
      last = pixelfes.frames;
      seen.push([[...pixelfes.landmarks[0]], pixelfes.original.toDataURL().split(",")[1]]);
    }
    if (seen.length < count) requestAnimationFrame(look);
    else resolve(seen);
  };
  look();
})"""


@pytest.fixture(scope="module")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with a camera, which adds noise, before which a person sits still."""
    (person,) = each_person(1, seed=5, size=SIDE)
    frames = film(person.neutral, person.neutral_landmarks, Motion(noise=8), seconds=1)
    video = tmp_path_factory.mktemp("camera") / "still.mjpeg"
    video.write_bytes(b"".join(encoded(frame.pixels) for frame in frames))
    flags = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={video}")
    with launched(playwright, *flags) as browser:
        yield browser


def encoded(pixels: Pixels) -> bytes:
    done, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])
    assert done
    return data.tobytes()


def test_a_still_face_trembles_less_than_frame_by_frame(browser: Browser, url: str, detector: FaceDetector) -> None:
    opened = Opened(browser, url, permissions=["camera"])
    opened.page.get_by_role("button", name="Use the camera").locator("visible=true").click()
    opened.page.wait_for_function("() => globalThis.pixelfes.frames > 10", timeout=PATIENCE)
    seen = opened.page.evaluate(RECORD, 20)
    opened.close()
    steady = np.array([np.reshape(points, (468, 3)) for points, _ in seen])
    assert jitter(steady) < 0.7 * jitter(np.array([landmarks_of(frame, detector) for _, frame in seen]))


def landmarks_of(picture: str, detector: FaceDetector) -> Array:
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB"))
    return detector.detect(pixels)[0]
