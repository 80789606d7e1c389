from __future__ import annotations

import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.tracking.cuts import CutFinder


def scene(seed: int, shift: int = 0) -> Pixels:
    small = np.random.default_rng(seed).integers(0, 256, (12, 24, 3), np.uint8)
    return np.roll(np.kron(small, np.ones((12, 12, 1), np.uint8)), shift, axis=1)


def cuts(frames: list[Pixels]) -> list[int]:
    finder = CutFinder()
    return [number for number, frame in enumerate(frames) if finder.is_cut(frame)]


def test_another_scene_is_a_cut_and_the_first_frame_is_none() -> None:
    assert cuts([scene(0)] * 3 + [scene(1)] * 3 + [scene(2)] * 3) == [3, 6]


def test_a_flash_and_a_fade_are_no_cuts() -> None:
    bright = np.clip(scene(0).astype(int) + 90, 0, 255).astype(np.uint8)
    assert cuts([scene(0), bright, scene(0)]) == []
    assert cuts([(scene(0) * share).astype(np.uint8) for share in np.linspace(1, 0.1, 10)]) == []


def test_a_camera_that_pans_makes_no_cuts() -> None:
    assert cuts([scene(0, 3 * number) for number in range(20)]) == []


def test_noise_is_no_cut() -> None:
    random = np.random.default_rng(5)
    noise = [np.clip(scene(0) + random.normal(0, 20, scene(0).shape), 0, 255).astype(np.uint8) for _ in range(5)]
    assert cuts(noise) == []


def test_a_blank_frame_is_another_scene() -> None:
    assert cuts([scene(0), np.full_like(scene(0), 90), scene(0)]) == [1, 2]
