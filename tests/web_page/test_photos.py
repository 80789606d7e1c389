"""A photo in the page becomes what Python makes of it, and stays on the device."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import pixelfes
from pixelfes import ExpressionModel, Pair, PixelRidge
from pixelfes.arrays import Pixels
from pixelfes.export.web.model import web_model
from pixelfes.expression.base import ModelInfo
from pixelfes.face.detector.face_detector import FaceDetector
from pixelfes.face.landmarks import eye_distance
from pixelfes.photos.provenance import is_own_output, xmp_packet
from pixelfes.photos.reading import read_photo
from tests.web_page.action_numbers import check_alike
from tests.web_page.browser import PASTE, SMALL_CARD, Opened, group, mask_of, png, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser


LEVELS = 2  # of 255: how far the page may be from Python, on the mean over the faces


def differences(opened: Opened, smile: ExpressionModel, intensity: float) -> npt.NDArray[np.int16]:
    """Page less Python on the same photo and landmarks, at the pixels of faces."""
    before, after, faces = opened.read("original"), opened.read(), opened.landmarks()
    expected = smile.synthesize_pixels(before, intensity, landmarks=faces)
    difference = after.astype(np.int16) - expected
    on_faces = mask_of(faces, before.shape)
    assert (
        difference[~mask_of(1.6 * (faces - faces.mean(1, keepdims=True)) + faces.mean(1, keepdims=True), before.shape)]
        == 0
    ).all()
    assert np.abs(expected[on_faces].astype(np.int16) - before[on_faces]).mean() > 2 * LEVELS or intensity < 1
    return difference[on_faces]


@pytest.mark.parametrize("percent", [30, 100, 150])
def test_a_photo_becomes_what_python_makes_of_it(
    opened: Opened, smile: ExpressionModel, portrait: Pixels, percent: int
) -> None:
    assert "One face" in opened.give(png(portrait), "portrait.png")
    np.testing.assert_array_equal(opened.read("original"), portrait)
    opened.slide("intensity", percent)
    assert np.abs(differences(opened, smile, percent / 100)).mean() < LEVELS


def test_faces_of_a_group_are_all_changed_rolled_and_small_ones_too(
    opened: Opened, smile: ExpressionModel, portrait: Pixels
) -> None:
    assert "3 faces" in opened.give(png(group(portrait)), "group.png")
    opened.slide("intensity", 100)
    assert np.abs(differences(opened, smile, 1)).mean() < LEVELS


def test_a_face_of_several_can_be_left_as_it_is(opened: Opened, portrait: Pixels) -> None:
    before = group(portrait)
    opened.give(png(before), "group.png")
    faces = opened.landmarks()
    middle = opened.page.get_by_role("button", name="Face 2 from the left")
    middle.press("Enter")
    assert middle.get_attribute("aria-pressed") == "true"
    opened.page.get_by_label("Change this face").uncheck()
    off = opened.read() != before
    assert [bool(off[mask_of(face[None], before.shape)].any()) for face in faces] == [True, False, True]
    opened.page.get_by_label("Change this face").check()
    assert (opened.read() != before)[mask_of(faces[1:2], before.shape)].any()


def test_a_large_photo_keeps_its_resolution_and_detail(
    opened: Opened, smile: ExpressionModel, portrait: Pixels
) -> None:
    large = cv2.resize(portrait, (1500, 1500), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(0).normal(0, 4, large.shape)
    large = np.clip(large + grain, 0, 255).astype(np.uint8)
    assert "1500\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}1500" in opened.give(png(large), "large.png")
    assert np.abs(differences(opened, smile, 1)).mean() < LEVELS


def test_a_face_too_large_for_the_graphics_card_is_changed_in_pieces_without_seams(
    browser: Browser, url: str, opened: Opened, smile: ExpressionModel, portrait: Pixels
) -> None:
    small = Opened(browser, url, SMALL_CARD)
    for page in (small, opened):
        page.give(png(portrait), "portrait.png")
        page.slide("intensity", 100)
    assert small.page.evaluate("() => globalThis.pieces") >= 4
    assert np.abs(differences(small, smile, 1)).mean() < LEVELS
    np.testing.assert_allclose(small.read().astype(np.int16), opened.read(), atol=1)
    small.close()


def test_a_model_of_one_s_own_with_a_weight_for_each_colour_is_drawn_alike(
    browser: Browser, drawn: list[Pair], portrait: Pixels
) -> None:
    model = ExpressionModel(regressor=PixelRidge(channels="separate"), size=64)
    model.fit(drawn, info=ModelInfo(expression="great joy"))
    with served(web_model(model)) as server:
        opened = Opened(browser, server.url)
        opened.give(png(portrait), "portrait.png")
        assert opened.page.get_by_role("slider", name="Great joy").is_enabled()
        assert np.abs(differences(opened, model, 1)).mean() < LEVELS
        check_alike(opened, model, {"smile": 0.5, "actions": {"browDown": 1, "jawOpen": 0.2}})
        opened.close()


def rolled(portrait: Pixels, degrees: float) -> Pixels:
    """The portrait turned about its middle."""
    height, width = portrait.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.8)
    return np.asarray(cv2.warpAffine(portrait, turn, (width, height), borderMode=cv2.BORDER_REPLICATE))


def crowd(people: list[Pair]) -> Pixels:
    """Eight faces, too small to be seen in the photo as a whole."""
    photo = np.full((1000, 1600, 3), 150, np.uint8)
    for number in range(8):
        face = read_photo(people[number % len(people)].input).pixels
        top, left = 60 + 500 * (number // 4), 80 + 380 * (number % 4)
        photo[top : top + 110, left : left + 110] = cv2.resize(face, (110, 110), interpolation=cv2.INTER_AREA)
    return photo


def check_found(opened: Opened, photo: Pixels) -> None:
    """The page finds the faces that Python finds, and their points to 0.1 % of the distance between the eyes on the mean."""
    opened.give(png(photo), "photo.png")
    found, expected = opened.landmarks(), FaceDetector().detect(photo)
    assert len(found) == len(expected) > 0
    for mine, theirs in zip(found, expected, strict=True):
        away = np.linalg.norm((mine - theirs)[:, :2], axis=1).mean()
        assert away < 0.001 * eye_distance(theirs)


def test_the_page_finds_the_points_that_python_finds(opened: Opened, portrait: Pixels, people: list[Pair]) -> None:
    check_found(opened, portrait)
    for person in people[:3]:
        check_found(opened, read_photo(person.input).pixels)


@pytest.mark.parametrize("degrees", [50, 90, 200])
def test_faces_that_are_rolled_are_found_as_in_python(opened: Opened, portrait: Pixels, degrees: float) -> None:
    check_found(opened, rolled(portrait, degrees))


def test_small_faces_are_found_in_windows_as_in_python(opened: Opened, people: list[Pair]) -> None:
    photo = crowd(people)
    check_found(opened, photo)
    assert len(opened.landmarks()) == 8


COUNT_CARDS = """globalThis.cards = 0;
const asked = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  if (kind.startsWith("webgl") && !this.counted) cards += this.counted = 1;
  return asked.call(this, kind, ...rest);
};"""


def test_photo_after_photo_is_drawn_by_one_and_the_same_context_of_the_graphics_card(
    browser: Browser, url: str, portrait: Pixels, people: list[Pair]
) -> None:
    opened = Opened(browser, url, COUNT_CARDS)
    for photo in (portrait, read_photo(people[0].input).pixels, portrait):
        opened.give(png(photo), "photo.png")
    assert opened.page.evaluate("() => globalThis.cards") == 1
    opened.close()


def test_intensity_nought_gives_back_the_photo(opened: Opened, portrait: Pixels) -> None:
    opened.give(png(portrait), "portrait.png")
    opened.slide("intensity", 0)
    np.testing.assert_array_equal(opened.read(), portrait)
    opened.slide("intensity", 100)
    assert (opened.read() != portrait).any()


def test_a_pasted_photo_is_taken_as_well(opened: Opened, portrait: Pixels) -> None:
    small = np.ascontiguousarray(portrait[::2, ::2])
    assert "320\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}320" in opened.give(png(small), "pasted.png", PASTE)


@pytest.mark.parametrize(("name", "format"), [("me.and you.jpg", "JPEG"), ("me.png", "PNG")])
def test_the_download_is_what_is_shown_marked_as_made_by_software(
    opened: Opened, portrait: Pixels, tmp_path: Path, name: str, format: str
) -> None:
    file = io.BytesIO()
    Image.fromarray(portrait).save(file, format, quality=95)
    opened.give(file.getvalue(), name)
    with opened.page.expect_download() as download:
        opened.page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == name.rpartition(".")[0] + ".smile." + name.rpartition(".")[2]
    download.value.save_as(tmp_path / name)
    with Image.open(tmp_path / name) as saved:
        assert saved.format == format
        xmp = saved.info["xmp"]
        xmp = xmp if isinstance(xmp, bytes) else xmp.encode()
        assert xmp == xmp_packet(f"pixelfes {pixelfes.__version__}, model smile")
        off = np.abs(np.asarray(saved.convert("RGB")).astype(np.int16) - opened.read())
    assert off.max() == 0 if format == "PNG" else off.mean() < LEVELS
    assert is_own_output(tmp_path / name), "pixelfes apply knows it as its own"


def test_a_photo_lying_on_its_side_is_turned_upright_as_its_file_says(opened: Opened, portrait: Pixels) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    Image.fromarray(np.rot90(portrait[:, 40:600])).save(file, "JPEG", exif=exif, quality=95)
    assert "560\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}640" in opened.give(file.getvalue(), "phone.jpg")


def test_the_wipe_shows_the_photo_as_it_was_left_of_it(opened: Opened, portrait: Pixels) -> None:
    opened.give(png(portrait), "portrait.png")
    frame = opened.page.locator("#picture")
    after = shot(frame.screenshot())
    opened.slide("wipe", 100)
    assert opened.page.locator("#wipe-value").inner_text() == "all before"
    before = shot(frame.screenshot())
    opened.slide("wipe", 50)
    half = shot(frame.screenshot())
    middle = half.shape[1] // 2
    teeth = slice(int(0.6 * len(half)), int(0.8 * len(half)))
    left, right = np.s_[teeth, 30 : middle - 30], np.s_[teeth, middle + 30 : -30]
    assert most(half[left], before[left]) <= 1
    assert most(half[left], after[left]) > 20
    assert most(half[right], after[right]) <= 1
    assert most(half[right], before[right]) > 20
    opened.slide("wipe", 0)


def most(a: Pixels, b: Pixels) -> int:
    return int(np.abs(a.astype(np.int16) - b).max())


def shot(data: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (png(np.full((300, 400, 3), 128, np.uint8)), "No face was found in this photo"),
        (b"\x89PNG but no more", "not a photo that your browser can open"),
        (png(np.zeros((8000, 8000, 3), np.uint8)), "too large; up to 50 megapixels"),
    ],
    ids=["no face", "damaged", "too large"],
)
def test_what_cannot_be_changed_is_said_in_a_sentence(opened: Opened, data: bytes, sentence: str) -> None:
    assert sentence in opened.give(data, "photo.png", kind="bad")
    assert opened.page.locator("#download").is_disabled()
