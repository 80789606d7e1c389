"""Fixtures of studies: databases, a small study, and the store of its answers."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the extra study is not installed")

from pixelfes.study.answers.database import sqlite_url
from pixelfes.study.answers.store import AnswerStore
from tests.study.postgres_server import new_database, postgres_server, why_not
from tests.study.small_study import SmallStudy, small_study


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server that runs while the tests run."""
    if reason := why_not():
        pytest.skip(reason)
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database. A test with this fixture runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "answers.sqlite3")
    return new_database(request.getfixturevalue("postgres"), f"test_{uuid.uuid4().hex}")


@pytest.fixture(scope="session")
def unchanged_study(tmp_path_factory: pytest.TempPathFactory) -> SmallStudy:
    """A study of four items, three candidates and one question, with a copied input and a repeat; only to read."""
    return small_study(tmp_path_factory.mktemp("study"))


@pytest.fixture
def small(unchanged_study: SmallStudy, tmp_path: Path) -> SmallStudy:
    """A copy of the same study that a test may change."""
    folder = tmp_path / "study"
    shutil.copytree(unchanged_study.folder, folder)
    return SmallStudy(unchanged_study.study, folder, unchanged_study.token)


@pytest.fixture
def store(small: SmallStudy, database: str) -> Iterator[AnswerStore]:
    """The store of the study's answers, without answers."""
    opened = AnswerStore(small.study, database)
    yield opened
    opened.close()
