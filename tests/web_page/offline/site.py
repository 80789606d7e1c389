"""A site that changes while the browser is open: other versions of the page, another site at its port, no server at all."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pytest

from pixelfes.errors import InputError
from pixelfes.export.web.page_version import PAGE_MODEL_NAME, with_model
from pixelfes.export.web.server import PageServer, page_files
from tests.web_page.browser import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

READY = "() => globalThis.pixelfes?.offline !== undefined"
BUILD = "pixelfes.offline.build"
OFFERED = "() => pixelfes.offline.state.offered"
KEEP = "() => pixelfes.offline.keep()"
NOTHING_KEPT = """async () =>
  (await navigator.serviceWorker.getRegistrations()).length === 0 && (await caches.keys()).length === 0"""
MODEL_VERSION = r"""async () => {
  const text = new TextDecoder().decode(await pixelfes.offline.fetchFile("model.safetensors"));
  return /package_version\W+([\d.]+)/.exec(text)[1];
}"""


class Server(PageServer):
    """A server that ends as a program does: with its connections."""

    def __init__(self, files: Mapping[str, bytes], port: int) -> None:
        self.connections: list[socket.socket] = []
        super().__init__(files, port)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Take a connection."""
        connection, address = super().get_request()
        self.connections.append(connection)
        return connection, address

    def server_close(self) -> None:
        """End all."""
        super().server_close()
        for connection in self.connections:
            with suppress(OSError):  # the browser has closed it
                connection.shutdown(socket.SHUT_RDWR)


class Site:
    """What answers at one port of this machine; servers come and go."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.server, self.thread = self._started(files, 0)
        self.url = self.server.url

    @staticmethod
    def _started(
        files: Mapping[str, bytes], port: int, handler: type[BaseHTTPRequestHandler] | None = None
    ) -> tuple[Server, threading.Thread]:
        server = Server(files, port)
        if handler:
            server.RequestHandlerClass = handler
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        return server, thread

    def stop(self) -> None:
        """Have nobody answer."""
        if self.thread.is_alive():
            self.server.shutdown()
            self.thread.join()
            self.server.server_close()

    def replace(self, files: Mapping[str, bytes], handler: type[BaseHTTPRequestHandler] | None = None) -> None:
        """End the server, and start one with other files, or that answers otherwise, at the same port."""
        self.stop()
        self.server, self.thread = self._started(files, self.server.server_port, handler)


@contextmanager
def site_of(files: Mapping[str, bytes]) -> Iterator[Site]:
    """A site, ended with the test."""
    site = Site(files)
    try:
        yield site
    finally:
        site.stop()


def built() -> dict[str, bytes]:
    """The files of the built page, or a skip."""
    try:
        return page_files()
    except InputError as error:
        pytest.skip(str(error))


def other_model(files: Mapping[str, bytes]) -> bytes:
    """The model of a page as a later version of the package would write it."""
    return files[PAGE_MODEL_NAME].replace(b"0.1.0", b"9.9.9", 1)


def next_version(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """A later version of the page: its model and the names of all its programs are others."""
    later = with_model(files, other_model(files))
    later = {name: data for name, data in later.items() if not name.endswith((".br", ".gz"))}
    stems = {re.sub(r"^assets/|\.\w+$", "", name) for name in later if name.startswith("assets/")}
    texts = [name for name in later if name.endswith((".js", ".html", ".css"))]
    for name in texts:
        old = later[name]
        for stem in stems:
            later[name] = later[name].replace(stem.encode(), _renamed(stem).encode())
        later["sw.js"] = later["sw.js"].replace(_hash(old), _hash(later[name]))
    return {
        f"assets/{_renamed(name[7:])}" if name.startswith("assets/") else name: data for name, data in later.items()
    }


def _renamed(stem: str) -> str:
    return re.sub(r"-.", "-Z", stem, count=1)


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest()[:16].encode()


def visit(browser: Browser, url: str, **settings: Any) -> Page:
    """Open a page in a context of its own."""
    page = browser.new_context(**settings).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    return page


def loaded(page: Page) -> Page:
    """Wait until the page has loaded everything that it works with."""
    page.wait_for_function(READY, timeout=PATIENCE)
    return page


def until(page: Page, true: str, again: str = "() => undefined") -> None:
    """Wait for something that a program says, perhaps a promise: ``wait_for_function`` takes one for true.

    ``again`` is done each time before it is asked.
    """
    deadline = time.monotonic() + PATIENCE / 1000
    while not _says(page, again, true):
        assert time.monotonic() < deadline, f"this never came true: {true}"
        page.wait_for_timeout(50)


def _says(page: Page, again: str, true: str) -> bool:
    try:
        page.evaluate(again)
        return bool(page.evaluate(true))
    except Exception as error:  # Playwright's, which is not imported where it may be missing
        if "context was destroyed" not in str(error):  # the page is being loaded again
            raise
        return False


def focus_until(page: Page, true: str) -> None:
    """Come back to the page until something is so; it may be looking already when one comes back, at an earlier server."""
    until(page, true, "() => void window.dispatchEvent(new Event('focus'))")
