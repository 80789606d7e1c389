"""Threads that stay: OpenCV keeps memory of every thread that ever used it, so a thread for each task would leak.

A task must not start tasks of its own here: all threads may be waiting for theirs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(function: Callable[[Item], Result], items: Iterable[Item], count: int) -> list[Result]:
    """Return the results of a function for all items, in order, computed by so many threads; 1 is the caller's own.

    Examples
    --------
    >>> in_threads(str.upper, ["a", "b"], 2)
    ['A', 'B']
    """
    if count <= 1:
        return [function(item) for item in items]
    return list(_threads(count).map(function, items))


@cache
def _threads(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="pixelfes")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_threads.cache_clear)  # a forked process has none of the threads
