"""A temporary PostgreSQL server for a test run. Its folder is deleted at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.polling import wait_until

_SECONDS = 60
_USER = "study"
_PASSWORD = "for these tests"  # noqa: S105 (of a server that ends with the tests)
# Nothing in this folder must survive a power cut.
_FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=16MB"]


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, of the latest installed version, or None."""
    folders = [Path(found).resolve().parent for found in [shutil.which("initdb") or shutil.which("postgres")] if found]
    debian = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    folders += sorted(debian, key=lambda path: -int(path.parent.name))
    return next((path for path in folders if (path / "initdb").exists() and (path / "postgres").exists()), None)


def why_not() -> str | None:
    """Return why no server can run on this machine, or None."""
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
    """Run a server, and give the URL of its first database."""
    binaries = programs()
    if binaries is None:
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
        _run([binaries / "initdb", "-D", folder / "data", *options], user, folder)
        process, port = _start_server(binaries, user, folder)
        yield _url(port)
    finally:
        if process is not None:
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: str, name: str) -> str:
    """Make a database, and return its URL. It ends with the server."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return server.rpartition("/")[0] + f"/{name}"


def _url(port: int) -> str:
    return f"postgresql://{_USER}:{_PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/postgres"


def _start_server(binaries: Path, user: pwd.struct_passwd | None, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server at a free port. PostgreSQL cannot choose one itself, so another program may take it first."""
    settings = [word for setting in _FAST for word in ("-c", setting)]
    for _ in range(5):
        port = _free_port()
        command = [binaries / "postgres", "-D", folder / "data", "-k", folder, "-h", "127.0.0.1", "-p", port, *settings]
        process = _start(command, user, folder)
        if _accepts_connections(process, port):
            return process, port
        _stop(process)
    raise RuntimeError((folder / "log").read_text())


def _accepts_connections(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until a server accepts connections; return False if it ends instead."""

    def connects() -> bool:
        try:
            psycopg.connect(_url(port)).close()
        except psycopg.OperationalError:
            return False
        return True

    wait_until(lambda: process.poll() is not None or connects(), _SECONDS)
    return process.poll() is None


def _start(command: list[object], user: pwd.struct_passwd | None, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [str(word) for word in command],
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


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a server at once. SIGQUIT saves nothing, which is what a temporary server needs."""
    if process.poll() is None:
        process.send_signal(signal.SIGQUIT)
    process.wait(_SECONDS)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
