from __future__ import annotations

import numpy as np
import pytest

from pixelfes.errors import InputError
from pixelfes.reporting.bootstrap import bootstrap_difference, bootstrap_mean


def test_intervals_cover_a_known_mean_about_as_often_as_they_say() -> None:
    random = np.random.default_rng(5)
    covered = []
    for trial in range(200):
        interval = bootstrap_mean(random.normal(3.0, 2.0, 40), draws=400, seed=trial)
        covered.append(interval.low <= 3.0 <= interval.high)
    assert 0.88 <= np.mean(covered) <= 0.99


def test_a_mean_has_the_width_of_its_standard_error() -> None:
    values = np.random.default_rng(1).normal(0, 1, 400)
    interval = bootstrap_mean(values)
    assert interval.estimate == values.mean()
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.05)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(0).normal(size=10)
    assert bootstrap_mean(values, seed=3) == bootstrap_mean(values, seed=3)
    assert bootstrap_mean(values, seed=3) != bootstrap_mean(values, seed=4)


def test_a_share_stays_between_0_and_1() -> None:
    interval = bootstrap_mean([True] * 19 + [False])
    assert interval.estimate == 0.95
    assert 0.8 <= interval.low < 0.95 < interval.high <= 1


def test_people_are_not_split() -> None:
    """Ten copies of each value say no more than one."""
    values = np.random.default_rng(2).normal(size=20)
    once = bootstrap_mean(values)
    copied = bootstrap_mean(np.repeat(values, 10), np.repeat(np.arange(20), 10).tolist())
    assert copied.n_people == once.n_people == 20
    assert copied.low == pytest.approx(once.low)
    assert copied.high == pytest.approx(once.high)
    assert bootstrap_mean(np.repeat(values, 10)).high < once.high


def test_a_paired_difference_is_sharper_than_its_sides() -> None:
    random = np.random.default_rng(3)
    person = random.normal(0, 5, 50)
    first, second = person + 1 + random.normal(0, 0.1, 50), person + random.normal(0, 0.1, 50)
    interval = bootstrap_difference(first, second)
    assert 0.9 < interval.low < 1 < interval.high < 1.1
    assert bootstrap_difference(first, first).high == 0


def test_one_person_has_an_interval_without_width() -> None:
    interval = bootstrap_mean([2.0])
    assert (interval.low, interval.high, interval.n_people) == (2.0, 2.0, 1)


@pytest.mark.parametrize("values", [[], [[1.0]], [float("nan")], [float("inf"), 1.0]])
def test_what_has_no_mean_is_refused(values: list[float]) -> None:
    with pytest.raises(InputError, match="one or more finite numbers"):
        bootstrap_mean(values)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(InputError, match="level must lie between 0 and 1"):
        bootstrap_mean([1.0], level=95)
    with pytest.raises(InputError, match="a person for each value"):
        bootstrap_mean([1.0, 2.0], ["a"])
    with pytest.raises(InputError, match="as many on both sides"):
        bootstrap_difference([1.0], [1.0, 2.0])
