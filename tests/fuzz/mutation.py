"""Damage bytes: bits, numbers, lengths, order, ends."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 10**9, 60_001)
NUMBERS = (b"-1", b"0", b"1e999", b"NaN", b"99999999999999999999", b"null", b"[]", b'"\\ud800"', b"true", b"{}")
_DIGITS = re.compile(rb"-?\d+(\.\d+)?")
MOST_CHANGES = 6


def damaged(seeds: Sequence[bytes], random: np.random.Generator) -> bytes:
    """Return one of some byte strings with a few changes."""
    data = bytearray(seeds[int(random.integers(len(seeds)))])
    for _ in range(random.integers(1, MOST_CHANGES + 1)):
        change = CHANGES[random.integers(len(CHANGES))]
        data = change(data, seeds, random)
    return bytes(data)


def _place(data: bytearray, random: np.random.Generator) -> int:
    """Return a place; half of the time near the start, where headers are."""
    length = max(len(data), 1)
    return int(random.integers(min(length, 256) if random.random() < 0.5 else length))


def _bit(data: bytearray, _: Sequence[bytes], random: np.random.Generator) -> bytearray:
    if data:
        data[_place(data, random)] ^= 1 << int(random.integers(8))
    return data


def _number(data: bytearray, _: Sequence[bytes], random: np.random.Generator) -> bytearray:
    width = int(random.choice([1, 2, 4, 8]))
    value = EXTREMES[random.integers(len(EXTREMES))] % 256**width
    at = _place(data, random)
    order = "little" if random.random() < 0.5 else "big"
    data[at : at + width] = value.to_bytes(width, order)
    return data


def _text_number(data: bytearray, _: Sequence[bytes], random: np.random.Generator) -> bytearray:
    found = list(_DIGITS.finditer(bytes(data[:100_000])))
    if found:
        one = found[random.integers(len(found))]
        data[one.start() : one.end()] = NUMBERS[random.integers(len(NUMBERS))]
    return data


def _cut(data: bytearray, _: Sequence[bytes], random: np.random.Generator) -> bytearray:
    return data[: _place(data, random)]


def _repeat(data: bytearray, _: Sequence[bytes], random: np.random.Generator) -> bytearray:
    start, length = _place(data, random), int(random.integers(1, 512))
    return data[:start] + data[start : start + length] * int(random.integers(2, 40)) + data[start + length :]


def _remove(data: bytearray, _: Sequence[bytes], random: np.random.Generator) -> bytearray:
    start = _place(data, random)
    return data[:start] + data[start + int(random.integers(1, 64)) :]


def _splice(data: bytearray, seeds: Sequence[bytes], random: np.random.Generator) -> bytearray:
    other = seeds[int(random.integers(len(seeds)))]
    at = _place(data, random)
    return data[:at] + bytearray(other[at:])


def _noise(data: bytearray, _: Sequence[bytes], random: np.random.Generator) -> bytearray:
    at = _place(data, random)
    return data[:at] + bytearray(random.bytes(int(random.integers(1, 32)))) + data[at:]


CHANGES = (_bit, _bit, _number, _number, _text_number, _cut, _repeat, _remove, _splice, _noise)
