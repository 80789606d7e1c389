"""A database of answers, opened: SQLite in WAL mode or PostgreSQL, with the latest tables."""

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
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from pixelfes.errors import InputError, PixelfesError
from pixelfes.extras import extra_module
from pixelfes.study.answers.group_commit import GroupCommit

T = TypeVar("T")

_CONNECTIONS = 10
_MORE_CONNECTIONS = 30  # as many as the server has threads, together
_SECONDS_TO_WAIT = 30
_MIGRATION_LOCK = 8_420_001  # any number that nobody else takes in the same PostgreSQL database


class DatabaseError(PixelfesError):
    """The database cannot be opened or used."""


class Database:
    """Connections to a database; ``read`` gives one, and ``write`` runs work, in a transaction.

    Parameters
    ----------
    url : str
        ``sqlite:///file`` or ``postgresql://user:password@host/name``.
    make : bool
        Whether to make a file that is not there.

    Raises
    ------
    InputError
        Where the URL is neither, or its file is not there and not to be made.
    DatabaseError
        Where it cannot be opened, or a later pixelfes has made its tables.
    """

    def __init__(self, url: str, *, make: bool = True) -> None:
        self._url = _checked_url(url)
        self._sqlite = self._url.get_backend_name() == "sqlite"
        if self._sqlite and not make and not Path(self._url.database or "").is_file():
            raise InputError(f"there are no answers yet: no file {self._url.database}")
        self._engine = create_engine(
            self._url,
            pool_size=_CONNECTIONS,
            max_overflow=_MORE_CONNECTIONS,
            pool_timeout=_SECONDS_TO_WAIT,
            pool_pre_ping=not self._sqlite,
            hide_parameters=True,  # errors are logged, answers are not
        )
        self._writer = self._engine.execution_options(writes=True)
        # SQLite lets one write at a time, and each waits for the disk. PostgreSQL joins commits by itself.
        self._batches = GroupCommit(self._writer.begin)
        if self._sqlite:
            event.listen(self._engine, "connect", _set_up_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        try:
            with _explained(self._url):
                self._migrate()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection in a transaction that sees one state of the database."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run work in a transaction, and return what it returns when that is on disk; see `GroupCommit.run` for its errors."""
        if self._sqlite:
            return self._batches.run(work)
        with self._writer.begin() as connection:
            return work(connection)

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
    """Return the URL of a file.

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
        raise InputError("the database is named by a URL such as postgresql://user:password@host/name") from error
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        extra_module("study", "psycopg")
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    raise InputError(f"answers are kept in PostgreSQL or a SQLite file; found a URL of {parsed.drivername}")


@contextmanager
def _explained(url: URL) -> Iterator[None]:
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
        raise DatabaseError("SQLite is used by Python's own driver only")
    connection.isolation_level = None  # transactions begin where _begin_sqlite says, not where the driver guesses
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {_SECONDS_TO_WAIT}000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
