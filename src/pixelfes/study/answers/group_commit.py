"""Group commit: writes of several threads share one transaction, and so one wait for the disk."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from sqlalchemy import Connection

from pixelfes.errors import PixelfesError

ResultT = TypeVar("ResultT")


class GroupCommit:
    """Run the writes of several threads one after the other, all that wait in one transaction.

    Parameters
    ----------
    begin : callable
        Returns a context manager that gives a connection in a transaction. At the end of the block the transaction is
        either on disk or rolled back.
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._begin = begin
        self._waiting: deque[tuple[Callable[[Connection], Any], Future[Any]]] = deque()
        self._running = threading.Lock()

    def run(self, write: Callable[[Connection], ResultT]) -> ResultT:
        """Run a write, and return its result when it is on disk.

        A write raises `PixelfesError` before it changes anything; the other writes of the transaction continue. Any
        other error rolls back the whole transaction, and all its writes raise this error.

        Raises
        ------
        PixelfesError
            If the write raises it.
        Exception
            If this write, another write of the same transaction, or the commit fails.
        """
        future: Future[ResultT] = Future()
        self._waiting.append((write, future))
        with self._running:  # another thread may have run this write before it released the lock
            if not future.done():
                self._run_waiting()
        return future.result()

    def _run_waiting(self) -> None:
        group = [self._waiting.popleft() for _ in range(len(self._waiting))]
        outcomes = []
        try:
            with self._begin() as connection:
                outcomes = [_outcome(write, connection) for write, _ in group]
        except BaseException as error:
            for _, future in group:
                future.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for (_, future), (result, refusal) in zip(group, outcomes, strict=True):
            if refusal is None:
                future.set_result(result)
            else:
                future.set_exception(refusal)


def _outcome(
    write: Callable[[Connection], ResultT], connection: Connection
) -> tuple[ResultT | None, PixelfesError | None]:
    """Return the result of a write, or the `PixelfesError` that it raised."""
    try:
        return write(connection), None
    except PixelfesError as refusal:
        return None, refusal
