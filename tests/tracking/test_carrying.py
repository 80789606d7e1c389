from __future__ import annotations

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.tracking.carrying import carried_over


def test_landmarks_move_with_the_picture(portrait: Pixels, points: Array) -> None:
    moved = np.roll(portrait, (6, -9), axis=(0, 1))
    step = (carried_over(portrait, moved, points) - points)[:, :2]
    np.testing.assert_allclose(step, np.broadcast_to([-9.0, 6.0], step.shape), atol=1.0)


def test_landmarks_stay_where_nothing_can_be_followed(portrait: Pixels, points: Array) -> None:
    for other in (np.zeros((40, 50, 3), np.uint8), np.full_like(portrait, 90)):
        away = np.linalg.norm((carried_over(portrait, other, points) - points)[:, :2], axis=1).mean()
        assert away < 0.2 * np.ptp(points[:, 0])
