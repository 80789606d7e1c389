from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pixelfes import ExpressionModel, FaceDetector, FixedLandmarks
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError
from pixelfes.evaluate.judges.classifier_file import load_judge
from pixelfes.evaluate.judges.dlib_identity import DlibIdentity
from pixelfes.evaluate.run.intensity_control import INTENSITIES, control_curve, control_scores


def test_a_line_is_linear_and_monotone() -> None:
    steps = np.linspace(0, 1.5, 7)
    curve = control_curve([0.05 + 0.5 * steps, 0.6 * steps], steps)
    assert curve.linearity == pytest.approx(1)
    assert curve.linearity_to_full == pytest.approx(1)
    assert curve.monotone_share == curve.rising_steps == 1
    assert 0.9 < curve.pooled_linearity < 1
    np.testing.assert_allclose(curve.mean, 0.025 + 0.55 * steps)
    assert curve.called.tolist() == [0, 0, 0, 0, 1, 1, 1]


@given(arrays(np.float64, (5, 4), elements=st.floats(0, 1)))
def test_linearity_is_the_correlation_of_numpy(scores: Array) -> None:
    steps = np.array([0, 0.5, 1, 1.5])
    curve = control_curve(scores, steps)
    moving = scores[np.ptp(scores, axis=1) > 1e-3]
    if len(moving) == len(scores):
        assert curve.linearity == pytest.approx(np.mean([np.corrcoef(row, steps)[0, 1] for row in scores]))
    assert -1 - 1e-9 <= curve.linearity <= 1 + 1e-9
    assert 0 <= curve.monotone_share <= 1


def test_a_score_that_falls_is_not_monotone() -> None:
    curve = control_curve([[0.1, 0.5, 0.3], [0.1, 0.5, 0.495]], [0, 0.5, 1])
    assert curve.monotone_share == 0.5  # a hundredth is noise
    assert curve.rising_steps == 0.75


def test_a_score_that_never_moves_has_no_linearity() -> None:
    curve = control_curve([[1.0, 1.0, 1.0]], [0, 0.5, 1])
    assert curve.linearity == curve.linearity_of_odds == 0
    assert curve.monotone_share == 1


def test_log_odds_are_linear_where_a_probability_saturates() -> None:
    steps = np.array(INTENSITIES)
    curve = control_curve([1 / (1 + np.exp(4 - 10 * steps))], steps)
    assert curve.linearity < 0.95
    assert curve.linearity_of_odds > 0.999


def test_faces_that_are_lost_are_counted_and_left_out() -> None:
    nan = float("nan")
    curve = control_curve([[0.1, 0.5, nan], [0.3, nan, nan]], [0, 0.5, 1])
    assert curve.found.tolist() == [2, 1, 0]
    assert curve.mean[:2].tolist() == [0.2, 0.5]
    assert np.isnan(curve.mean[2])
    assert curve.linearity == pytest.approx(1)
    assert curve.monotone_share == 1


@pytest.mark.parametrize(
    ("scores", "steps", "message"),
    [
        ([[0.1, 0.2]], [0, 0.5, 1], r"scores must have shape \(people, 3\)"),
        ([0.1, 0.2], [0, 1], "scores must have shape"),
        (np.empty((0, 2)), [0, 1], "scores must have shape"),
        ([[0.1, 0.2]], [1, 0], "two or more numbers that rise"),
        ([[0.1]], [1], "two or more numbers that rise"),
    ],
)
def test_what_is_no_curve_is_refused(scores: Array, steps: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        control_curve(scores, steps)


def test_the_shipped_smile_rises_with_the_intensity(
    smile: ExpressionModel, detector: FaceDetector, portrait: Pixels, points: Array
) -> None:
    def synthesize(pixels: Pixels, landmarks: Array, intensity: float) -> Pixels:
        return smile.synthesize_pixels(pixels, intensity, landmarks=landmarks)

    identity = DlibIdentity(points=5)
    faces = [(portrait, points)]
    scores = control_scores(synthesize, faces, detector, load_judge(), identity, [0, 0.5, 1, 1.5])
    assert scores.unchanged is not None
    assert scores.unchanged.all()
    assert scores.distances is not None
    assert scores.distances[0, 0] < 1e-6
    assert (np.diff(scores.distances[0]) > 0).all()
    curve = control_curve(scores.scores, scores.intensities)
    assert curve.monotone_share == 1
    assert curve.linearity > 0.6
    assert curve.linearity_of_odds > 0.95


def test_a_model_that_changes_pixels_at_0_is_found_out(portrait: Pixels, points: Array) -> None:
    def brighter(pixels: Pixels, landmarks: Array, intensity: float) -> Pixels:
        return np.asarray(np.minimum(pixels, 254) + 1, np.uint8)

    scores = control_scores(brighter, [(portrait, points)], FixedLandmarks(points), load_judge(), intensities=[0, 1])
    assert scores.unchanged is not None
    assert not scores.unchanged.any()
    assert scores.distances is None


def test_a_picture_without_a_face_has_no_score(portrait: Pixels, points: Array) -> None:
    class Blind:
        def detect(self, pixels: Pixels) -> list[Array]:
            return [] if pixels.mean() < 1 else [points]

    def gone(pixels: Pixels, landmarks: Array, intensity: float) -> Pixels:
        return pixels if intensity < 1 else np.zeros_like(pixels)

    faces = [(portrait, points)]
    scores = control_scores(gone, faces, Blind(), load_judge(), DlibIdentity(points=5), intensities=[0.5, 1])
    assert scores.unchanged is None
    assert np.isnan(scores.scores[0, 1])
    assert scores.distances is not None
    assert np.isnan(scores.distances[0, 1])
    with pytest.raises(InputError, match="at least one face"):
        control_scores(gone, [], Blind(), load_judge())
