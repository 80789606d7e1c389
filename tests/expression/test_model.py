from __future__ import annotations

import io
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from pixelfes import ExpressionModel, FixedLandmarks, PixelRidge
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import FaceNotFoundError, InputError, PhotoError
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.topology import MOUTH_CORNERS, OVAL
from tests.expression.drawn_faces import affine, drawn_pairs

PORTRAIT = files("pixelfes") / "assets" / "portrait.jpg"


@pytest.fixture(scope="module")
def grid(portrait: Pixels, smiling_portrait: Pixels, points: Array, smiling_points: Array) -> ExpressionModel:
    pairs = drawn_pairs(portrait, smiling_portrait, points, smiling_points)
    return ExpressionModel("grid", PixelRidge(0.4, prior="identity"), size=64).fit(pairs)


@pytest.fixture(params=["mesh", "grid"])
def model(request: pytest.FixtureRequest, smile: ExpressionModel, grid: ExpressionModel) -> ExpressionModel:
    return smile if request.param == "mesh" else grid


def mouth_width(points: Array) -> float:
    corners = points[list(MOUTH_CORNERS), :2]
    return float(np.linalg.norm(corners[1] - corners[0]) / eye_distance(points))


def grey(portrait: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(portrait).convert("L"))


def test_the_portrait_smiles(points: Array, smiling_points: Array) -> None:
    assert mouth_width(smiling_points) > 1.1 * mouth_width(points)


@pytest.mark.parametrize("intensity", [0, 0.0, np.float32(0)])
def test_intensity_0_returns_the_same_pixels(
    intensity: float, model: ExpressionModel, portrait: Pixels, points: Array
) -> None:
    out = model.synthesize(portrait, intensity, landmarks=points)
    np.testing.assert_array_equal(out, portrait)
    assert out is not portrait


def test_more_intensity_is_more_of_a_smile(smile: ExpressionModel, portrait: Pixels, points: Array) -> None:
    detector = smile.landmarks
    assert detector is not None
    outs = [smile.synthesize(portrait, intensity, landmarks=points) for intensity in (0.4, 0.8, 1.2)]
    widths = [mouth_width(detector.detect(out)[0]) for out in outs]
    assert mouth_width(points) < widths[0] < widths[1] < widths[2]


def test_the_photo_given_stays_as_it_is(model: ExpressionModel, portrait: Pixels, points: Array) -> None:
    given = portrait.copy()
    model.synthesize(given, landmarks=points)
    np.testing.assert_array_equal(given, portrait)


def test_what_is_far_from_the_face_stays_bit_for_bit(model: ExpressionModel, portrait: Pixels, points: Array) -> None:
    out = model.synthesize(portrait, 1.5, landmarks=points)
    oval = points[list(OVAL), :2]
    (left, top), (right, bottom) = oval.min(0) - 0.35 * np.ptp(oval, axis=0), oval.max(0) + 0.35 * np.ptp(oval, axis=0)
    y, x = np.mgrid[: portrait.shape[0], : portrait.shape[1]]
    outside = (x < left) | (x > right) | (y < top) | (y > bottom)
    changed = (out != portrait).any(2)
    assert outside.sum() > 1000
    assert not changed[outside].any()
    assert changed[~outside].any()


def test_a_change_has_no_seam(model: ExpressionModel, portrait: Pixels, points: Array) -> None:
    """On a flat photo, where a change meets the photo around it, it begins with a level or two."""
    flat = np.full_like(portrait, 150)
    out = model.synthesize(flat, landmarks=points).astype(int)
    difference = np.abs(out - 150).max(2)
    assert difference.max() > 8
    _, parts = cv2.connectedComponents((difference == 0).astype(np.uint8), connectivity=4)
    around = (parts == parts[0, 0]).astype(np.uint8)
    beside = cv2.dilate(around, np.ones((3, 3), np.uint8)) > around
    assert beside.sum() > 200
    assert difference[beside].max() <= 3


