"""``pixelfes web``."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

import pixelfes.export.web.server
from pixelfes.errors import InputError
from pixelfes.export.web.server import page_files
from tests.cli.program import PROGRAM, SECONDS, fail_here, misuse


def built() -> bool:
    try:
        page_files()
    except InputError:
        return False
    return True


needs_page = pytest.mark.skipif(not built(), reason="the page is not built: make web")


def fetched(url: str) -> bytes:
    with urlopen(url, timeout=60) as response:  # noqa: S310 (http, to this machine)
        return bytes(response.read())


@needs_page
def test_the_page_is_served_until_ctrl_c(tmp_path: Path) -> None:
    command = [*PROGRAM, "web", "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[0]
        try:
            page, model = fetched(url), fetched(f"{url}model.safetensors")
        finally:
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=SECONDS)
        assert url.startswith("http://127.0.0.1:")
        assert b"<title>pixelfes: another expression for your photo</title>" in page
        assert b"pixelfes-web" in model
        assert (process.returncode, errors) == (0, "")


@needs_page
def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} cannot be used" in fail_here("web", "--port", str(port))


@needs_page
def test_a_model_that_is_not_there_is_said_in_a_sentence() -> None:
    assert "nothing" in fail_here("web", "--port", "0", "--model", "nothing.safetensors")


def test_a_port_that_cannot_be_is_wrong_usage() -> None:
    assert "--port" in misuse("web", "--port", "65536")


def test_without_a_built_page_the_program_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixelfes.export.web.server, "files", lambda package: tmp_path)
    assert "make web" in fail_here("web", "--port", "0")


def test_the_command_imports_nothing_heavy_to_serve() -> None:
    code = "import sys, pixelfes.export.web.server; print({'numpy', 'cv2', 'onnxruntime'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
