from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelfes.arrays import Array
from pixelfes.tracking.one_euro import OneEuro, OneEuroSettings

SETTINGS = OneEuroSettings(cutoff=1.5, slope=40.0, speed_cutoff=4.0)
STEP = 1 / 25


def run(values: Array, settings: OneEuroSettings = SETTINGS) -> Array:
    one = OneEuro(settings)
    return np.array([one.filtered(np.array([value]), number * STEP)[0] for number, value in enumerate(values)])


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_a_filtered_value_stays_between_those_that_came(values: list[float]) -> None:
    filtered = run(np.array(values))
    assert filtered[0] == values[0]
    assert filtered.min() >= min(values) - 1e-9
    assert filtered.max() <= max(values) + 1e-9


@given(st.floats(-1e6, 1e6))
def test_what_rests_passes_unchanged(value: float) -> None:
    assert run(np.full(10, value)) == pytest.approx(value)


def test_noise_at_rest_is_calmed() -> None:
    noise = np.random.default_rng(0).normal(0, 0.001, 500)
    assert run(noise)[100:].std() < 0.5 * noise.std()


def test_fast_movement_is_followed_closer_than_by_a_plain_low_pass() -> None:
    ramp = np.clip(np.arange(40) - 20, 0, 5) / 5.0
    plain = OneEuroSettings(cutoff=1.5, slope=0.0, speed_cutoff=4.0)
    assert np.abs(run(ramp) - ramp).max() < 0.4 * np.abs(run(ramp, plain) - ramp).max()


def test_a_time_that_does_not_go_on_starts_again() -> None:
    one = OneEuro(SETTINGS)
    one.filtered(np.array([0.0]), 1.0)
    assert one.filtered(np.array([5.0]), 1.0) == 5.0
    assert one.filtered(np.array([7.0]), 0.5) == 7.0
