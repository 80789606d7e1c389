"""The page as a folder for any web server: under any path, at any host, with the headers that it should have."""

from __future__ import annotations

import functools
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from pixelfes.export.web.server import HEADERS
from tests.web_page.browser import PATIENCE, launched
from tests.web_page.offline.site import KEEP, NOTHING_KEPT, built, loaded, until, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

SCRIPT = Path(__file__).parents[3] / "scripts/make_web_site.py"
DOCS = Path(__file__).parents[3] / "docs/web.md"
PATH = "some/where/"
HOST = "pixelfes.example"
FETCH_ALL = (
    "async () => void (await Promise.all(['actions.safetensors', 'portrait.jpg'].map(pixelfes.offline.fetchFile)))"
)


def make(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A web server's folder, with the page somewhere below."""
    built()
    folder = tmp_path_factory.mktemp("www")
    (folder / "index.html").write_text("<h1>another page</h1>", encoding="utf-8")
    made = make(folder / PATH)
    assert made.returncode == 0, made.stderr
    return folder


class PlainHandler(SimpleHTTPRequestHandler):
    """The plainest of servers, which can be made to wait; it counts what it sends."""

    answers = threading.Event()
    sent: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        self.answers.wait()
        super().do_GET()

    def send_response(self, code: int, message: str | None = None) -> None:
        self.sent[self.path.partition("?")[0]] += code == 200
        super().send_response(code, message)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ThreadingHTTPServer]:
    PlainHandler.answers.set()
    handler = functools.partial(PlainHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        PlainHandler.answers.set()
        server.shutdown()
        thread.join()


def test_the_page_works_under_any_path_and_asks_for_nothing_outside(
    browser: Browser, server: ThreadingHTTPServer
) -> None:
    url = f"http://127.0.0.1:{server.server_port}/{PATH}"
    page = visit(browser, "about:blank")
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    loaded(page).evaluate(FETCH_ALL)
    page.evaluate(KEEP)
    page.reload()
    loaded(page)
    assert len(asked) > 10
    assert [address for address in asked if not address.startswith(url)] == []
    page.goto(f"http://127.0.0.1:{server.server_port}/")
    assert page.locator("h1").inner_text() == "another page"
    assert not page.evaluate(NOTHING_KEPT), "another page beside it ends nothing"
    page.context.close()


def test_at_a_host_of_its_own_the_page_is_kept_at_once_and_does_not_wait_for_a_slow_network(
    playwright: Playwright, server: ThreadingHTTPServer
) -> None:
    host = f"http://{HOST}:{server.server_port}"
    flags = (f"--host-resolver-rules=MAP {HOST} 127.0.0.1", f"--unsafely-treat-insecure-origin-as-secure={host}")
    with launched(playwright, *flags) as browser:
        PlainHandler.sent.clear()
        page = loaded(visit(browser, f"{host}/{PATH}"))
        page.wait_for_function("() => pixelfes.offline.state.kept", timeout=PATIENCE)
        assert PlainHandler.sent[f"/{PATH}detector/face_landmarks.onnx"] == 1
        runtime = PlainHandler.sent.pop(f"/{PATH}detector/ort-wasm-simd.wasm")
        assert runtime <= 2, "10 MB: the cache of a private window may not hold it"
        assert max(PlainHandler.sent.values()) == 1, "the page and what keeps it share what was sent"
        PlainHandler.answers.clear()
        page.reload()
        loaded(page).evaluate(FETCH_ALL)
        PlainHandler.answers.set()
        page.evaluate("() => pixelfes.offline.forget()")
        page.reload()
        loaded(page)
        until(page, NOTHING_KEPT)
        page.context.close()


def test_the_folder_holds_the_headers_of_pixelfes_web(folder: Path) -> None:
    lines = (folder / PATH / "_headers").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "/*"
    assert dict(line.strip().split(": ", 1) for line in lines[1:]) == HEADERS


def test_the_example_for_nginx_has_the_same_headers() -> None:
    example = DOCS.read_text(encoding="utf-8")
    assert [name for name, value in HEADERS.items() if f'add_header {name} "{value}" always;' not in example] == []


def test_a_folder_with_something_else_is_left_alone(folder: Path) -> None:
    made = make(folder)
    assert made.returncode == 1
    assert "holds something else" in made.stderr
    assert (folder / "index.html").read_text(encoding="utf-8") == "<h1>another page</h1>"


def test_an_earlier_site_is_replaced(folder: Path) -> None:
    (folder / PATH / "assets/old.js").write_text("old", encoding="utf-8")
    assert make(folder / PATH).returncode == 0
    assert not (folder / PATH / "assets/old.js").exists()
