from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from pixelfes import ExpressionModel, FaceDetector, load_pairs
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import FaceNotFoundError, InputError, MissingDependencyError
from pixelfes.evaluate.judges import dlib_identity
from pixelfes.evaluate.judges.crops import ARCFACE_POINTS, arcface_frame
from pixelfes.evaluate.judges.dlib_identity import DlibIdentity
from pixelfes.evaluate.judges.identity import IdentityJudge, OnnxIdentity, ReferenceDistances, reference_distances
from pixelfes.face.detector.landmark_cache import CachedLandmarks
from pixelfes.photos.reading import read_photo
from pixelfes.user_cache import cache_folder
from tests.evaluate.judges.onnx_files import pixels_network
from tests.expression.drawn_faces import affine


@pytest.fixture(scope="module")
def dlib() -> DlibIdentity:
    return DlibIdentity()


def test_a_copy_is_at_distance_0(dlib: IdentityJudge, portrait: Pixels, points: Array) -> None:
    a, b = dlib.embed(portrait, points), dlib.embed(portrait.copy(), points.copy())
    assert a.shape == (128,)
    assert a.dtype == np.float64
    assert dlib.distance(a, b) == 0


def test_landmarks_and_dlibs_own_detector_see_the_same_face(
    dlib: IdentityJudge, portrait: Pixels, points: Array
) -> None:
    assert dlib.distance(dlib.embed(portrait, points), dlib.embed(portrait)) < 0.2


def test_a_turned_and_scaled_photo_is_the_same_person(dlib: IdentityJudge, portrait: Pixels, points: Array) -> None:
    start = dlib.embed(portrait, points)
    for degrees, scale in ((90, 1.0), (-30, 1.4), (180, 0.6)):
        assert dlib.distance(start, dlib.embed(*affine(portrait, points, scale=scale, degrees=degrees))) < 0.2


def test_a_smile_keeps_the_person(
    dlib: IdentityJudge, portrait: Pixels, points: Array, smiling_portrait: Pixels, smiling_points: Array
) -> None:
    assert 0 < dlib.distance(dlib.embed(portrait, points), dlib.embed(smiling_portrait, smiling_points)) < 0.4


def test_a_photo_without_a_face_is_one_error(dlib: IdentityJudge) -> None:
    with pytest.raises(FaceNotFoundError, match="dlib's detector found no face"):
        dlib.embed(np.full((200, 200, 3), 128, np.uint8))


def test_points_are_5_or_68(portrait: Pixels, points: Array) -> None:
    few = DlibIdentity(points=5)
    assert few.embed(portrait, points).shape == (128,)
    assert "5 points" in few.name
    with pytest.raises(InputError, match="5 or 68; found 12"):
        DlibIdentity(points=12)  # type: ignore[arg-type]


@pytest.mark.parametrize("module", ["dlib", "face_recognition_models"])
def test_the_extra_is_named_where_something_is_missing(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    find = importlib.util.find_spec
    monkeypatch.setitem(sys.modules, "dlib", None if module == "dlib" else sys.modules.get("dlib"))
    monkeypatch.setattr("pixelfes.extras.find_spec", lambda name: None if name == module else find(name))
    if module != "dlib":
        pytest.importorskip("_dlib_pybind11")
        monkeypatch.delitem(sys.modules, "dlib")
    with pytest.raises(MissingDependencyError, match=r'this judge needs .*: pip install "pixelfes\[judge\]"') as caught:
        DlibIdentity()
    assert module in str(caught.value).replace("-bin", "")


def test_weights_are_checked_before_dlib_gets_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "shape_predictor_68_face_landmarks.dat").write_bytes(b"something else")
    monkeypatch.setattr(dlib_identity, "extra_folder", lambda extra, name: tmp_path)
    for points in (68, 5):  # one is not the file, the other is not there
        with pytest.raises(MissingDependencyError, match="is missing from face_recognition_models, or is not the file"):
            DlibIdentity(points=points)


