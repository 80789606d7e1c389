from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from pixelfes.errors import InputError
from pixelfes.study.answers.group_commit import GroupCommit

N = 10


class Counted:
    """A database whose first transaction waits until all threads have come."""

    def __init__(self, path: Path) -> None:
        self.engine = create_engine(f"sqlite:///{path}")
        self.transactions = 0
        self.ready = threading.Event()
        self.fails_at = 0
        with self.engine.begin() as connection:
            connection.execute(text("CREATE TABLE t (n INTEGER)"))

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        self.transactions += 1
        if self.transactions == 1:
            self.ready.wait(30)
        with self.engine.begin() as connection:
            yield connection
            if self.transactions == self.fails_at:
                raise OSError("disk is full")


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[Counted]:
    made = Counted(tmp_path / "t.sqlite3")
    yield made
    made.engine.dispose()


def run(counted: Counted, works: list[Callable[[Connection], int]]) -> list[object]:
    """Run the first work in a transaction that waits until all others have come; return values and errors."""
    batches = GroupCommit(counted.begin)

    def outcome(work: Callable[[Connection], int]) -> object:
        try:
            return batches.run(work)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(outcome, works[0])]
        while counted.transactions == 0:
            pass
        futures += [pool.submit(outcome, work) for work in works[1:]]
        while len(batches._waiting) < len(works) - 1:
            pass
        counted.ready.set()
        return [future.result(30) for future in futures]


def inserting(n: int) -> Callable[[Connection], int]:
    def work(connection: Connection) -> int:
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": n})
        return n

    return work


def refusing(_: Connection) -> int:
    raise InputError("not this one")


def kept(counted: Counted) -> list[int]:
    with counted.engine.begin() as connection:
        return sorted(connection.execute(text("SELECT n FROM t")).scalars())


def test_all_who_wait_go_into_one_transaction(counted: Counted) -> None:
    assert run(counted, [inserting(n) for n in range(N)]) == list(range(N))
    assert counted.transactions == 2
    assert kept(counted) == list(range(N))


def test_a_refusal_concerns_nobody_else(counted: Counted) -> None:
    told = run(counted, [inserting(0), inserting(1), refusing, inserting(3)])
    assert [told[0], told[1], told[3]] == [0, 1, 3]
    assert isinstance(told[2], InputError)
    assert kept(counted) == [0, 1, 3]


def test_where_the_disk_fails_nobody_is_told_that_it_is_kept(counted: Counted) -> None:
    counted.fails_at = 2
    told = run(counted, [inserting(n) for n in range(N)])
    assert told[0] == 0
    assert all(isinstance(error, OSError) for error in told[1:])
    assert kept(counted) == [0]
