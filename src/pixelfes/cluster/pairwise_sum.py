"""The order of a sum of many parts, two by two: the same pairs are added, whichever parts arrive first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


@dataclass(frozen=True)
class Addends(Generic[ItemT]):
    """Two neighbours to add, and the position of their sum."""

    level: int
    index: int
    left: ItemT
    right: ItemT


class PairwiseSum(Generic[ItemT]):
    """Pair up the parts of a sum: items 2i and 2i + 1 of a level are added once both have arrived.

    Parameters
    ----------
    n_parts : int
        Number of parts. They form level 0; each level above has half as many items.

    Attributes
    ----------
    total : the sum, or None
        None until the sum is complete, and if every part was lost.

    Examples
    --------
    >>> order = PairwiseSum(3)
    >>> order.insert(0, 2, "c"), order.insert(0, 1, "b")
    (None, None)
    >>> order.insert(0, 0, "a")
    Addends(level=1, index=0, left='a', right='b')
    >>> order.insert(1, 0, "ab")
    Addends(level=2, index=0, left='ab', right='c')
    >>> order.insert(2, 0, "abc")
    >>> order.total
    'abc'
    """

    def __init__(self, n_parts: int) -> None:
        self.total: ItemT | None = None
        self._n_parts = n_parts
        self._waiting: dict[tuple[int, int], ItemT | None] = {}

    def insert(self, level: int, index: int, item: ItemT | None) -> Addends[ItemT] | None:
        """Insert an item (None if it is lost); return the next two items to add, if any."""
        while (width := -(-self._n_parts // 2**level)) > 1:
            neighbour = index ^ 1
            if neighbour < width:
                if (level, neighbour) not in self._waiting:
                    self._waiting[level, index] = item
                    return None
                other = self._waiting.pop((level, neighbour))
                if item is not None and other is not None:
                    left, right = (other, item) if index % 2 else (item, other)
                    return Addends(level + 1, index // 2, left, right)
                item = other if item is None else item
            level, index = level + 1, index // 2
        self.total = item
        return None
