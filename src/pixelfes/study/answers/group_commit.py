"""Writes of many threads in one transaction: one wait for the disk serves all who have come in the meantime."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from sqlalchemy import Connection

from pixelfes.errors import PixelfesError

T = TypeVar("T")


class GroupCommit:
    """Runs what threads bring, one after the other, in transactions as large as there are threads waiting.

    Parameters
    ----------
    begin : callable
        Gives a connection in a transaction, which is on disk when the block has ended, or not at all.
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._begin = begin
        self._waiting: deque[tuple[Callable[[Connection], Any], Future[Any]]] = deque()
        self._turn = threading.Lock()

    def run(self, work: Callable[[Connection], T]) -> T:
        """Return what the work returns, when that is on disk; raise what it raises.

        A `PixelfesError` is an answer: the work raises it before it has written anything, and it concerns nobody else. With
        any other error nothing of the whole transaction is kept, and everybody in it is told.
        """
        future: Future[T] = Future()
        self._waiting.append((work, future))
        with self._turn:  # whoever had it before may have done this work as well
            if not future.done():
                self._run_waiting()
        return future.result()

    def _run_waiting(self) -> None:
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        outcomes = []
        try:
            with self._begin() as connection:
                outcomes = [_outcome(work, connection) for work, _ in batch]
        except BaseException as error:
            for _, future in batch:
                future.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for (_, future), (value, refusal) in zip(batch, outcomes, strict=True):
            if refusal is None:
                future.set_result(value)
            else:
                future.set_exception(refusal)


def _outcome(work: Callable[[Connection], T], connection: Connection) -> tuple[T | None, PixelfesError | None]:
    try:
        return work(connection), None
    except PixelfesError as refusal:
        return None, refusal
