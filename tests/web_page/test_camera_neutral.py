"""What faces before the camera show is taken back first, as on photos and in Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from pixelfes import ExpressionModel
from pixelfes.arrays import Array, Pixels
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.draw.face_change import change_by_mix
from pixelfes.expression.actions.mix import Mix, expression
from pixelfes.people.films import Motion, film
from pixelfes.people.people import each_person
from tests.web_page.browser import PATIENCE, Opened, launched, mask_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

SIDE = 320
LEVELS = 2  # of 255: the frame may be drawn smaller, by other means than OpenCV's


@pytest.fixture(scope="module")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with a camera before which a person smiles."""
    (person,) = each_person(1, seed=5, size=SIDE)
    frames = film(person.neutral, person.neutral_landmarks, Motion(smile=lambda _: 1.0), seconds=0.08)
    video = tmp_path_factory.mktemp("camera") / "smiling.mjpeg"
    video.write_bytes(b"".join(cv2.imencode(".jpg", frame.pixels[..., ::-1])[1].tobytes() for frame in frames))
    flags = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={video}")
    with launched(playwright, *flags) as browser:
        yield browser


def test_a_smile_before_the_camera_gives_way_to_a_sad_face(browser: Browser, url: str, smile: ExpressionModel) -> None:
    opened = Opened(browser, url, permissions=["camera"])
    page = opened.page
    page.get_by_role("button", name="Use the camera").locator("visible=true").click()
    page.wait_for_function("() => document.querySelectorAll('.tile canvas').length >= 18", timeout=PATIENCE)
    page.locator(".tile[data-name='sad']").click()
    now = page.evaluate("() => globalThis.pixelfes.frames")
    page.wait_for_function(f"() => globalThis.pixelfes.frames > {now} + 10", timeout=PATIENCE)
    before, after, faces = opened.read("original"), opened.read(), opened.landmarks()
    opened.close()
    sad = expression("sad")
    off = away(after, drawn(smile, sad, before, faces), faces)
    assert off < LEVELS
    assert off < 0.5 * away(after, drawn(smile, Mix(sad.actions), before, faces), faces), "the smile is gone"


def drawn(smile: ExpressionModel, mix: Mix, frame: Pixels, faces: Array) -> Pixels:
    """What Python makes of a frame, with the page's landmarks."""
    out = frame.copy()
    for face in faces:
        change_by_mix(smile.learned_, shipped_actions(), mix, out, face)
    return out


def away(found: Pixels, expected: Pixels, faces: Array) -> float:
    """The mean difference over the faces, levels, at the size of the first picture."""
    height, width = found.shape[:2]
    small = cv2.resize(expected, (width, height), interpolation=cv2.INTER_AREA)
    on_faces = mask_of(faces * width / expected.shape[1], found.shape)
    return float(np.abs(found.astype(np.int16) - small)[on_faces].mean())
