"""The judge of smiles: what it says of faces that it has seen changed, and of real people that it has never seen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pixelfes import FaceDetector, load_pairs
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError, MissingDependencyError
from pixelfes.evaluate.judges.classifier import ExpressionClassifier, logistic
from pixelfes.evaluate.judges.classifier_file import load_judge
from pixelfes.evaluate.judges.expression import ExpressionJudge, JudgeInfo, KeptOut, kept_out
from pixelfes.evaluate.run.people_facts import read_people
from pixelfes.face.detector.landmark_cache import CachedLandmarks
from pixelfes.face.topology import face_topology
from pixelfes.photos.reading import read_photo
from pixelfes.user_cache import cache_folder
from tests.expression.drawn_faces import affine


@pytest.fixture(scope="module")
def judge() -> ExpressionClassifier:
    return load_judge()


def test_the_portrait_is_not_happy_and_its_smile_is(
    judge: ExpressionJudge, portrait: Pixels, points: Array, smiling_portrait: Pixels, smiling_points: Array
) -> None:
    assert judge.score(portrait, points) < 0.3
    assert judge.score(smiling_portrait, smiling_points) > 0.9


def test_a_copy_has_the_same_score(judge: ExpressionJudge, portrait: Pixels, points: Array) -> None:
    assert judge.score(portrait.copy(), points.copy()) == judge.score(portrait, points)


def test_the_score_is_the_evidence_between_0_and_1(
    judge: ExpressionClassifier, portrait: Pixels, points: Array
) -> None:
    assert judge.score(portrait, points) == pytest.approx(1 / (1 + np.exp(-judge.evidence(portrait, points))))
    assert logistic([-1e4, 0, 1e4]).tolist() == [0, 0.5, 1]


def lit_from_the_side(pixels: Pixels) -> Pixels:
    ramp = np.linspace(0.55, 1.0, pixels.shape[1])[None, :, None]
    return np.asarray(pixels * ramp, np.uint8)


def darker(pixels: Pixels) -> Pixels:
    return np.asarray(pixels * 0.5, np.uint8)


def tinted(pixels: Pixels) -> Pixels:
    return np.asarray(pixels * np.array([1.0, 0.85, 0.7]), np.uint8)


def coarse(pixels: Pixels) -> Pixels:
    half = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(half, pixels.shape[1::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize("change", [lit_from_the_side, darker, tinted, coarse])
def test_light_colour_and_sharpness_count_for_little(
    judge: ExpressionClassifier,
    portrait: Pixels,
    points: Array,
    smiling_portrait: Pixels,
    smiling_points: Array,
    change: Callable[[Pixels], Pixels],
) -> None:
    evidence = judge.evidence(portrait, points)
    smile = judge.evidence(smiling_portrait, smiling_points) - evidence
    assert abs(judge.evidence(change(portrait), points) - evidence) < 0.15 * smile


def test_where_and_how_large_the_face_is_counts_for_little(
    judge: ExpressionClassifier, portrait: Pixels, points: Array, smiling_portrait: Pixels, smiling_points: Array
) -> None:
    evidence = judge.evidence(portrait, points)
    smile = judge.evidence(smiling_portrait, smiling_points) - evidence
    moved = judge.evidence(*affine(portrait, points, scale=1.4, degrees=25))
    assert abs(moved - evidence) < 0.1 * smile
    mirror = points * [-1, 1, 1] + [portrait.shape[1] - 1, 0, 0]
    mirrored = judge.evidence(np.ascontiguousarray(portrait[:, ::-1]), mirror[face_topology().mirror])
    assert abs(mirrored - evidence) < 0.05 * smile


def test_moved_landmarks_alone_do_not_make_a_smile(
    judge: ExpressionClassifier, portrait: Pixels, points: Array, smiling_portrait: Pixels, smiling_points: Array
) -> None:
    """Teeth and folds count beside the shape: the texture has a say of its own."""
    neutral, smile = (
        float((judge.texture_weight * judge.features.texture(*face)).sum())
        for face in ((portrait, points), (smiling_portrait, smiling_points))
    )
    everything = judge.evidence(smiling_portrait, smiling_points) - judge.evidence(portrait, points)
    assert 0.2 < (smile - neutral) / everything < 0.8


def test_a_face_of_one_colour_has_a_score(judge: ExpressionJudge, portrait: Pixels, points: Array) -> None:
    assert 0 <= judge.score(np.full_like(portrait, 128), points) <= 1


def test_a_judge_learns_from_few_faces(
    portrait: Pixels, points: Array, smiling_portrait: Pixels, smiling_points: Array
) -> None:
    info = JudgeInfo("mine", expression="smile")
    faces = ((portrait, points), (smiling_portrait, smiling_points))
    moved = [affine(x, p, degrees=5) for x, p in faces]
    photos, landmarks = zip(*faces, *moved, strict=True)
    mine = ExpressionClassifier.fit(iter(photos), landmarks, [0, 1, 0, 1], size=24, info=info)
    assert mine.info is info
    assert mine.texture_weight.shape == (24, 24)
    assert mine.score(portrait, points) < 0.3
    assert mine.score(smiling_portrait, smiling_points) > 0.7
    assert ExpressionClassifier.fit(photos, landmarks, [0, 1, 0, 1]).info.kept_out is None


def test_a_larger_penalty_is_less_sure(
    portrait: Pixels, points: Array, smiling_portrait: Pixels, smiling_points: Array
) -> None:
    def evidence(penalty: float) -> float:
        photos, landmarks = [portrait, smiling_portrait], [points, smiling_points]
        judge = ExpressionClassifier.fit(photos, landmarks, [0, 1], penalty=penalty, size=16)
        return judge.evidence(smiling_portrait, smiling_points)

    assert evidence(0.1) > evidence(1) > evidence(10) > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": [0, 1, 1]}, "as many landmarks as labels"),
        ({"labels": [0, 0]}, "both neutral"),
        ({"photos": 1}, "as many photos as labels"),
        ({"photos": 3}, "as many photos as labels"),
        ({"penalty": 0}, "penalty > 0"),
        ({"penalty": float("nan")}, "penalty > 0"),
        ({"size": 8}, "size from 16 to 256"),
    ],
)
def test_what_cannot_be_learnt_is_refused(
    portrait: Pixels, points: Array, options: dict[str, Any], message: str
) -> None:
    given: dict[str, Any] = {"photos": 2, "labels": [0, 1], "penalty": 1.0, "size": 16} | options
    photos = [portrait] * given.pop("photos")
    with pytest.raises(InputError, match=message):
        ExpressionClassifier.fit(photos, [points, points], **given)


def test_the_extra_is_named_where_scikit_learn_is_missing(
    monkeypatch: pytest.MonkeyPatch, portrait: Pixels, points: Array
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(MissingDependencyError, match=r'scikit-learn: pip install "pixelfes\[judge\]"'):
        ExpressionClassifier.fit([portrait, portrait], [points, points], [0, 1], size=16)


def test_a_trained_judge_needs_no_scikit_learn() -> None:
    code = (
        "import sys, numpy as np; from pixelfes.evaluate.judges.classifier_file import load_judge; judge = load_judge();"
        "points = judge.features.reference * 60 + 120;"
        "print(0 <= judge.score(np.zeros((240, 240, 3), np.uint8), points) <= 1);"
        "print({'sklearn', 'skimage', 'dlib', 'onnxruntime', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "set()"]


def test_the_shipped_judge_says_how_far_it_can_be_trusted(judge: ExpressionClassifier) -> None:
    measured = judge.info.kept_out
    assert measured is not None
    assert measured.n_photos == 160
    assert 0.85 < measured.accuracy < 0.95
    assert set(measured.called) == {"open", "closed"}
    assert "CC BY 4.0" in judge.info.attribution


@pytest.fixture(scope="module")
def strangers(detector: FaceDetector, data: Path) -> KeptOut:
    """What a judge that was trained on four fifths of the people says of the others."""
    provider = CachedLandmarks(detector, cache_folder() / "landmarks")
    pairs, facts = load_pairs(data / "london"), read_people(data / "london")
    photos = [photo for pair in pairs for photo in (pair.input, pair.target)]
    landmarks = [provider.detect(read_photo(photo).pixels)[0] for photo in photos]
    train = [n for n in range(len(photos)) if n // 2 % 5]
    test = [n for n in range(len(photos)) if not n // 2 % 5]
    pixels = (read_photo(photos[n]).pixels for n in train)
    judge = ExpressionClassifier.fit(pixels, [landmarks[n] for n in train], [n % 2 for n in train])
    scores = [judge.score(read_photo(photos[n]).pixels, landmarks[n]) for n in test]
    people = [pairs[n // 2].name for n in test]
    kinds = [facts[name].smile_mouth if n % 2 else None for n, name in zip(test, people, strict=True)]
    return kept_out(scores, [n % 2 for n in test], people=people, kinds=kinds)


@pytest.mark.photos
def test_real_smiles_of_strangers_score_above_their_neutral_faces(strangers: KeptOut) -> None:
    assert strangers.within_person == 1.0
    assert strangers.auc > 0.85


@pytest.mark.photos
def test_smiles_with_teeth_are_recognised_and_faint_ones_often(strangers: KeptOut) -> None:
    assert strangers.accuracy >= 0.75
    assert strangers.called["open"] == 1.0
    assert strangers.called["closed"] >= 0.4
    assert strangers.neutral_called <= 0.2
