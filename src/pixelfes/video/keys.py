"""Expressions over time: keys of a table, and what lies between them.

A table has a row for each key: a time, a name, an amount. Names are those of `pixelfes expressions`; ``gazeLeft`` and
``gazeUp`` are angles in degrees, to the person's left and up. Before its first key and after its last one, a name keeps their
amounts.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from pixelfes.errors import InputError, reason
from pixelfes.expression.actions.mix import Mix, expression, gaze_mix
from pixelfes.file_reading import read_regular_file
from pixelfes.video.times import parse_time

Between: TypeAlias = Literal["smooth", "linear"]
GAZE = ("gazeLeft", "gazeUp")
MAX_BYTES = 1_000_000
_HEADER = ("time", "name", "amount")


@dataclass(frozen=True)
class Timeline:
    """Amounts of expressions over time; call it with a time in seconds for the `Mix` of that time.

    Parameters
    ----------
    keys : mapping from a name to (time, amount) pairs, times rising
    between : {"smooth", "linear"}
        "smooth" starts and ends each change slowly: ``3 s² - 2 s³``.

    Raises
    ------
    InputError
        If a name is unknown, an amount is out of range, or times do not rise.

    Examples
    --------
    >>> shown = Timeline({"smile": [(0, 0), (2, 1)], "wink": [(1, 0.5)]})
    >>> [shown(time).base for time in (-1, 0.5, 1, 3)], shown(0).label
    ([0.0, 0.15625, 0.5, 1.0], 'smile:0 + wink:0.5')
    """

    keys: Mapping[str, Sequence[tuple[float, float]]]
    between: Between = "smooth"

    def __post_init__(self) -> None:
        if self.between not in ("smooth", "linear"):
            raise InputError(f"between keys, changes are smooth or linear; found {self.between!r}")
        for name, keys in self.keys.items():
            times = [time for time, _ in keys]
            if not keys or any(later <= earlier for earlier, later in pairwise(times)):
                raise InputError(f"the times of {name} must rise; found {times}")
            for _, amount in keys:
                _part(name, amount)

    def __call__(self, time: float) -> Mix:
        """Return the mix of a time, s."""
        amounts = {name: self._amount(keys, time) for name, keys in self.keys.items()}
        mix = sum((_part(name, amount) for name, amount in amounts.items() if name not in GAZE), Mix())
        if any(name in amounts for name in GAZE):
            mix = mix + gaze_mix(*(amounts.get(name, 0.0) for name in GAZE))
        return mix

    def _amount(self, keys: Sequence[tuple[float, float]], time: float) -> float:
        times, amounts = (np.array(column, np.float64) for column in zip(*keys, strict=True))
        number = int(np.clip(np.searchsorted(times, time, side="right") - 1, 0, max(len(times) - 2, 0)))
        if len(times) == 1:
            return float(amounts[0])
        share = float(np.clip((time - times[number]) / (times[number + 1] - times[number]), 0, 1))
        share = share * share * (3 - 2 * share) if self.between == "smooth" else share
        return float(amounts[number] + share * (amounts[number + 1] - amounts[number]))


def _part(name: str, amount: float) -> Mix:
    return gaze_mix(amount, 0.0) if name in GAZE else expression(name, amount)


def read_keys(path: Path, between: Between = "smooth") -> Timeline:
    """Read a table of keys: a CSV file of times (``2.5`` or ``1:02.5``), names and amounts, with or without a header.

    Raises
    ------
    InputError
        If the file cannot be read, or a row is wrong; the message names it.
    """
    keys: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for number, row in enumerate(csv.reader(io.StringIO(_text(path))), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#") or (number == 1 and tuple(map(str.lower, cells)) == _HEADER):
            continue
        try:
            name, time, amount = _key(cells)
            _part(name, amount)
        except InputError as error:
            raise InputError(f"{path}, row {number}: {error}") from error
        keys[name].append((time, amount))
    if not keys:
        raise InputError(f"{path} has no keys; write rows of time, name, amount, like 2.5, smile, 1")
    try:
        return Timeline({name: sorted(rows) for name, rows in keys.items()}, between)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _text(path: Path) -> str:
    try:
        data = read_regular_file(path, MAX_BYTES)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} cannot be read: it is not a table of text") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{path} cannot be read: it is larger than {MAX_BYTES} bytes")
    return text


def _key(cells: list[str]) -> tuple[str, float, float]:
    if len(cells) != len(_HEADER):
        raise InputError(f"a key is a time, a name and an amount; found {len(cells)} cells")
    try:
        amount = float(cells[2])
    except ValueError as error:
        raise InputError(f"the amount must be a number; found {cells[2]!r}") from error
    if not isfinite(amount):
        raise InputError(f"the amount must be a number; found {cells[2]!r}")
    return cells[1], parse_time(cells[0]), amount
