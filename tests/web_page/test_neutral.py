"""The page takes back what a face shows, reads it, and adds only what is missing, as Python does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from pixelfes import ExpressionModel, Pair
from pixelfes.arrays import Pixels
from pixelfes.expression.actions.read.reading import meant_actions, read_face
from pixelfes.photos.reading import read_photo
from tests.export.action_mixes import with_open_mouth
from tests.export.exported import Face
from tests.web_page.action_numbers import SHOW, check_alike
from tests.web_page.browser import Opened, png

PRESET = """async ([name, size]) => {
  const { actions } = await globalThis.pixelfes.loadActions();
  const { smile, actions: sizes, neutral } = actions.presets[name];
  return { smile, actions: sizes, neutral };
}"""
PRESETS = ("surprised", "sad", "angry", "disgusted", "fearful", "contempt", "pout", "mouth open", "skeptical")
READ_FACE = """async () => {
  const { original, landmarks } = globalThis.pixelfes;
  const drawer = await globalThis.pixelfes.loadActions();
  return drawer.read(original.getContext("2d"), landmarks[0]);
}"""


@pytest.fixture(scope="module")
def show_photo(opened: Opened) -> Callable[[Pixels, str], None]:
    """Gives the page a photo, once after another one."""
    shown: list[str] = []

    def give(photo: Pixels, name: str) -> None:
        if shown[-1:] != [name]:
            opened.give(png(photo), "photo.png")
            shown.append(name)

    return give


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_drawn_smile_is_taken_back(
    opened: Opened, smile: ExpressionModel, smiling_portrait: Pixels, show_photo: Any, share: float
) -> None:
    show_photo(smiling_portrait, "smiling")
    check_alike(opened, smile, {"neutral": share})


@pytest.mark.parametrize("number", range(4))
def test_the_smiles_of_people_are_taken_back(
    opened: Opened, smile: ExpressionModel, people: list[Pair], show_photo: Any, number: int
) -> None:
    show_photo(read_photo(people[number].target).pixels, f"smiling person {number}")
    check_alike(opened, smile, {"neutral": 1})


def test_an_open_mouth_closes(opened: Opened, smile: ExpressionModel, face: Face, show_photo: Any) -> None:
    show_photo(with_open_mouth(face, 0.25)[0], "open")
    check_alike(opened, smile, {"neutral": 1})


@pytest.mark.parametrize("name", PRESETS)
def test_presets_on_a_smiling_face_begin_with_neutral(
    opened: Opened, smile: ExpressionModel, people: list[Pair], show_photo: Any, name: str
) -> None:
    show_photo(read_photo(people[4].target).pixels, "smiling person 4")
    check_alike(opened, smile, opened.page.evaluate(PRESET, [name, 1]))


@pytest.mark.parametrize("name", ["surprised", "sad", "angry"])
def test_presets_on_a_resting_face_are_as_in_python(
    opened: Opened, smile: ExpressionModel, portrait: Pixels, show_photo: Any, name: str
) -> None:
    show_photo(portrait, "portrait")
    check_alike(opened, smile, opened.page.evaluate(PRESET, [name, 1]))


def test_a_smile_after_neutral_is_a_whole_one(
    opened: Opened, smile: ExpressionModel, smiling_portrait: Pixels, show_photo: Any
) -> None:
    show_photo(smiling_portrait, "smiling")
    check_alike(opened, smile, {"neutral": 1, "smile": 1, "actions": {"browInnerUp": 1}})


def test_a_resting_face_stays_as_it_is_bit_for_bit(opened: Opened, portrait: Pixels, show_photo: Any) -> None:
    show_photo(portrait, "portrait")
    opened.page.evaluate(SHOW, {"neutral": 1})
    np.testing.assert_array_equal(opened.read(), portrait)


def test_a_share_beyond_all_is_refused(opened: Opened, portrait: Pixels, show_photo: Any) -> None:
    show_photo(portrait, "portrait")
    told = "(wish) => pixelfes.show(wish).then(() => 'drawn', (error) => error.name)"
    assert [opened.page.evaluate(told, {"neutral": share}) for share in (1.5, -0.1, 1)] == [
        "RangeError",
        "RangeError",
        "drawn",
    ]


@pytest.mark.parametrize("number", range(3))
def test_what_a_face_shows_is_read_as_in_python(
    opened: Opened, people: list[Pair], show_photo: Any, number: int
) -> None:
    photo = read_photo(people[number].target).pixels
    show_photo(photo, f"smiling person {number}")
    read = opened.page.evaluate(READ_FACE)
    expected = read_face(opened.landmarks()[0], pixels=photo).actions
    assert read == pytest.approx(expected, abs=0.005)
    assert read["smile"] > 0.15


def test_raised_brows_are_read_from_pixels_of_any_size(opened: Opened, portrait: Pixels, show_photo: Any) -> None:
    show_photo(portrait, "portrait")
    resting = opened.page.evaluate(READ_FACE)
    opened.page.evaluate(SHOW, {"actions": {"browInnerUp": 1, "browOuterUp": 1}})
    drawn = opened.read()
    for side, tolerance in ((640, 0.005), (3200, 0.015)):  # the page reduces large photos first
        photo = np.asarray(cv2.resize(drawn, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
        show_photo(photo, f"brows up, {side}")
        raised = opened.page.evaluate(READ_FACE)
        assert raised == pytest.approx(read_face(opened.landmarks()[0], pixels=photo).actions, abs=tolerance)
        for name in ("browOuterUp_L", "browOuterUp_R"):
            assert raised[name] > resting[name] + 0.2


def test_only_what_is_missing_is_added(opened: Opened, smile: ExpressionModel, face: Face, show_photo: Any) -> None:
    photo = with_open_mouth(face, 0.25)[0]
    show_photo(photo, "open")
    shown = meant_actions(read_face(opened.landmarks()[0], pixels=photo))
    assert shown["jawOpen"] > 0.06
    check_alike(opened, smile, {"actions": {"jawOpen": 0.4, "browDown": 1}, "only": True})
    opened.page.evaluate(SHOW, {"actions": {"jawOpen": 0.06}, "only": True})
    np.testing.assert_array_equal(opened.read(), photo)
