"""Facial actions on a photo in the page become what Python makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from pixelfes import ExpressionModel, Pair
from pixelfes.arrays import Pixels
from pixelfes.photos.reading import read_photo
from tests.export.action_mixes import with_open_mouth
from tests.export.exported import Face
from tests.web_page.action_numbers import SHOW, check_alike, expected_of
from tests.web_page.browser import SMALL_CARD, Opened, group, png

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WISHES: dict[str, dict[str, Any]] = {
    "looking aside": {"gaze": [20, -10]},
    "looking up": {"gaze": [-25, 15]},
    "eyes shut": {"actions": {"eyeBlink": 1}},
    "eyes half shut": {"actions": {"eyeBlink_L": 0.5, "eyeBlink_R": 0.6}},
    "eyes wide": {"actions": {"eyeWide": 1, "browInnerUp": 1, "browOuterUp": 0.9}},
    "jaw down": {"actions": {"jawOpen": 0.4}},
    "round lips": {"actions": {"mouthFunnel": 1, "jawOpen": 0.1}},
    "kiss": {"actions": {"mouthPucker": 1.2}},
    "frown": {"actions": {"browDown": 1.3, "noseSneer": 1, "mouthFrown": 1.2}},
    "smile, wink and look": {"smile": 1, "actions": {"jawOpen": 0.2, "eyeBlink_L": 1}, "gaze": [10, 5]},
}


@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
def test_actions_become_what_python_makes_of_them(
    opened: Opened, smile: ExpressionModel, portrait: Pixels, wish: dict[str, Any]
) -> None:
    small = cv2.resize(portrait, (320, 320), interpolation=cv2.INTER_AREA)
    if opened.page.evaluate("() => globalThis.pixelfes.original?.width") != 320:
        opened.give(png(small), "portrait.png")
    check_alike(opened, smile, wish)


def test_eyes_that_look_aside_are_as_in_python_to_a_few_levels(
    opened: Opened, smile: ExpressionModel, portrait: Pixels
) -> None:
    opened.give(png(cv2.resize(portrait, (320, 320), interpolation=cv2.INTER_AREA)), "portrait.png")
    for gaze in ([20, -10], [-25, 15]):
        opened.page.evaluate(SHOW, {"gaze": gaze})
        np.testing.assert_allclose(opened.read().astype(int), expected_of(opened, smile, {"gaze": gaze}), atol=5)


@pytest.mark.parametrize("jaw", [0.12, 0.5])
def test_a_mouth_that_is_open_keeps_its_inside_as_in_python(
    opened: Opened, smile: ExpressionModel, face: Face, jaw: float
) -> None:
    opened.give(png(with_open_mouth(face, jaw)[0]), "open.png")
    for wish in ({"actions": {"jawOpen": 0.4}}, {"smile": 1, "actions": {"mouthFunnel": 0.6}}):
        check_alike(opened, smile, wish)


def test_presets_are_drawn_alike_on_other_people(opened: Opened, smile: ExpressionModel, people: list[Pair]) -> None:
    presets = opened.page.evaluate("async () => (await globalThis.pixelfes.loadActions()).actions.presets")
    names = ("surprised", "sad", "angry", "contempt", "skeptical", "smile")
    for person, name in zip(people, names, strict=False):
        opened.give(png(read_photo(person.input).pixels), "person.png")
        check_alike(opened, smile, {"smile": presets[name]["smile"], "actions": presets[name]["actions"]})


def test_faces_of_a_group_are_all_changed(opened: Opened, smile: ExpressionModel, portrait: Pixels) -> None:
    opened.give(png(group(portrait)), "group.png")
    check_alike(opened, smile, {"actions": {"jawOpen": 0.3, "browDown_L": 1}, "gaze": [15, 0]})


def test_nothing_asked_for_gives_back_the_photo_bit_for_bit(opened: Opened, portrait: Pixels) -> None:
    opened.give(png(portrait), "portrait.png")
    opened.page.evaluate(SHOW, {"actions": {"jawOpen": 0.4}})
    assert (opened.read() != portrait).any()
    for wish in ({}, {"actions": {"jawOpen": 0, "browDown": 0}, "gaze": [0, 0]}, {"actions": {"jawOpen": -1}}):
        opened.page.evaluate(SHOW, wish)
        np.testing.assert_array_equal(opened.read(), portrait)


def test_an_action_of_one_side_changes_that_side_alone(opened: Opened, portrait: Pixels) -> None:
    opened.give(png(portrait), "portrait.png")
    opened.page.evaluate(SHOW, {"actions": {"eyeBlink_L": 1}})
    changed = np.abs(opened.read().astype(np.int16) - portrait).max(2)
    assert changed[:, 320:].max() > 40  # the person's left is on the right of the photo
    assert changed[:, :300].max() <= 3  # the mean colour of cheeks and forehead is kept


def test_a_face_too_large_for_the_graphics_card_has_no_seams(
    browser: Browser, url: str, opened: Opened, portrait: Pixels
) -> None:
    small = Opened(browser, url, SMALL_CARD)
    for page in (small, opened):
        page.give(png(portrait), "portrait.png")
        page.page.evaluate(SHOW, {"actions": {"jawOpen": 0.45, "browInnerUp": 1}})
    np.testing.assert_allclose(small.read().astype(np.int16), opened.read(), atol=1)
    small.close()


def test_their_file_is_asked_for_once_when_a_face_is_on_the_stage(browser: Browser, url: str, portrait: Pixels) -> None:
    page = Opened(browser, url)
    assert page.page.evaluate(ASKED_FOR) == 0
    page.give(png(portrait), "portrait.png")
    page.page.evaluate(SHOW, {"gaze": [10, 0]})
    page.page.evaluate(SHOW, {"gaze": [0, 10]})
    assert page.page.evaluate(ASKED_FOR) == 1
    page.close()


ASKED_FOR = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes("actions.safetensors")).length"""


def test_what_cannot_be_drawn_is_refused(opened: Opened, portrait: Pixels) -> None:
    opened.give(png(portrait), "portrait.png")
    opened.page.evaluate(SHOW, {"actions": {"jawOpen": 0.4}})
    for wish in ({"actions": {"browsUp": 1}}, {"gaze": [90, 0]}):
        told = opened.page.evaluate("(wish) => pixelfes.show(wish).then(() => 'drawn', (error) => error.name)", wish)
        assert told == "RangeError"
    opened.give(png(portrait), "portrait.png")  # what was shown before stays
    assert (opened.read() != portrait).any()


def test_a_small_face_is_drawn_without_an_error(opened: Opened, portrait: Pixels) -> None:
    small = np.full((300, 300, 3), 180, np.uint8)
    small[100:164, 100:164] = cv2.resize(portrait, (64, 64), interpolation=cv2.INTER_AREA)
    opened.give(png(small), "small.png")
    opened.page.evaluate(SHOW, {"smile": 1, "actions": {"eyeBlink": 1, "jawOpen": 0.4}, "gaze": [20, 20]})
    assert (opened.read() != small).any()
