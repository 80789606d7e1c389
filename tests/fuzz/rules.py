"""What has to hold for every input: a result or one sentence, in bounded time, with nothing else on stderr."""

from __future__ import annotations

import os
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pixelfes.errors import PixelfesError
from tests.fuzz.mutation import damaged
from tests.fuzz.targets import Target

LONGEST_SENTENCE = 200
LONGEST_SECONDS = 5.0
MENDED = 0.7
"""Share of the damaged files that are mended in part."""


class BrokenRuleError(Exception):
    """A damaged file did what it must not."""


@dataclass
class Tally:
    """How many inputs were read, and refused; the longest time, seconds."""

    read: int = 0
    refused: int = 0
    longest: float = 0.0
    failures: list[str] = field(default_factory=list)


def check(target: Target, data: bytes, folder: Path, tally: Tally) -> None:
    """Read damaged bytes.

    Raises
    ------
    BrokenRuleError
        If anything but a result or one sentence comes out.
    """
    path = folder / f"damaged{target.suffix}"
    path.write_bytes(data)
    start = time.perf_counter()
    with _silence_checked(folder), warnings.catch_warnings(action="error"):
        try:
            target.read(path)
            tally.read += 1
        except PixelfesError as error:
            tally.refused += 1
            _check_sentence(str(error).replace(str(folder), ""))
        except Exception as error:
            raise BrokenRuleError(f"{type(error).__name__}: {error}") from error
    seconds = time.perf_counter() - start
    tally.longest = max(tally.longest, seconds)
    if seconds > LONGEST_SECONDS:
        raise BrokenRuleError(f"it took {seconds:.1f} s")


def _check_sentence(text: str) -> None:
    if "\n" in text or not text or len(text) > LONGEST_SENTENCE:
        raise BrokenRuleError(f"{len(text)} characters: {text!r}")


@contextmanager
def _silence_checked(folder: Path) -> Iterator[None]:
    """Raise `BrokenRuleError` if something writes to descriptor 2, as C libraries do."""
    kept = os.dup(2)
    with (folder / "stderr").open("w+b") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        file.seek(0)
        if said := file.read(200):
            raise BrokenRuleError(f"on stderr: {said!r}")


def fuzz(target: Target, seed: int, count: int, until: float, failures: Path) -> Tally:
    """Read up to ``count`` damaged files until a time of `time.monotonic`; keep what breaks a rule in a folder."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="pixelfes-fuzz-") as name:
        for number in range(count):
            if time.monotonic() > until:
                break
            random = np.random.default_rng([seed, number])
            data = damaged(target.seeds, random)
            data = target.mended(data) if random.random() < MENDED else data
            try:
                check(target, data, Path(name), tally)
            except BrokenRuleError as error:
                failures.mkdir(parents=True, exist_ok=True)
                kept = failures / f"{seed}-{number}{target.suffix}"
                kept.write_bytes(data)
                tally.failures.append(f"{kept}: {error}")
    return tally
