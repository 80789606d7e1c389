"""A short run of the fuzzers, always with the same damage; ``make fuzz`` runs them long, with new damage every time."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from pixelfes.errors import PixelfesError
from tests.fuzz.mutation import damaged
from tests.fuzz.rules import BrokenRuleError, Tally, check, fuzz
from tests.fuzz.targets import TARGETS, Target

SEED = 20
SECONDS = 1.5
"""For each target; what is done in it depends on the machine, so no figure is asserted."""


@pytest.mark.parametrize("name", TARGETS)
def test_a_damaged_file_gives_a_result_or_one_sentence(name: str, tmp_path: Path) -> None:
    tally = fuzz(TARGETS[name](tmp_path / "target"), SEED, 200, time.monotonic() + SECONDS, tmp_path / "failures")
    assert not tally.failures
    assert tally.read + tally.refused > 0


@pytest.mark.parametrize("name", TARGETS)
def test_files_that_are_right_are_read(name: str, tmp_path: Path) -> None:
    target, tally = TARGETS[name](tmp_path / "target"), Tally()
    check(target, target.seeds[0], tmp_path, tally)
    assert (tally.read, tally.refused) == (1, 0)


def reading(path: Path) -> object:
    data = path.read_bytes()
    if data == b"noisy":
        import os

        os.write(2, b"libnoise: warning")
    if data == b"crash":
        raise ZeroDivisionError
    if data == b"long":
        raise PixelfesError("x" * 201)
    return data


@pytest.mark.parametrize(
    ("data", "said"), [(b"noisy", "on stderr"), (b"crash", "ZeroDivisionError"), (b"long", "201 char")]
)
def test_broken_rules_are_found(data: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(BrokenRuleError, match=said):
        check(Target([data], reading, ".bin"), data, tmp_path, Tally())


def test_the_same_seed_damages_in_the_same_way() -> None:
    seeds = [bytes(range(256)), b"some 12 text"]
    assert [damaged(seeds, np.random.default_rng([5, n])) for n in range(50)] == [
        damaged(seeds, np.random.default_rng([5, n])) for n in range(50)
    ]
