from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes import Pair
from pixelfes.arrays import Array
from pixelfes.expression.actions.resting_face import SMILE, TYPICAL_SIZE, resting_face
from pixelfes.face.alignment import HeadPose, mean_face, mirrored
from pixelfes.face.topology import MOUTH_CORNERS

RESTING = resting_face()
READ_WELL = ("jawOpen", "mouthFrown", "mouthPucker", "eyeBlink", "browDown")


def shown(shape: Array) -> dict[str, float]:
    return dict(zip(RESTING.names, RESTING.shown(shape).tolist(), strict=True))


def canonical(points: Array) -> Array:
    return HeadPose.of(points, mean_face()).to_canonical(points)


def test_the_mean_face_shows_nothing() -> None:
    assert max(abs(size) for size in shown(RESTING.mean).values()) < 1e-3


@pytest.mark.parametrize("name", READ_WELL)
@pytest.mark.parametrize("size", [0.2, 0.5])
def test_an_action_is_read_as_itself(name: str, size: float) -> None:
    sizes = shown(RESTING.mean + size * RESTING.actions[RESTING.names.index(name)])
    assert sizes[name] == pytest.approx(size, rel=0.3)
    assert max(sizes, key=lambda other: abs(sizes[other])) == name


def test_real_people_at_rest_show_little(people: list[Pair]) -> None:
    sizes = [shown(canonical(np.asarray(pair.input_landmarks))) for pair in people]
    for name in ("jawOpen", "mouthFrown", "mouthPucker", "mouthFunnel"):
        assert np.mean([one[name] for one in sizes]) < 0.06, name


def test_smiling_people_show_a_smile(people: list[Pair]) -> None:
    before, after = (
        np.mean([shown(canonical(np.asarray(points)))[SMILE] for points in sides])
        for sides in ([p.input_landmarks for p in people], [p.target_landmarks for p in people])
    )
    assert after > before + 0.2


departures = st.integers(0, 10_000).map(lambda seed: np.random.default_rng(seed).normal(0, 0.02, (468, 3)))


@settings(max_examples=25)
@given(departure=departures, step=st.integers(0, 10_000))
def test_no_other_sizes_fit_better(departure: Array, step: int) -> None:
    sizes = RESTING.shown(RESTING.mean + departure)
    assert (sizes >= RESTING.least - 1e-9).all()
    normal = RESTING.gram + np.eye(len(sizes)) / TYPICAL_SIZE**2
    wanted = np.einsum("kpc,pc->k", RESTING.readouts, departure)

    def misfit(c: Array) -> float:
        return float(c @ normal @ c - 2 * wanted @ c)

    other = np.maximum(sizes + np.random.default_rng(step).normal(0, 0.05, len(sizes)), RESTING.least)
    assert misfit(sizes) <= misfit(other) + 1e-2


def test_a_mirror_image_shows_the_same() -> None:
    frown = RESTING.mean + 0.4 * RESTING.actions[RESTING.names.index("mouthFrown")]
    np.testing.assert_allclose(RESTING.shown(mirrored(frown)), RESTING.shown(frown), atol=0.02)


def child() -> Array:
    """The mean face with a small mouth and a short chin."""
    shape = RESTING.mean.copy()
    low = shape[:, 1] > 0.4
    shape[low, 1] = 0.4 + 0.82 * (shape[low, 1] - 0.4)
    mouth = np.abs(shape[:, 1] - shape[13, 1]) < 0.25
    shape[mouth, 0] *= 0.85
    right, left = MOUTH_CORNERS
    assert shape[left, 0] - shape[right, 0] < RESTING.mean[left, 0] - RESTING.mean[right, 0]
    return shape


def test_small_children_are_told_by_their_proportions(people: list[Pair]) -> None:
    assert RESTING.is_childlike(child(), RESTING.shown(child()))
    adults = [canonical(np.asarray(points)) for p in people for points in (p.input_landmarks, p.target_landmarks)]
    assert not any(RESTING.is_childlike(shape, RESTING.shown(shape)) for shape in [RESTING.mean, *adults])
