"""The database of answers: SQLite in WAL mode or PostgreSQL, with its tables migrated to the latest version."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from pixelfes.errors import ChoiceError, InputError, PixelfesError
from pixelfes.extras import extra_module
from pixelfes.study.answers.group_commit import GroupCommit

WriteT = TypeVar("WriteT")

_POOL_SIZE = 10
_POOL_OVERFLOW = 30  # together as many connections as the server has threads
_TIMEOUT_SECONDS = 30
_MIGRATION_LOCK = 8_420_001  # an arbitrary key that no other program locks in the same PostgreSQL database


class DatabaseError(PixelfesError):
    """The database cannot be opened or used."""


class Database:
    """Connections to a database. Use `read` for a connection that reads, and `write` to run a write.

    Parameters
    ----------
    url : str
        ``sqlite:///file`` or ``postgresql://user:password@host/name``.
    make : bool
        Whether to make a SQLite file that does not exist.

    Raises
    ------
    InputError
        If the URL has another form, or the file does not exist and ``make`` is false.
    DatabaseError
        If the database cannot be opened, or a later version of pixelfes has migrated its tables.
    """

    def __init__(self, url: str, *, make: bool = True) -> None:
        self._url = _checked_url(url)
        self._sqlite = self._url.get_backend_name() == "sqlite"
        if self._sqlite and not make and not Path(self._url.database or "").is_file():
            raise InputError(f"there are no answers yet: no file {self._url.database}")
        self._engine = _engine(self._url)
        self._writer = self._engine.execution_options(writes=True)
        # SQLite runs one write at a time, and each waits for the disk. PostgreSQL has its own group commit.
        self._group_commit = GroupCommit(self._writer.begin)
        try:
            with _database_errors(self._url):
                self._migrate()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection in a transaction that sees one state of the database."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    def write(self, write: Callable[[Connection], WriteT]) -> WriteT:
        """Run a write in a transaction, and return its result when it is on disk; see `GroupCommit.run` for errors."""
        if self._sqlite:
            return self._group_commit.run(write)
        with self._writer.begin() as connection:
            return write(connection)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _migrate(self) -> None:
        with (
            as_file(files("pixelfes") / "study" / "answers" / "migrations") as folder,
            self._writer.begin() as connection,
        ):
            if not self._sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            config = Config()
            config.set_main_option("script_location", str(folder).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def sqlite_url(path: str | os.PathLike[str]) -> str:
    """Return the URL of a SQLite file.

    Examples
    --------
    >>> sqlite_url("/tmp/answers.sqlite3")
    'sqlite:////tmp/answers.sqlite3'
    """
    return URL.create("sqlite", database=os.path.abspath(path)).render_as_string()  # noqa: PTH100 (follows no link)


def _checked_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise InputError("the database must be a URL such as postgresql://user:password@host/name") from error
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        extra_module("study", "psycopg")
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    raise ChoiceError(f"the database must be PostgreSQL or a SQLite file; found a URL of {parsed.drivername}")


def _engine(url: URL) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(
        url,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        pool_timeout=_TIMEOUT_SECONDS,
        pool_pre_ping=not sqlite,
        hide_parameters=True,  # errors are logged; answers must not be
    )
    if sqlite:
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def _database_errors(url: URL) -> Iterator[None]:
    """Turn errors of the libraries into `DatabaseError`, without the password."""
    name = url.render_as_string(hide_password=True)
    try:
        yield
    except CommandError as error:
        raise DatabaseError(f"{name} has tables of a later version of pixelfes") from error
    except (DBAPIError, NoSuchModuleError) as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[-1]
        raise DatabaseError(f"the database {name} cannot be opened: {cause}") from error


def _set_up_sqlite(connection: Any, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        raise DatabaseError("SQLite needs Python's sqlite3 driver")
    connection.isolation_level = None  # _begin_sqlite begins transactions, not the driver
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {_TIMEOUT_SECONDS}000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
