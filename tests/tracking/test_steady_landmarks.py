from __future__ import annotations

import numpy as np

from pixelfes.arrays import Array
from pixelfes.evaluate.films.steadiness import jitter, lag
from pixelfes.face.alignment import mean_face
from pixelfes.face.topology import MOUTH_CORNERS
from pixelfes.tracking.steady_landmarks import SteadyLandmarks, parts_of_face

SCALE, NOISE, STEP = 100.0, 0.0015, 1 / 25
FACE = mean_face() * SCALE + [300.0, 200.0, 0.0]


def filtered(track: Array) -> Array:
    steady = SteadyLandmarks()
    return np.array([steady.filtered(points, number * STEP) for number, points in enumerate(track)])


def noisy(track: Array, seed: int = 0) -> Array:
    return track + np.random.default_rng(seed).normal(0, NOISE * SCALE, track.shape)


def test_noise_on_a_still_face_is_calmed() -> None:
    track = noisy(np.repeat(FACE[None], 80, axis=0))
    assert jitter(filtered(track)[30:]) < 0.35 * jitter(track[30:])


def test_landmarks_that_do_not_move_stay_where_they_are() -> None:
    track = np.repeat(FACE[None], 5, axis=0)
    np.testing.assert_allclose(filtered(track), track, atol=1e-9)


def test_a_head_that_moves_is_followed() -> None:
    times = np.arange(60) * STEP
    track = FACE[None] + np.column_stack([SCALE * np.sin(4 * times), 0 * times, 0 * times])[:, None]
    away = np.linalg.norm((filtered(noisy(track)) - track)[20:, :, :2], axis=-1).mean() / SCALE
    assert away < 0.03  # the head moves four times the distance between its eyes a second at most


def test_a_fast_smile_lags_by_less_than_sixty_milliseconds() -> None:
    times = np.arange(75, dtype=np.float64) * STEP
    share = np.clip((times - 1.0) / 0.2, 0, 1) * np.clip((2.2 - times) / 0.2, 0, 1)
    track = np.repeat(FACE[None], len(times), axis=0)
    for corner, side in zip(MOUTH_CORNERS, (-1, 1), strict=True):
        near = np.linalg.norm((FACE - FACE[corner])[:, :2], axis=1) < 0.3 * SCALE
        track[:, near] += (share[:, None] * np.array([side * 0.1, -0.05, 0]) * SCALE)[:, None]
    assert lag(track, filtered(noisy(track)), times) < 0.06


def test_every_point_belongs_to_a_part_and_mirror_points_to_mirrored_ones() -> None:
    parts = parts_of_face()
    assert parts.shape == (468,)
    assert set(parts.tolist()) == set(range(5))
    assert (parts == 1).sum() == (parts == 2).sum()  # the two eyes
