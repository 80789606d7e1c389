"""Serve the built page to browsers on this machine only.

What can be asked for is a list of files made at the start: a path that is not on it is not looked for, so none leads out
of the folder. A request whose ``Host`` is another name than this machine's own is refused: it would come from a foreign page
that has its own name point here (DNS rebinding).
"""

from __future__ import annotations

import errno
import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pixelfes.errors import InputError

__all__ = ["HEADERS", "PageServer", "page_files"]

ADDRESS = "127.0.0.1"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}
_PIECE = 65536  # bytes of a request, read at a time
_CODINGS = {"br": ".br", "gzip": ".gz"}
"""Compressed files, the smallest first, and what their names end with."""
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; "
        "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer."""


def page_files(folder: Path | None = None) -> dict[str, bytes]:
    """Return the files of the built page by their paths below it, such as ``assets/index.js``.

    Parameters
    ----------
    folder : Path, optional
        The folder that ``make web`` has written; by default the one in the installed package.

    Raises
    ------
    InputError
        If it is not built.
    """
    folder = folder or Path(str(files("pixelfes") / "web_page"))
    if not (folder / "index.html").is_file():
        if any((above / "scripts/make_web_model.py").is_file() for above in folder.resolve().parents[2:3]):
            raise InputError("the page is not built yet: run `make web` first")
        raise InputError(
            "this installation does not hold the page: run `make web` in a checkout, and install from there"
        )
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


class PageServer(ThreadingHTTPServer):
    """A server of fixed files on 127.0.0.1.

    Parameters
    ----------
    files : mapping of str to bytes
        By path without a leading slash; ``index.html`` answers for the empty path. A file with the ending ``.br`` or ``.gz``
        beside another is sent in its place to browsers that read it.
    port : int
        0 takes a free one.

    Raises
    ------
    InputError
        If the port is taken or not allowed.

    Examples
    --------
    >>> with PageServer({"index.html": b"<p>hello</p>"}, 0) as server:
    ...     server.url.startswith("http://127.0.0.1:")
    True
    """

    daemon_threads = True

    def __init__(self, files: Mapping[str, bytes], port: int) -> None:
        self.files = dict(files)
        self.tags = {path: f'"{hashlib.sha256(body).hexdigest()[:32]}"' for path, body in files.items()}
        try:
            super().__init__((ADDRESS, port), _Handler)
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "another program is using it" if taken else error.strerror
            raise InputError(f"port {port} cannot be used: {why}; --port 0 takes a free one") from error
        self.hosts = {f"{name}:{self.server_port}" for name in (ADDRESS, "localhost")}
        if self.server_port == 80:
            self.hosts |= {ADDRESS, "localhost"}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that has gone; say everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://{ADDRESS}:{self.server_port}/"


@dataclass(frozen=True)
class _Reply:
    status: HTTPStatus
    kind: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    timeout = 30
    protocol_version = "HTTP/1.1"  # browsers leave out the ETag of older answers
    server_version = "pixelfes"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_POST(self) -> None:
        """Refuse photos: the page's service worker takes what other apps share with it, before it could get here."""
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0 and (data := self.rfile.read(min(left, _PIECE))):  # or the browser shows an error of its own
            left -= len(data)
        self.close_connection = True
        says = f"this server takes no photos: open {self.server.url}, wait until the page is kept, and share again"
        self._send(_refusal(HTTPStatus.METHOD_NOT_ALLOWED, says, Allow="GET, HEAD", Connection="close"), with_body=True)

    def _answer(self, with_body: bool) -> None:
        self._send(self._found(), with_body)

    def _send(self, reply: _Reply, with_body: bool) -> None:
        self.send_response(reply.status)
        if reply.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
        for name, value in (HEADERS | reply.headers).items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(reply.body)

    def _found(self) -> _Reply:
        if self.headers.get("Host", "").lower() not in self.server.hosts:
            return _refusal(HTTPStatus.MISDIRECTED_REQUEST, f"this server answers at {self.server.url} only")
        path = unquote(urlsplit(self.path).path).removeprefix("/") or "index.html"
        if path not in self.server.files:
            return _refusal(HTTPStatus.NOT_FOUND, "there is no such file")
        coding = self._coding(path)
        name = path + _CODINGS.get(coding, "")
        tag = self.server.tags[name]
        headers = {"ETag": tag, "Vary": "Accept-Encoding"} | ({"Content-Encoding": coding} if coding else {})
        kind = _TYPES.get(Path(path).suffix, "application/octet-stream")
        if tag in self.headers.get("If-None-Match", ""):
            return _Reply(HTTPStatus.NOT_MODIFIED, kind, b"", headers)
        return _Reply(HTTPStatus.OK, kind, self.server.files[name], headers)

    def _coding(self, path: str) -> str:
        """Return how the file that is sent for a path is compressed, or an empty text."""
        accepted = self.headers.get("Accept-Encoding", "").replace(" ", "").split(",")
        there = (coding for coding, ending in _CODINGS.items() if path + ending in self.server.files)
        return next((coding for coding in there if coding in accepted), "")

    def log_message(self, format: str, *args: object) -> None:
        """Log no requests: they are private."""


def _refusal(status: HTTPStatus, text: str, **headers: str) -> _Reply:
    return _Reply(status, "text/plain; charset=utf-8", f"{text}\n".encode(), headers)
