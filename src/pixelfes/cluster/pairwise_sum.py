"""A sum of many parts, two by two: always the same two, whichever are there first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Joint(Generic[T]):
    """Two items that are to be joined, and the place of their sum."""

    level: int
    index: int
    left: T
    right: T


class Tree(Generic[T]):
    """The order of a sum: item 2i of a level is joined with item 2i + 1 as soon as both are there.

    Parameters
    ----------
    n_leaves : int
        Parts in all, on level 0.

    Attributes
    ----------
    root : the sum, or None
        None as long as it is not there, or where every part was lost.

    Examples
    --------
    >>> tree = Tree(3)
    >>> tree.add(0, 2, "c"), tree.add(0, 1, "b")
    (None, None)
    >>> tree.add(0, 0, "a")
    Joint(level=1, index=0, left='a', right='b')
    >>> tree.add(1, 0, "ab")
    Joint(level=2, index=0, left='ab', right='c')
    >>> tree.add(2, 0, "abc")
    >>> tree.root
    'abc'
    """

    def __init__(self, n_leaves: int) -> None:
        self.root: T | None = None
        self._n_leaves = n_leaves
        self._waiting: dict[tuple[int, int], T | None] = {}

    def add(self, level: int, index: int, item: T | None) -> Joint[T] | None:
        """Take an item (None: it is lost) at its place; return what is to be joined now, if anything."""
        while (width := -(-self._n_leaves // 2**level)) > 1:
            beside = index ^ 1
            if beside < width:
                if (level, beside) not in self._waiting:
                    self._waiting[level, index] = item
                    return None
                other = self._waiting.pop((level, beside))
                if item is not None and other is not None:
                    left, right = (other, item) if index % 2 else (item, other)
                    return Joint(level + 1, index // 2, left, right)
                item = other if item is None else item
            level, index = level + 1, index // 2
        self.root = item
        return None
