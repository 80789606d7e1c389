"""What tests of studies share: whoever asks for a database runs on SQLite and on a PostgreSQL server of the tests' own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from postgres_server import new_database, postgres_server, why_not
from small_study import Small, small_study

from pixelfes.study.database import sqlite_url
from pixelfes.study.store import Store


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    if reason := why_not():
        pytest.skip(reason)
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "answers.sqlite3")
    else:
        with new_database(request.getfixturevalue("postgres"), f"test_{uuid.uuid4().hex}") as url:
            yield url


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A study of four items, three candidates and one question, with a copied input and a repeat."""
    return small_study(tmp_path)


@pytest.fixture
def store(small: Small, database: str) -> Iterator[Store]:
    """The answers of that study, none yet."""
    with closing(Store(small.study, database)) as opened:
        yield opened