def test_a_plugged_in_network_embeds_faces(
    tmp_path: Path, detector: FaceDetector, portrait: Pixels, points: Array, smiling_portrait: Pixels
) -> None:
    judge: IdentityJudge = OnnxIdentity(pixels_network(tmp_path / "net.onnx"))
    start = judge.embed(portrait, points)
    assert start.shape == (147,)
    assert (np.abs(start) <= 1).all()
    assert judge.distance(start, judge.embed(portrait.copy(), points)) == 0
    assert judge.distance(start, -start) == pytest.approx(2)
    turned = judge.distance(start, judge.embed(*affine(portrait, points, degrees=50)))
    smiling = judge.distance(start, judge.embed(smiling_portrait))
    assert turned < smiling < 0.1
    expected = 1 - start @ judge.embed(smiling_portrait) / np.linalg.norm(start) / np.linalg.norm(
        judge.embed(smiling_portrait)
    )
    assert smiling == pytest.approx(expected, abs=1e-9)
    assert judge.name == "net.onnx"


def test_arcface_crops_bring_five_points_where_they_belong() -> None:
    face = np.zeros((468, 3))
    angle = np.radians(25)
    turn = 3.0 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = ARCFACE_POINTS @ turn.T + [40, 70]
    for indices, point in zip([(33, 133), (362, 263), (4,), (61,), (291,)], placed, strict=True):
        face[list(indices), :2] = point
    frame = arcface_frame(face)
    # The template counts pixels from the corner of the first one as its centre, so 112 pixels need no shift.
    np.testing.assert_allclose(frame[:, :2], turn, atol=1e-9)
    np.testing.assert_allclose(frame[:, 2], [40, 70], atol=1e-9)


class Plain:
    """A judge of points in the plane."""

    name = "plain"

    def embed(self, pixels: Pixels, landmarks: npt.ArrayLike | None = None) -> Array:
        raise NotImplementedError

    def distance(self, a: Array, b: Array) -> float:
        return float(np.linalg.norm(a - b))


def test_reference_distances_are_of_the_right_people() -> None:
    first = [np.array([0.0]), np.array([10.0]), np.array([30.0])]
    second = [np.array([1.0]), np.array([12.0]), np.array([33.0])]
    reference = reference_distances(Plain(), first, second)
    assert reference.same.tolist() == [1, 2, 3]
    assert sorted(reference.different.tolist()) == [9, 12, 18, 23, 29, 33]


def test_reference_distances_need_two_people() -> None:
    one = [np.zeros(2)]
    with pytest.raises(InputError, match="two photos each of two or more people; found 1 and 1"):
        reference_distances(Plain(), one, one)
    with pytest.raises(InputError, match="found 1 and 2"):
        reference_distances(Plain(), one, one * 2)


@pytest.fixture(scope="module")
def london(dlib: DlibIdentity, detector: FaceDetector, data: Path) -> tuple[list[Array], list[Array]]:
    """Embeddings of both photos of a dozen people."""
    provider = CachedLandmarks(detector, cache_folder() / "landmarks")
    pairs = load_pairs(data / "london")[:12]

    def embedded(photo: object) -> Array:
        pixels = read_photo(photo).pixels  # type: ignore[arg-type]
        return dlib.embed(pixels, provider.detect(pixels)[0])

    return [embedded(pair.input) for pair in pairs], [embedded(pair.target) for pair in pairs]


@pytest.fixture(scope="module")
def reference(dlib: DlibIdentity, london: tuple[list[Array], list[Array]]) -> ReferenceDistances:
    return reference_distances(dlib, *london)


@pytest.mark.photos
def test_one_person_neutral_and_smiling_is_closer_than_two_people(reference: ReferenceDistances) -> None:
    assert reference.same.max() < 0.4 < reference.different.min()
    assert reference.same.mean() < 0.25
    assert reference.different.mean() > 0.75


@pytest.mark.photos
def test_shuffled_people_are_other_people(dlib: DlibIdentity, london: tuple[list[Array], list[Array]]) -> None:
    first, second = london
    shuffled = [dlib.distance(a, b) for a, b in zip(first, second[1:] + second[:1], strict=True)]
    right = [dlib.distance(a, b) for a, b in zip(first, second, strict=True)]
    assert min(shuffled) > max(right)


@pytest.mark.photos
def test_the_shipped_smile_keeps_strangers_themselves(
    dlib: DlibIdentity, smile: ExpressionModel, reference: ReferenceDistances, data: Path
) -> None:
    distances = []
    for pair in load_pairs(data / "london")[:4]:
        pixels = read_photo(pair.input).pixels
        points = smile.landmarks.detect(pixels)[0]  # type: ignore[union-attr]
        made = smile.synthesize_pixels(pixels, landmarks=points)
        distances.append(dlib.distance(dlib.embed(pixels, points), dlib.embed(made)))
    assert np.mean(distances) < reference.same.max() < reference.different.min()
