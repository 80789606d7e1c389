"""The page judges the faces of photos as Python does."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from pixelfes import FaceDetector, fictional_people
from pixelfes.arrays import Pixels
from pixelfes.face.trust.judging import judged_faces
from pixelfes.photos.reading import read_photo
from tests.face.trust.covered_faces import behind_a_bar, masked
from tests.web_page.browser import Opened, png

if TYPE_CHECKING:
    from pixelfes.arrays import Array

FIND = """async (data) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const found = await globalThis.pixelfes.faces(new Blob([bytes]));
  return found.map(({ landmarks, verdict }) => ({ landmarks: [...landmarks], verdict }));
}"""
"""Finds and judges the faces of a file."""
COLOURS = [(235, 235, 238), (120, 170, 215), (30, 30, 34), (170, 40, 45)]
NEAR = 3  # pixels


def in_page(opened: Opened, photo: Pixels) -> list[dict[str, Any]]:
    """The faces of a photo and their verdicts, from the page."""
    found: list[dict[str, Any]] = opened.page.evaluate(FIND, base64.b64encode(png(photo)).decode())
    return found


def check_alike(opened: Opened, detector: FaceDetector, photo: Pixels) -> list[str]:
    """Check that page and Python find the same faces in a photo and judge them alike; return the verdicts."""
    expected, found = judged_faces(detector, photo), in_page(opened, photo)
    assert [one["verdict"] for one in found] == [str(verdict) for _, verdict in expected]
    for one, (landmarks, _) in zip(found, expected, strict=True):
        points: Array = np.reshape(one["landmarks"], (-1, 3))
        assert np.abs(points - landmarks)[:, :2].mean() < NEAR
    return [one["verdict"] for one in found]


@pytest.fixture(scope="module")
def people() -> list[Pixels]:
    """Fictional people, enlarged."""
    small = [np.asarray(pair.input) for pair in fictional_people(4, seed=21)]
    return [np.asarray(cv2.resize(p, (480, 480), interpolation=cv2.INTER_CUBIC), np.uint8) for p in small]


def test_clear_faces_are_ok(opened: Opened, detector: FaceDetector, portrait: Pixels, people: list[Pixels]) -> None:
    for photo in [portrait, *people]:
        assert check_alike(opened, detector, photo) == ["ok"]


@pytest.mark.parametrize("degrees", [35, 90, 180, 260])
def test_rolled_faces_are_judged_alike(
    opened: Opened, detector: FaceDetector, portrait: Pixels, degrees: float
) -> None:
    turn = cv2.getRotationMatrix2D((320, 320), degrees, 0.8)
    photo = np.asarray(cv2.warpAffine(portrait, turn, (640, 640), borderMode=cv2.BORDER_REPLICATE))
    assert check_alike(opened, detector, photo) == ["ok"]


def test_a_face_of_2560_pixels_is_one_face(opened: Opened, detector: FaceDetector, portrait: Pixels) -> None:
    large = np.asarray(cv2.resize(portrait, (2560, 2560), interpolation=cv2.INTER_CUBIC))
    assert check_alike(opened, detector, large) == ["ok"]


def test_small_faces_are_found_and_called_too_small(opened: Opened, detector: FaceDetector, portrait: Pixels) -> None:
    crowd = np.full((240, 320, 3), 190, np.uint8)
    for number, side in enumerate((72, 60, 56, 46, 44, 42)):
        x, y = 20 + number % 3 * 100, 20 + number // 3 * 110
        crowd[y : y + side, x : x + side] = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
    assert check_alike(opened, detector, crowd) == ["ok"] * 3 + ["too small"] * 3


@pytest.mark.parametrize(
    "cover",
    [lambda p, at, c: masked(p, at, c, -0.45), lambda p, at, c: masked(p, at, c, -0.7), behind_a_bar],
    ids=["low mask", "high mask", "bar"],
)
def test_covered_mouths_are_judged_alike(
    cover: Callable[..., Pixels], opened: Opened, detector: FaceDetector, people: list[Pixels]
) -> None:
    found = []
    for number, photo in enumerate(people):
        found += check_alike(opened, detector, cover(photo, detector.detect(photo)[0], COLOURS[number]))
    assert found.count("covered mouth") >= len(people) / 2


def test_a_photo_without_a_face_has_none(opened: Opened) -> None:
    assert in_page(opened, np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)) == []


@pytest.mark.photos
def test_hard_photos_are_judged_alike(opened: Opened, detector: FaceDetector, data: Path) -> None:
    paths = [path for kind in ("cover", "art") for path in sorted(data.glob(f"wild/{kind}-*.jpg"))]
    if not paths:
        pytest.skip(f"no hard photos in {data}")
    verdicts: list[str] = []
    for path in paths:
        photo = read_photo(path).pixels
        if detector.faces(photo):
            verdicts += check_alike(opened, detector, photo)
        else:
            assert in_page(opened, photo) == []
    assert len(set(verdicts)) >= 4


@pytest.mark.photos
def test_a_face_inside_a_face_is_dropped(opened: Opened, detector: FaceDetector, data: Path) -> None:
    path = data.parent / "cases/face-inside-face/portrait-2560.jpg"
    if not path.is_file():
        pytest.skip(f"no photo at {path}")
    for side in (2000, 2560, 2800):
        photo = np.asarray(cv2.resize(read_photo(path).pixels, (side, side), interpolation=cv2.INTER_AREA))
        assert check_alike(opened, detector, photo) == ["ok"]
