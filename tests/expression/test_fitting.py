from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixelfes import ExpressionModel, FaceDetector, FixedLandmarks, ModelInfo, Pair, PixelRidge
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.topology import INNER_LIPS, MOUTH_CORNERS
from tests.expression.drawn_faces import drawn_pairs

UPPER_LIP = (191, 80, 81, 82, 13, 312, 311, 310, 415)
LOWER_LIP = (95, 88, 178, 87, 14, 317, 402, 318, 324)
BLANK = np.full((80, 80, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def pairs(portrait: Pixels, smiling_portrait: Pixels, points: Array, smiling_points: Array) -> list[Pair]:
    return drawn_pairs(portrait, smiling_portrait, points, smiling_points)


def new(registration: Any = "mesh", **parameters: Any) -> ExpressionModel:
    settings: dict[str, Any] = {"alpha": 0.4, "prior": "identity"} | parameters
    return ExpressionModel(registration, PixelRidge(**settings), size=32, landmarks=FixedLandmarks())


def mouth_width(points: Array) -> float:
    corners = points[list(MOUTH_CORNERS), :2]
    return float(np.linalg.norm(corners[1] - corners[0]) / eye_distance(points))


@pytest.mark.parametrize(
    ("registration", "parameters", "count"),
    [
        ("mesh", {}, 2 * 32 * 32),
        ("mesh", {"channels": "separate"}, 6 * 32 * 32),
        ("mesh", {"prior": "zero"}, 2 * 32 * 32),
        ("mesh", {"alpha": "auto"}, 2 * 32 * 32),
        ("mesh", {"bias_penalty": 2.0}, 2 * 32 * 32),
        ("grid", {}, 2 * 32 * 32),
        ("grid", {"channels": "separate", "prior": "zero"}, 6 * 32 * 32),
        ("grid", {"alpha": "auto"}, 2 * 32 * 32),
    ],
)
def test_every_setting_learns_to_draw_nearer_to_the_targets(
    registration: str,
    parameters: dict[str, Any],
    count: int,
    pairs: list[Pair],
    portrait: Pixels,
    smiling_portrait: Pixels,
    points: Array,
) -> None:
    model = new(registration, **parameters).fit(pairs)
    assert model.n_parameters_ == count
    assert model.info_.n_pairs == len(pairs)
    assert model.skipped_ == []
    out = model.synthesize(portrait, landmarks=points)
    y, x = points[list(INNER_LIPS)].mean(0)[[1, 0]].astype(int)
    mouth = (slice(y - 40, y + 60), slice(x - 90, x + 90))
    before, after = (
        np.square(photo[mouth].astype(float) - smiling_portrait[mouth]).mean() for photo in (portrait, out)
    )
    assert after < (0.5 if registration == "mesh" else 0.9) * before


def test_the_default_model_widens_the_mouth(
    pairs: list[Pair], portrait: Pixels, points: Array, detector: FaceDetector
) -> None:
    model = ExpressionModel(size=48, landmarks=detector).fit(pairs)
    out = model.synthesize(portrait)
    assert mouth_width(detector.detect(out)[0]) > 1.08 * mouth_width(points)


@pytest.mark.parametrize("registration", ["mesh", "grid"])
def test_the_regressor_given_is_a_template_and_stays_unfitted(registration: str, pairs: list[Pair]) -> None:
    regressor = PixelRidge(0.4, prior="identity")
    model = ExpressionModel(registration, regressor, size=16).fit(pairs)  # type: ignore[arg-type]
    assert repr(regressor) == repr(PixelRidge(0.4, prior="identity"))
    assert not hasattr(regressor, "weight_")
    assert model.regressor is regressor
    assert model.learned_.regressor is not regressor


@pytest.mark.parametrize("registration", ["mesh", "grid"])
def test_fitting_twice_gives_the_same_model(registration: str, pairs: list[Pair]) -> None:
    model = new(registration)
    first = model.fit(pairs).learned_
    second = model.fit(pairs).learned_
    # Float64 sums of a few pairs: 1e-16 a step, times the condition of the 2 x 2 systems (below 1e4 at alpha 0.4).
    for name, array in first.regressor.state_arrays().items():
        np.testing.assert_allclose(second.regressor.state_arrays()[name], array, rtol=0, atol=1e-12)
    if first.displacement is not None and second.displacement is not None:
        np.testing.assert_allclose(second.displacement.movement, first.displacement.movement, rtol=0, atol=1e-12)


@pytest.mark.parametrize("registration", ["mesh", "grid"])
def test_a_pair_of_weight_zero_teaches_its_pixels_nothing(registration: str, pairs: list[Pair]) -> None:
    odd = replace(pairs[0], target=np.ascontiguousarray(255 - np.asarray(pairs[0].target)), weight=0.0)
    black = replace(pairs[0], target=np.zeros_like(pairs[0].target), weight=0.0)
    one, other = (new(registration).fit([*pairs[1:], extra]).learned_.regressor for extra in (odd, black))
    taught = new(registration).fit([*pairs[1:], replace(odd, weight=1.0)]).learned_.regressor
    if registration == "grid":
        alone = new(registration).fit(pairs[1:]).learned_.regressor
        np.testing.assert_allclose(one.state_arrays()["weight"], alone.state_arrays()["weight"], atol=1e-9)
    mean = [np.abs(a.state_arrays()["weight"] - one.state_arrays()["weight"]).mean() for a in (other, taught)]
    assert mean[0] < 0.1 * mean[1]


def test_pairs_that_all_weigh_nothing_are_refused(pairs: list[Pair]) -> None:
    with pytest.raises(InputError, match="all have weight 0"):
        new("grid").fit([replace(pair, weight=0.0) for pair in pairs])


def test_pairs_that_cannot_be_used_are_listed_and_not_fatal(
    pairs: list[Pair], detector: FaceDetector, portrait: Pixels, smiling_portrait: Pixels, tmp_path: Path
) -> None:
    model = new()
    model.landmarks = detector
    found = (portrait, smiling_portrait)
    model.fit(
        [
            *pairs[:3],
            Pair(BLANK, found[1], name="no face before"),
            Pair(found[0], BLANK, name="no face after"),
            Pair(tmp_path / "nothing.jpg", found[1], name="no photo"),
            Pair(b"no photo", found[1], name="no image"),
            Pair(*found, name="found"),
        ]
    )
    assert model.info_.n_pairs == 4
    reasons = {skipped.name: skipped.reason for skipped in model.skipped_}
    assert list(reasons) == ["no face before", "no face after", "no photo", "no image"]
    assert reasons["no face before"] == "no face was found in the input photo"
    assert reasons["no face after"] == "no face was found in the target photo"
    assert "nothing.jpg" in reasons["no photo"]
    assert "cannot be read" in reasons["no image"]


def test_a_photo_that_cannot_be_read_skips_its_pair_though_landmarks_are_given(pairs: list[Pair]) -> None:
    model = new().fit([*pairs, replace(pairs[0], target=b"no photo", name="bad")])
    assert [skipped.name for skipped in model.skipped_] == ["bad"]
    assert model.info_.n_pairs == len(pairs)


def test_a_face_outside_its_photo_skips_its_pair(pairs: list[Pair]) -> None:
    for registration in ("mesh", "grid"):
        away = np.asarray(pairs[0].input_landmarks) + 5000
        model = new(registration).fit([*pairs, replace(pairs[0], input_landmarks=away, name="away")])
        assert [(s.name, s.reason) for s in model.skipped_] == [("away", "the landmarks lie outside the input photo")]


def test_no_pair_that_can_be_used_is_one_error() -> None:
    pairs = [Pair(BLANK, BLANK), Pair(b"", BLANK)]
    with pytest.raises(
        InputError, match="none of 2 pairs can be used; the first one: no face was found in the input photo"
    ):
        new().fit(pairs)
    with pytest.raises(InputError, match="there are no pairs"):
        new().fit([])


def test_a_fit_that_fails_leaves_a_model_unfitted() -> None:
    model = new()
    with pytest.raises(InputError):
        model.fit([(BLANK, BLANK)])
    with pytest.raises(InputError, match="not fitted yet"):
        model.synthesize(BLANK)


def test_pairs_without_movement_are_refused_by_the_mesh(pairs: list[Pair]) -> None:
    same = [replace(p, target=p.input, target_landmarks=p.input_landmarks) for p in pairs]
    with pytest.raises(InputError, match="no movement"):
        new("mesh").fit(same)


def test_pairs_of_closed_mouths_are_fitted_to_the_end(pairs: list[Pair], portrait: Pixels, points: Array) -> None:
    """The lips of these targets are put together by hand: nothing ever opens."""
    closed = []
    for pair in pairs:
        target = np.array(pair.target_landmarks)
        for upper, lower in zip(UPPER_LIP, LOWER_LIP, strict=True):
            target[[upper, lower]] = (target[upper] + target[lower]) / 2
        closed.append(replace(pair, target_landmarks=target))
    model = new().fit(closed)
    assert model.learned_.displacement is not None
    assert model.learned_.displacement.full_gap == 0
    out = model.synthesize(portrait, landmarks=points)
    assert (out != portrait).any()


def test_wrong_landmarks_of_a_pair_are_refused(pairs: list[Pair]) -> None:
    with pytest.raises(InputError, match="landmarks must"):
        new().fit([replace(pairs[0], input_landmarks=np.zeros((5, 3)))])


def test_a_model_keeps_the_facts_it_is_given(pairs: list[Pair]) -> None:
    info = ModelInfo("grin", 99, "drawn", "CC0", "nobody")
    assert new("grid").fit(pairs, info=info).info_ == replace(info, n_pairs=len(pairs))


@pytest.mark.parametrize("registration", ["mesh", "grid"])
def test_progress_goes_through_stages_to_their_ends(registration: str, pairs: list[Pair]) -> None:
    calls: list[tuple[str, int, int]] = []
    new(registration).fit(pairs, progress=lambda *call: calls.append(call))
    stages = list(dict.fromkeys(stage for stage, _, _ in calls))
    assert stages == (
        ["landmarks", "teeth", "registration"] if registration == "mesh" else ["landmarks", "registration"]
    )
    for stage in stages:
        done = [call[1] for call in calls if call[0] == stage]
        assert done == sorted(done)
        assert done[-1] == next(call[2] for call in calls if call[0] == stage)


def test_pairs_may_come_from_a_generator_and_as_tuples(
    portrait: Pixels, smiling_portrait: Pixels, detector: FaceDetector
) -> None:
    model = new()
    model.landmarks = detector
    model.fit((portrait, smiling_portrait) for _ in range(2))
    assert model.info_.n_pairs == 2


def test_a_fit_leaves_photos_and_landmarks_as_they_are(pairs: list[Pair]) -> None:
    before = [np.array(value) for p in pairs for value in (p.input, p.target, p.input_landmarks, p.target_landmarks)]
    new().fit(pairs)
    after = [value for p in pairs for value in (p.input, p.target, p.input_landmarks, p.target_landmarks)]
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, np.asarray(b))
