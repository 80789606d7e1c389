"""The camera's picture, live: fed from a video of somebody who does not exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from pixelfes import ExpressionModel, fictional_people
from pixelfes.arrays import Pixels
from tests.web_page.axe import violations
from tests.web_page.browser import PATIENCE, Opened, launched, mask_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright


LEVELS = 2  # of 255
LEFT_WALL = (70, 110, 150)


def write_video(path: Path, faces: list[Pixels], frames: int = 4) -> None:
    """A video of still faces side by side, a wall to their left, as a fake camera takes it: JPEG after JPEG."""
    picture = np.full((480, 640, 3), 170, np.uint8)
    picture[:, :30] = LEFT_WALL
    for left, face in zip((36, 338), faces, strict=True):
        picture[90:390, left : left + 300] = cv2.resize(face, (300, 300), interpolation=cv2.INTER_CUBIC)
    done, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert done
    path.write_bytes(data.tobytes() * frames)


@pytest.fixture(scope="module")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with a camera before which two people sit."""
    video = tmp_path_factory.mktemp("camera") / "two.mjpeg"
    write_video(video, [np.asarray(person.input) for person in fictional_people(2, seed=3)])
    flags = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={video}")
    with launched(playwright, *flags) as browser:
        yield browser


@pytest.fixture(scope="module")
def opened(browser: Browser, url: str) -> Iterator[Opened]:
    """The page, loaded, which may use the camera."""
    opened = Opened(browser, url, permissions=["camera"])
    yield opened
    opened.close()


def start(opened: Opened) -> None:
    opened.page.get_by_role("button", name="Use the camera").locator("visible=true").click()


def some_frames(live: Opened) -> None:
    """Wait for frames that were begun after now: what was set counts in them."""
    now = live.page.evaluate("() => globalThis.pixelfes.frames")
    live.page.wait_for_function(f"() => globalThis.pixelfes.frames > {now} + 3", timeout=PATIENCE)


@pytest.fixture
def live(opened: Opened) -> Iterator[Opened]:
    """The page with its camera on."""
    start(opened)
    seen = "() => document.getElementById('status').textContent === '2 faces, live.'"
    opened.page.wait_for_function(seen, timeout=PATIENCE)
    yield opened
    stop = opened.page.get_by_role("button", name="Stop the camera")
    if stop.is_visible():
        stop.click()


@pytest.mark.parametrize("percent", [40, 100])
def test_the_camera_shows_what_python_makes_of_the_faces_in_its_frame(
    live: Opened, smile: ExpressionModel, percent: int
) -> None:
    live.slide("intensity", percent)
    some_frames(live)
    before, after, faces = live.read("original"), live.read(), live.landmarks()
    assert len(faces) == 2
    expected = smile.synthesize_pixels(before, percent / 100, landmarks=faces)
    on_face = mask_of(faces, before.shape)
    assert np.abs(after.astype(np.int16) - expected)[on_face].mean() < LEVELS
    assert (np.abs(after.astype(np.int16) - before)[on_face] > 3 * LEVELS).any()


def test_the_camera_is_a_mirror(live: Opened) -> None:
    right_wall = live.read("original")[:, 614:636].mean((0, 1))
    np.testing.assert_allclose(right_wall, LEFT_WALL, atol=15)


def test_the_wipe_leaves_the_left_of_the_camera_s_picture_as_it_is(live: Opened) -> None:
    live.slide("intensity", 100)
    live.slide("wipe", 100)
    some_frames(live)
    np.testing.assert_array_equal(live.read(), live.read("original"))
    live.slide("wipe", 0)


def test_the_camera_s_picture_can_be_taken_and_downloaded(live: Opened) -> None:
    live.page.get_by_role("button", name="Take the picture").click()
    assert "640\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}480" in live.settle()
    assert live.read().shape == (480, 640, 3)
    with live.page.expect_download() as download:
        live.page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "camera.smile.jpg"


def test_a_camera_that_is_stopped_is_let_go(live: Opened) -> None:
    live.page.get_by_role("button", name="Stop the camera").click()
    assert live.settle() == "The camera is off."
    assert live.page.get_by_text("Drop photos here").is_visible()
    assert live.page.evaluate("() => document.activeElement.id") == "welcome-open"


def test_a_camera_that_is_blocked_is_said_in_a_sentence(browser: Browser, url: str) -> None:
    opened = Opened(browser, url)  # without the permission
    start(opened)
    assert "The camera is blocked; allow it" in opened.settle("bad")
    assert opened.page.get_by_role("button", name="Open a photo").first.is_enabled()
    opened.close()