# What goes in, and what comes out


def test_an_array_comes_back_as_an_array(model: ExpressionModel, portrait: Pixels, points: Array) -> None:
    out = model.synthesize(portrait, landmarks=points)
    assert isinstance(out, np.ndarray)
    assert (out.shape, out.dtype) == (portrait.shape, np.uint8)


def test_a_grey_array_comes_back_as_one(model: ExpressionModel, portrait: Pixels, points: Array) -> None:
    out = model.synthesize(grey(portrait), landmarks=points)
    assert (out.shape, out.dtype) == (portrait.shape[:2], np.uint8)
    assert (out != grey(portrait)).any()


def test_a_grey_photo_stays_grey_to_the_last_bit(model: ExpressionModel, portrait: Pixels, points: Array) -> None:
    photo = np.repeat(grey(portrait)[..., None], 3, axis=2)
    out = model.synthesize(photo, landmarks=points)
    assert (out != photo).any()
    assert (out == out[..., :1]).all()


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA", "P"])
def test_a_pillow_image_comes_back_as_one(mode: str, smile: ExpressionModel, portrait: Pixels, points: Array) -> None:
    image = Image.fromarray(portrait).convert(mode)
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    before = image.tobytes()
    out = smile.synthesize(image, landmarks=points)
    assert isinstance(out, Image.Image)
    assert out.size == image.size
    assert out.mode == {"P": "RGB"}.get(mode, mode)
    assert image.tobytes() == before
    if mode in ("RGBA", "LA"):
        np.testing.assert_array_equal(np.asarray(out)[..., -1], np.asarray(image)[..., -1])


def test_paths_bytes_and_files_are_read(smile: ExpressionModel, portrait: Pixels, points: Array) -> None:
    path = Path(str(PORTRAIT))
    expected = smile.synthesize(portrait, landmarks=points)
    with path.open("rb") as file:
        for photo in (path, str(path), path.read_bytes(), file, io.BytesIO(path.read_bytes())):
            np.testing.assert_array_equal(smile.synthesize(photo, landmarks=points), expected)


def test_a_photo_that_cannot_be_read_is_an_error(smile: ExpressionModel, tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"nothing\.jpg"):
        smile.synthesize(tmp_path / "nothing.jpg")
    with pytest.raises(InputError, match="uint8"):
        smile.synthesize(np.zeros((64, 64, 3)))
    with pytest.raises(InputError):
        smile.synthesize(np.zeros((64, 64, 4), np.uint8))


# Faces


def test_a_photo_without_a_face_is_an_error(smile: ExpressionModel) -> None:
    for intensity in (0, 1):
        with pytest.raises(FaceNotFoundError, match="no face was found in the photo"):
            smile.synthesize(np.full((64, 64, 3), 128, np.uint8), intensity)


@pytest.fixture(scope="module")
def couple(portrait: Pixels, points: Array) -> tuple[Pixels, list[Array]]:
    """Two portraits side by side, the second one smaller."""
    photo = np.full((400, 800, 3), 200, np.uint8)
    faces = []
    for x, scale in ((0, 0.6), (420, 0.5)):
        face, moved = affine(portrait, points, scale=scale)
        photo[: face.shape[0], x : x + face.shape[1]] = face
        faces.append(moved + np.array([x, 0, 0]))
    return photo, faces


def changed_halves(out: Pixels, photo: Pixels) -> list[bool]:
    return [bool((out != photo)[:, half].any()) for half in (slice(0, 400), slice(400, 800))]


def test_all_faces_change_or_the_largest(smile: ExpressionModel, couple: tuple[Pixels, list[Array]]) -> None:
    photo, _ = couple
    assert changed_halves(smile.synthesize(photo), photo) == [True, True]
    assert changed_halves(smile.synthesize(photo, face="largest"), photo) == [True, False]


