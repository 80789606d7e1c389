"""The server of a study in a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pixelfes.study.answers.database import sqlite_url
from pixelfes.study.answers.store import AnswerStore
from pixelfes.study.design.study import DATABASE_FILE
from pixelfes.study.server.app import create_app, listen, url_of, uvicorn_server
from tests.study.small_study import SmallStudy

_SECONDS = 60


@contextmanager
def serving(small: SmallStudy) -> Iterator[str]:
    """Serve a study in a thread of this process, and give its URL, without a slash at the end."""
    store = AnswerStore(small.study, sqlite_url(small.folder / DATABASE_FILE))
    with listen("127.0.0.1", 0) as listening:
        server = uvicorn_server(create_app(small.study, small.folder, store))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield url_of(listening).rstrip("/")
        finally:
            server.should_exit = True
            thread.join(_SECONDS)
            assert not thread.is_alive()