def chosen(live: Opened, name: str) -> None:
    """Press the picture of an expression once there is one."""
    live.page.wait_for_function("() => document.querySelectorAll('.tile canvas').length >= 18", timeout=PATIENCE)
    live.page.locator(f".tile[data-name='{name}']").click()


def test_every_expression_is_drawn_live(live: Opened) -> None:
    chosen(live, "frown")
    some_frames(live)
    before, after, faces = live.read("original"), live.read(), live.landmarks()
    if before.shape != after.shape:  # drawn smaller, to keep the picture moving
        before = cv2.resize(before, after.shape[1::-1], interpolation=cv2.INTER_AREA)
        faces = faces * after.shape[1] / 640
    on_face = mask_of(faces, before.shape)
    off = np.abs(after.astype(np.int16) - before).max(2)
    assert (off[on_face] > 20).sum() > 100
    middles = faces.mean(1, keepdims=True)
    far = ~mask_of(1.7 * (faces - middles) + middles, before.shape)
    assert np.percentile(off[far], 99) < 12
    chosen(live, "smile")


def test_the_camera_is_recorded_with_the_mark_in_the_file_and_in_the_picture(live: Opened, tmp_path: Path) -> None:
    av = pytest.importorskip("av", reason="no PyAV: it is in the extra video")
    page = live.page
    page.locator("#camera-settings summary").click()
    page.get_by_label("Say in the picture that it was changed").check()
    page.locator("#record").click()
    page.get_by_text("Stop recording (").wait_for(timeout=PATIENCE)
    page.wait_for_function(
        "() => Number(/[0-9]+/.exec(document.getElementById('record').textContent)) >= 2", timeout=PATIENCE
    )
    for _ in range(3):
        some_frames(live)  # on a busy machine there are few a second
    with page.expect_download() as download:
        page.locator("#record").click()
    assert download.value.suggested_filename == "camera.smile.webm"
    download.value.save_as(tmp_path / "camera.webm")
    with av.open(tmp_path / "camera.webm") as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
        assert "compositeWithTrainedAlgorithmicMedia" in video.metadata["COMMENT"]
        assert 1.5 < video.duration / 1e6 < 60
    assert len(frames) >= 3
    assert frames[0].shape == (480, 640, 3)
    corner = frames[-1][450:478, 400:630]
    assert corner.min() < 90, "words with a dark edge"
    assert corner.max() > 200, "and a light middle"
    page.get_by_label("Say in the picture that it was changed").uncheck()
    page.locator("#camera-settings summary").click()


def test_the_camera_is_off_while_nobody_sees_the_page(live: Opened) -> None:
    see = """(is) => {
      Object.defineProperty(document, "visibilityState", { value: is, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    live.page.evaluate(see, "hidden")
    live.page.get_by_text("The camera is off while nobody sees this page.").wait_for(timeout=PATIENCE)
    assert live.page.evaluate("() => globalThis.pixelfes.frames") == 0
    live.page.evaluate(see, "visible")
    live.page.get_by_text("2 faces, live.").wait_for(timeout=PATIENCE)


def test_another_size_is_chosen(live: Opened) -> None:
    live.page.locator("#camera-settings summary").click()
    live.page.locator("#camera-size").select_option("640x480")
    live.page.wait_for_function("() => globalThis.pixelfes.frames > 2", timeout=PATIENCE)
    assert live.page.locator("#device option").count() >= 2
    live.page.locator("#camera-settings summary").click()


def test_seconds_are_counted_before_a_picture(live: Opened) -> None:
    live.page.locator("#camera-settings summary").click()
    live.page.get_by_label("Count down before a picture").check()
    live.page.get_by_role("button", name="Take the picture").click()
    for number in ("3", "2", "1"):
        live.page.locator(".countdown", has_text=number).wait_for(timeout=PATIENCE)
    live.page.locator("#download").wait_for(timeout=PATIENCE)
    assert live.settle()


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_no_violation_while_the_camera_records(live: Opened, width: int) -> None:
    page = live.page
    page.set_viewport_size({"width": width, "height": 800})
    page.locator("#record").click()
    page.get_by_text("Stop recording (").wait_for(timeout=PATIENCE)
    try:
        assert violations(live) == []
    finally:
        with page.expect_download(timeout=PATIENCE):
            page.locator("#record").click()
        page.set_viewport_size({"width": 1280, "height": 800})
