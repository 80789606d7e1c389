"""The example of docs/web.md for nginx serves the page as `pixelfes web` does."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pixelfes.export.web.server import HEADERS
from tests.web_page.offline.site import built, loaded, visit
from tests.web_page.offline.test_web_site import DOCS, FETCH_ALL, make

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WAIT = 30  # seconds until nginx answers
SETTINGS = """{user}daemon off; pid {folder}/pid; error_log stderr; worker_processes 1;
events {{}}
http {{
  include /etc/nginx/mime.types; access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; {location} }}
}}
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where nginx serves the page."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("no nginx: install nginx-light")
    built()
    folder = tmp_path_factory.mktemp("nginx")
    made = make(folder / "face")
    assert made.returncode == 0, made.stderr
    location = DOCS.read_text(encoding="utf-8").split("```nginx\n")[1].split("```")[0]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings = folder / "nginx.conf"
    user = "user root; " if os.getuid() == 0 else ""  # else its workers are another user's, who may not read here
    location = location.replace("/srv/face/", f"{folder}/face/")
    settings.write_text(SETTINGS.format(folder=folder, port=port, location=location, user=user), encoding="utf-8")
    with subprocess.Popen([nginx, "-c", settings], stderr=subprocess.PIPE) as server:
        try:
            wait_until_it_answers(port, server)
            yield f"http://127.0.0.1:{port}/face/"
        finally:
            server.terminate()


def wait_until_it_answers(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        assert server.poll() is None, server.stderr and server.stderr.read()
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("nginx does not answer")


@pytest.mark.parametrize(
    ("name", "status", "coding"),
    [("", 200, "gzip"), ("detector/ort-wasm-simd.wasm", 200, "gzip"), ("portrait.jpg", 200, None), ("none", 404, None)],
)
def test_every_answer_has_the_headers_of_pixelfes_web(url: str, name: str, status: int, coding: str | None) -> None:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=WAIT)
    connection.request("GET", address.path + name, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    assert {key: answer.getheader(key) for key in HEADERS} == HEADERS
    assert (answer.status, answer.getheader("Content-Encoding")) == (status, coding)
    if name.endswith(".wasm"):
        assert answer.getheader("Content-Type") == "application/wasm"
    connection.close()


def test_the_page_works_there(browser: Browser, url: str) -> None:
    page = loaded(visit(browser, url))
    page.evaluate(FETCH_ALL)
    found = page.evaluate("async () => (await pixelfes.faces(await (await fetch('portrait.jpg')).blob())).length")
    assert found == 1
    page.context.close()
