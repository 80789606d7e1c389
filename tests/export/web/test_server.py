"""The server of the page: for this machine's browser, and nothing but the page's files."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from pixelfes.errors import InputError
from pixelfes.export.web.server import PageServer, page_files

FILES = {
    "index.html": b"<p>the page</p>",
    "assets/a.js": b"1",
    "icons/icon.png": b"PNG",
    "manifest.webmanifest": b"{}",
    "face.wasm": b"\0asm",
    "face.wasm.br": b"by Brotli",
    "face.wasm.gz": b"by gzip",
}


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    with PageServer(FILES, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server: PageServer, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/", FILES["index.html"], "text/html; charset=utf-8"),
        ("/index.html?v=1", FILES["index.html"], "text/html; charset=utf-8"),
        ("/assets/a.js", b"1", "text/javascript; charset=utf-8"),
        ("/face.wasm", b"\0asm", "application/wasm"),
        ("/icons/icon.png", b"PNG", "image/png"),
        ("/manifest.webmanifest", b"{}", "application/manifest+json"),
    ],
)
def test_files_are_served_with_their_types(server: PageServer, path: str, body: bytes, kind: str) -> None:
    response, got = ask(server, path)
    assert (response.status, got, response.headers["Content-Type"]) == (200, body, kind)
    assert ask(server, path, "HEAD")[1] == b""


@pytest.mark.parametrize(
    ("accepted", "coding", "body"),
    [
        ("gzip, deflate, br, zstd", "br", b"by Brotli"),
        ("gzip, deflate", "gzip", b"by gzip"),
        ("br;q=0, identity", None, b"\0asm"),
    ],
)
def test_a_file_travels_compressed_to_those_who_can_read_it(
    server: PageServer, accepted: str, coding: str | None, body: bytes
) -> None:
    response, got = ask(server, "/face.wasm", **{"Accept-Encoding": accepted})
    assert (response.headers["Content-Encoding"], got) == (coding, body)
    assert response.headers["Content-Type"] == "application/wasm"
    assert response.headers["Vary"] == "Accept-Encoding"


def test_what_a_browser_has_already_is_not_sent_again(server: PageServer) -> None:
    tag = ask(server, "/face.wasm")[0].headers["ETag"]
    response, body = ask(server, "/face.wasm", **{"If-None-Match": tag})
    assert (response.status, body) == (304, b"")
    assert "'wasm-unsafe-eval'" in response.headers["Content-Security-Policy"]
    assert ask(server, "/assets/a.js", **{"If-None-Match": tag})[0].status == 200
    assert ask(server, "/face.wasm", **{"If-None-Match": tag, "Accept-Encoding": "br"})[0].status == 200


def test_the_page_may_speak_to_its_own_server_only(server: PageServer) -> None:
    headers = ask(server, "/")[0].headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_the_page_s_own_policy_is_that_of_the_server() -> None:
    source = Path(__file__).parents[3] / "web"
    for name in ("index.html", "benchmark.html"):
        with PageServer({}, 0) as server:
            policy = ask_policy(server)
        assert policy.removesuffix("; frame-ancestors 'none'") in (source / name).read_text(encoding="utf-8")


def ask_policy(server: PageServer) -> str:
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    policy = ask(server, "/")[0].headers["Content-Security-Policy"]
    thread.join()
    return str(policy)


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/assets", "/assets/../../x", "/nothing"],
)
def test_nothing_but_the_page_is_found(server: PageServer, path: str) -> None:
    assert ask(server, path)[0].status == 404


@pytest.mark.parametrize("host", ["example.com", "example.com:80", "127.0.0.1", "127.0.0.1.example.com", ""])
def test_a_request_under_another_name_is_refused(server: PageServer, host: str) -> None:
    response, body = ask(server, "/", Host=host)
    assert response.status == 421
    assert b"the page" not in body


def test_localhost_is_this_machine_as_well(server: PageServer) -> None:
    assert ask(server, "/", Host=f"localhost:{server.server_port}")[0].status == 200


def test_other_methods_are_refused(server: PageServer) -> None:
    assert ask(server, "/", "PUT")[0].status == 501


def test_photos_are_refused_in_a_sentence(server: PageServer) -> None:
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request("POST", "/share", body=bytes(3_000_000))
    response = connection.getresponse()
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")
    assert b"this server takes no photos: open http://127.0.0.1" in response.read()
    connection.close()


def test_only_this_machine_is_listened_to(server: PageServer) -> None:
    assert server.server_address[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_said(server: PageServer) -> None:
    with pytest.raises(InputError, match=f"port {server.server_port} cannot be used: another program is using it"):
        PageServer({}, server.server_port)


def test_a_page_that_was_not_built_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run `make web` in a checkout"):
        page_files(tmp_path)


def test_in_a_checkout_one_line_says_how_to_build_the_page(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/make_web_model.py").touch()
    with pytest.raises(InputError) as problem:
        page_files(tmp_path / "src/pixelfes/web_page")
    assert str(problem.value) == "the page is not built yet: run `make web` first"


def test_links_out_of_the_folder_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_bytes(b"<p>")
    (tmp_path / "away").symlink_to("/etc/passwd")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.js").write_bytes(b"1")
    assert page_files(tmp_path) == {"index.html": b"<p>", "assets/a.js": b"1"}


def test_a_client_that_says_nothing_keeps_nobody_waiting(server: PageServer) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port)):
        assert ask(server, "/")[0].status == 200


def test_a_browser_that_goes_away_leaves_no_traceback_and_other_errors_do(
    server: PageServer, capsys: pytest.CaptureFixture[str]
) -> None:
    for error, says in ((ConnectionResetError(104, "gone"), False), (ValueError("a fault"), True)):
        try:
            raise error
        except Exception:
            server.handle_error(None, ("127.0.0.1", 1))
        assert ("Traceback" in capsys.readouterr().err) == says
