"""Runs the server of a study: ``pixelfes study serve`` as a process of its own, which is ended gently or not, or a thread."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pixelfes.study.answers.database import sqlite_url
from pixelfes.study.answers.store import AnswerStore
from pixelfes.study.design.study import DATABASE_FILE
from pixelfes.study.server.app import create_app, listen, server_of, url_of
from tests.study.small_study import SmallStudy

_SECONDS = 60


class Server:
    """A server in a process of its own, on 127.0.0.1.

    Attributes
    ----------
    address : str
        Without a slash at the end.
    port : int
    """

    def __init__(self, folder: Path, url: str | None, port: int = 0, prefix: tuple[str, ...] = ()) -> None:
        options = ["--port", str(port), *(["--database", url] if url else [])]
        self._process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "pixelfes", "study", "serve", str(folder), *options],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        stdout = self._process.stdout
        if stdout is None:
            raise RuntimeError("a server without stdout")
        self.said = [stdout.readline()]
        if not self.said[0].startswith("participants: "):
            self.stop()
            raise RuntimeError(f"the server did not start; it ended with {self._process.returncode}")
        self.address = self.said[0].removeprefix("participants: ").strip().rstrip("/")
        self.port = int(self.address.rpartition(":")[2])

    def stop(self) -> int:
        """Ask it to stop, and return its status."""
        return self._end(signal.SIGINT)

    def kill(self) -> None:
        """Do what a power cut does to a process."""
        self._end(signal.SIGKILL)

    def _end(self, signum: int) -> int:
        if self._process.poll() is None:
            self._process.send_signal(signum)
        try:
            status = self._process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        return status


@contextmanager
def serving_here(small: SmallStudy) -> Iterator[str]:
    """Serve a study in a thread of this process while the block runs, which starts at once, and give its address."""
    store = AnswerStore(small.study, sqlite_url(small.folder / DATABASE_FILE))
    with listen("127.0.0.1", 0) as listening:
        server = server_of(create_app(small.study, small.folder, store))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield url_of(listening).rstrip("/")
        finally:
            server.should_exit = True
            thread.join(_SECONDS)


@contextmanager
def serving(folder: Path, url: str | None = None, port: int = 0) -> Iterator[Server]:
    """Serve a study while the block runs."""
    server = Server(folder, url, port)
    try:
        yield server
    finally:
        server.stop()
