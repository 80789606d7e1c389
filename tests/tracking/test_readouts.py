from __future__ import annotations

import numpy as np
import pytest

from pixelfes.tracking.readouts import AS_READ, PACES, SteadyReadouts

STEP = 1 / 25


def test_a_photo_uses_what_is_read() -> None:
    assert AS_READ.steady("light", lambda: np.array([3.0])) == 3.0
    assert (AS_READ.switch("x", 1.1, 1.0), AS_READ.switch("x", 1.0, 1.0)) == (1.0, 0.0)
    assert AS_READ.restless("x", 5.0) == 0.0


def test_a_read_out_goes_to_what_is_read_and_does_not_jump() -> None:
    readouts, seen = SteadyReadouts(), []
    for number in range(100):
        readouts.begin(number * STEP)
        now = np.array(float(number >= 10))
        seen.append(float(readouts.steady("state", now.copy)))
    assert seen[0] == 0
    assert 0 < seen[10] < 0.2
    assert seen[-1] == pytest.approx(1, abs=0.01)
    assert (np.diff(seen) >= 0).all()


def test_what_is_costly_is_not_read_in_every_frame() -> None:
    readouts, reads = SteadyReadouts(), 0

    def read() -> np.ndarray:
        nonlocal reads
        reads += 1
        return np.zeros(3)

    for number in range(50):
        readouts.begin(number * STEP)
        readouts.steady("blur", read)
    assert reads == pytest.approx(50 * STEP / PACES["blur"].interval, abs=2)


def test_two_uses_of_one_read_out_in_a_frame_agree() -> None:
    readouts = SteadyReadouts()
    readouts.begin(0.0)
    first = readouts.steady("light", lambda: np.array([1.0]))
    readouts.begin(0.5)
    second = [readouts.steady("light", lambda: np.array([2.0])) for _ in range(2)]
    assert first == 1.0
    assert second[0] == second[1] > 1.0


def test_a_read_out_keeps_its_type_and_takes_another_shape_at_once() -> None:
    readouts = SteadyReadouts()
    readouts.begin(0.0)
    assert readouts.steady("bare skin", lambda: np.ones((2, 2), np.float32)).dtype == np.float32
    readouts.begin(1.0)
    assert readouts.steady("bare skin", lambda: np.zeros((3, 3), np.float32)).shape == (3, 3)


def test_a_switch_does_not_flutter_around_its_level_and_fades() -> None:
    readouts, seen = SteadyReadouts(), []
    values = [0.5] * 5 + [1.5] * 10 + [0.95, 1.05] * 10 + [0.5] * 10
    for number, value in enumerate(values):
        readouts.begin(number * STEP)
        seen.append(readouts.switch("own", value, 1.0))
    assert seen[4] == 0
    assert 0 < seen[5] < 1
    assert set(seen[12:35]) == {1.0}
    assert seen[-1] == 0


def test_a_value_that_rests_is_not_restless_and_one_that_swings_is() -> None:
    readouts = SteadyReadouts()
    for number in range(75):
        readouts.begin(number * STEP)
        assert readouts.restless("calm", 0.7) == 0
        swinging = readouts.restless("swinging", 0.5 + 0.5 * np.sin(2 * np.pi * 4 * number * STEP))
    assert 0.2 < swinging < 0.6
    for number in range(75, 300):
        readouts.begin(number * STEP)
        swinging = readouts.restless("swinging", 0.5)
    assert swinging < 0.02
