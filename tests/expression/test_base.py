"""The base of models: any subclass reads photos, checks intensities and finds faces in the same way."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from PIL import Image

from pixelfes.arrays import Array, DeepPixels, Pixels
from pixelfes.errors import FaceNotFoundError, FaceRefusedError, InputError
from pixelfes.expression.base import Model, ModelDescription, Precision, TeethChoice, check_intensity
from pixelfes.face.detector.detected_face import DetectedFace
from pixelfes.face.detector.face_detector import FaceDetector
from pixelfes.face.trust.verdicts import Verdict
from pixelfes.tracking.readouts import AS_READ, Readouts


class Brightening(Model):
    """Adds ten levels per intensity to the whole photo, once per face."""

    def __init__(self, is_continuous: bool = True) -> None:
        super().__init__()
        self.is_continuous, self.fitted = is_continuous, True

    def fit(self, pairs: Any, *, info: Any = None, progress: Any = None) -> Self:
        return self

    def save(self, path: str | Path, precision: Precision = "float32") -> None:
        raise NotImplementedError

    @property
    def n_parameters_(self) -> int:
        return 1

    def describe(self) -> ModelDescription:
        return ModelDescription("brightening", {}, "grid", 16, is_continuous=self.is_continuous)

    def _change_face(
        self,
        pixels: Pixels,
        landmarks: Array,
        intensity: float,
        teeth: TeethChoice = "auto",
        deep: DeepPixels | None = None,
        readouts: Readouts = AS_READ,
    ) -> None:
        pixels += np.uint8(10 * intensity)
        if deep is not None:
            deep += np.uint16(2570 * intensity)

    def _check_fitted(self) -> None:
        if not self.fitted:
            raise InputError("not fitted")


@pytest.fixture
def photo() -> Pixels:
    return np.full((64, 48, 3), 100, np.uint8)


@pytest.fixture
def one(points: Array) -> Array:
    return np.asarray((points - points.min(0)) / np.ptp(points, axis=0).max() * 40 + 4)


def test_every_face_is_changed_and_the_input_stays(photo: Pixels, one: Array) -> None:
    out = Brightening().synthesize(photo, landmarks=np.stack([one, one]))
    assert (photo == 100).all()
    assert (out == 120).all()


def test_the_result_has_the_kind_of_the_photo(photo: Pixels, one: Array, tmp_path: Path) -> None:
    model = Brightening()
    Image.fromarray(photo).save(tmp_path / "photo.png")
    for given in (photo, tmp_path / "photo.png", (tmp_path / "photo.png").read_bytes()):
        assert model.synthesize(given, landmarks=one).shape == photo.shape
    assert model.synthesize(photo[..., 0], landmarks=one).shape == photo.shape[:2]
    image = model.synthesize(Image.fromarray(photo[..., 0]), landmarks=one)
    assert isinstance(image, Image.Image)
    assert image.mode == "L"


def test_intensity_0_looks_for_faces_and_changes_nothing(photo: Pixels, one: Array) -> None:
    assert np.array_equal(Brightening().synthesize(photo, 0, landmarks=one), photo)
    with pytest.raises(FaceNotFoundError):
        Brightening().synthesize(photo, 0, landmarks=np.empty((0, 468, 3)))


@pytest.mark.parametrize("intensity", [-0.1, 1.51, float("nan"), float("inf"), "1", None, True])
def test_an_intensity_is_a_number_from_0_to_1_and_a_half(intensity: Any, photo: Pixels, one: Array) -> None:
    for call in (Brightening().synthesize, Brightening().synthesize_pixels):
        with pytest.raises(InputError, match=r"intensity must be a number from 0 to 1\.5; found"):
            call(photo, intensity, landmarks=one)
    check_intensity(float(np.float32(1.5)))


@pytest.mark.parametrize("teeth", ["", "white", None, 1])
def test_an_unknown_choice_of_teeth_is_refused(teeth: Any, photo: Pixels, one: Array) -> None:
    for call in (Brightening().synthesize, Brightening().synthesize_pixels):
        with pytest.raises(InputError, match="teeth must be 'auto', 'closed', 'open'; found"):
            call(photo, landmarks=one, teeth=teeth)


def test_a_model_that_is_on_or_off_warns_about_what_it_ignores(photo: Pixels, one: Array) -> None:
    switch = Brightening(is_continuous=False)
    with pytest.warns(UserWarning, match=r"this model is on or off: intensity 0\.5 is the same as 1"):
        switch.synthesize(photo, 0.5, landmarks=one)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for intensity in (0, 1):
            switch.synthesize(photo, intensity, landmarks=one)
        Brightening().synthesize(photo, 0.5, landmarks=one)


def test_a_model_that_is_not_fitted_says_so(photo: Pixels, one: Array) -> None:
    model = Brightening()
    model.fitted = False
    for call in (model.synthesize, model.synthesize_pixels):
        with pytest.raises(InputError, match="not fitted"):
            call(photo, landmarks=one)


class Known(FaceDetector):
    """A detector that knows the faces of the portrait, one of them moved off its place."""

    def __init__(self, *faces: DetectedFace) -> None:
        super().__init__()
        self.known = list(faces)

    def faces(self, pixels: Pixels) -> list[DetectedFace]:
        return self.known


@pytest.fixture(scope="module")
def good_and_bad(detector: FaceDetector, portrait: Pixels) -> tuple[DetectedFace, DetectedFace]:
    """The face of the portrait, and the same one too small to be changed."""
    (face,) = detector.faces(portrait)
    return face, replace(face, points=face.points * 0.05)


def test_only_faces_that_are_ok_are_changed(good_and_bad: tuple[DetectedFace, DetectedFace], portrait: Pixels) -> None:
    model = Brightening()
    model.landmarks = Known(*good_and_bad)
    picture, faces = model.synthesize(portrait, 1.0, return_faces=True)
    assert [(f.verdict, f.is_changed) for f in faces] == [(Verdict.OK, True), (Verdict.SMALL, False)]
    np.testing.assert_array_equal(picture, model.synthesize(portrait, 1.0))
    assert model.synthesize(portrait, 1.0, insist=True).mean() > picture.mean() > portrait.mean()


def test_a_photo_of_refused_faces_is_an_error_that_gives_the_reasons(
    good_and_bad: tuple[DetectedFace, DetectedFace], portrait: Pixels
) -> None:
    model = Brightening()
    model.landmarks = Known(good_and_bad[1])
    with pytest.raises(FaceRefusedError, match=r"^no face can be changed: too small \(at \d+, \d+\)$"):
        model.synthesize(portrait)
    assert model.change(portrait, insist=True).faces[0].is_changed
