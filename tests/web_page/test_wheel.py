"""A wheel made after ``make web`` serves the page."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pixelfes.export.web.server import page_files

ROOT = Path(__file__).parents[2]


def test_the_wheel_holds_the_page_and_serves_it(url: str, tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="no hatchling: it is in the extra dev")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / "installed")
    code = "from pixelfes.export.web.server import page_files; print(*sorted(page_files()), sep='\\n')"
    names = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "installed")},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert names == sorted(
        name for name in page_files() if not name.endswith(".gz")
    )  # every browser of today reads Brotli
    assert {"index.html", "sw.js", "model.safetensors", "detector/face_landmarks.onnx"} <= set(names)
    assert not [name for name in names if name.endswith((".ts", ".map"))]
