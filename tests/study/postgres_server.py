"""Starts a PostgreSQL server for a test run, in a folder of its own that goes with it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_SECONDS = 60
_USER = "study"
_PASSWORD = "for these tests"  # noqa: S105 (of a server that lives as long as they do)


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, of the latest version that is installed; None where there is none."""
    places = [Path(found).resolve().parent for found in [shutil.which("initdb") or shutil.which("postgres")] if found]
    debian = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    places += sorted(debian, key=lambda path: -int(path.parent.name))
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


def why_not() -> str | None:
    """Return why no server can be started here; None where it can."""
    if programs() is None:
        return "PostgreSQL is not installed (Debian: apt install postgresql)"
    if os.geteuid() == 0 and _other_user() is None:
        return "PostgreSQL does not run as root, and there is no user nobody or postgres"
    return None


def _other_user() -> pwd.struct_passwd | None:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known.get("nobody")


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server while the block runs, and give the URL of its first database."""
    place = programs()
    if place is None:
        raise RuntimeError(why_not())
    user = _other_user() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pixelfes-postgres-"))
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    process = None
    try:
        (folder / "password").write_text(_PASSWORD)
        (folder / "password").chmod(0o644)
        options = ["-U", _USER, f"--pwfile={folder / 'password'}", "-A", "scram-sha-256", "-E", "UTF8", "--no-sync"]
        _run([place / "initdb", "-D", folder / "data", *options], user, folder)
        port = _free_port()
        process = _start(
            [place / "postgres", "-D", folder / "data", "-k", folder, "-h", "127.0.0.1", "-p", port], user, folder
        )
        url = f"postgresql://{_USER}:{_PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/postgres"
        _wait(url, process, folder)
        yield url
    finally:
        if process is not None:
            process.terminate()
            process.wait(_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(server: str, name: str) -> Iterator[str]:
    """Make a database while the block runs, and give its URL."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        yield server.rpartition("/")[0] + f"/{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def _start(command: list[object], user: pwd.struct_passwd | None, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [str(part) for part in command],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
        )


def _run(command: list[object], user: pwd.struct_passwd | None, folder: Path) -> None:
    if _start(command, user, folder).wait(_SECONDS):
        raise RuntimeError((folder / "log").read_text())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _wait(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(10 * _SECONDS):
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if process.poll() is not None:
                raise RuntimeError((folder / "log").read_text()) from None
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the PostgreSQL server did not come up")