def test_landmarks_given_stand_in_for_the_detector(
    smile: ExpressionModel, couple: tuple[Pixels, list[Array]], monkeypatch: pytest.MonkeyPatch
) -> None:
    photo, faces = couple
    monkeypatch.setattr(smile, "landmarks", FixedLandmarks())
    assert changed_halves(smile.synthesize(photo, landmarks=faces[1]), photo) == [False, True]
    both = smile.synthesize(photo, landmarks=np.array(faces[::-1]))
    assert changed_halves(both, photo) == [True, True]
    np.testing.assert_array_equal(both, smile.synthesize(photo, landmarks=np.array(faces)))
    largest = smile.synthesize(photo, landmarks=np.array(faces[::-1]), face="largest")
    assert changed_halves(largest, photo) == [True, False]
    np.testing.assert_array_equal(
        smile.synthesize(photo, landmarks=faces[1].tolist()), smile.synthesize(photo, landmarks=faces[1])
    )


@pytest.mark.parametrize("landmarks", [np.zeros((3, 3)), np.zeros((0, 3)), "face", np.full((468, 3), np.nan), [None]])
def test_landmarks_of_no_face_are_refused(landmarks: Any, smile: ExpressionModel, portrait: Pixels) -> None:
    with pytest.raises(InputError, match="landmarks must"):
        smile.synthesize(portrait, landmarks=landmarks)


@pytest.mark.parametrize("face", ["second", None, 1, "ALL"])
def test_another_choice_of_faces_is_refused(face: Any, smile: ExpressionModel, portrait: Pixels, points: Array) -> None:
    with pytest.raises(InputError, match="face must be 'all' or 'largest'; found"):
        smile.synthesize(portrait, landmarks=points, face=face)


# Parameters


@pytest.mark.parametrize("intensity", [-0.1, 1.51, float("nan"), float("inf"), "much", None, True, [1.0], 1j])
def test_a_wrong_intensity_is_refused(intensity: Any, smile: ExpressionModel, portrait: Pixels) -> None:
    with pytest.raises(InputError, match=r"intensity must be a number from 0 to 1\.5; found"):
        smile.synthesize(portrait, intensity)
    with pytest.raises(InputError, match="intensity must be"):
        smile.synthesize_pixels(portrait, intensity)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"registration": "eyes"}, "registration must be 'mesh' or 'grid'; found 'eyes'"),
        ({"registration": ["mesh"]}, r"registration must be 'mesh' or 'grid'; found \['mesh'\]"),
        ({"regressor": "pixel-rr"}, "regressor must be a PixelRegressor; found str"),
        ({"regressor": PixelRidge}, "regressor must be a PixelRegressor; found ABCMeta"),
        ({"size": 15}, "size must be a whole number from 16 to 1024; found 15"),
        ({"size": 2000}, "size must be a whole number from 16 to 1024; found 2000"),
        ({"size": 0}, "size must be a whole number from 16 to 1024; found 0"),
        ({"size": 64.0}, "size must be a whole number from 16 to 1024; found 64.0"),
        ({"size": True}, "size must be a whole number from 16 to 1024; found True"),
        ({"regressor": PixelRidge(-1)}, "alpha must be"),
    ],
)
def test_parameters_that_are_wrong_are_refused_by_fit(
    parameters: Any, message: str, portrait: Pixels, points: Array, smiling_portrait: Pixels, smiling_points: Array
) -> None:
    model = ExpressionModel(**parameters)
    with pytest.raises(InputError, match=message):
        model.fit(drawn_pairs(portrait, smiling_portrait, points, smiling_points, 2))


def test_a_model_that_is_not_fitted_says_so(portrait: Pixels, tmp_path: Path) -> None:
    model = ExpressionModel()
    for use in (
        lambda: model.synthesize(portrait),
        lambda: model.synthesize_pixels(portrait),
        lambda: model.save(tmp_path / "model"),
        lambda: model.n_parameters_,
    ):
        with pytest.raises(InputError, match="not fitted yet: call fit, or load a model"):
            use()
    assert not (tmp_path / "model").exists()
