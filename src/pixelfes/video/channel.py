"""Hand items from one thread to another, a few at a time, so that an error at either end ends both."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class ChannelClosed(Exception):  # noqa: N818 - it is no error, and never leaves this room
    """The other end has gone."""


class Channel(Generic[Item]):
    """A queue of limited length between two threads.

    Parameters
    ----------
    length : int
        Items that may wait, at most.
    """

    def __init__(self, length: int) -> None:
        self._items: deque[Item] = deque()
        self._length = length
        self._changed = threading.Condition()
        self._finished = False
        self._closed = False
        self._error: BaseException | None = None

    def put(self, item: Item) -> None:
        """Add an item; wait while the queue is full.

        Raises
        ------
        ChannelClosed
            If the reader has gone.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._items) < self._length)
            if self._closed:
                raise ChannelClosed
            self._items.append(item)
            self._changed.notify_all()

    def finish(self, error: BaseException | None = None) -> None:
        """Say that no item follows; the reader gets the error after the last item."""
        with self._changed:
            self._finished, self._error = True, error
            self._changed.notify_all()

    def close(self) -> None:
        """Say that nobody reads any more."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[Item]:
        """Yield the items until the writer finishes; raise its error, if any."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._items) or self._finished or self._closed)
                if not self._items:
                    break
                item = self._items.popleft()
                self._changed.notify_all()
            yield item
        if self._error is not None:
            raise self._error
