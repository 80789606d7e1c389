"""Without the packages of an extra, every command and ``load`` say in one sentence what to install."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.core_alone import NEEDS, WORK, make_inputs, problem_of, run
from tests.cli.test_grammar import LEAVES

MODULES = {
    "photo": ("cv2", "onnxruntime", "pillow_heif", "tifffile"),
    "cluster": ("dask", "distributed"),
    "judge": ("dlib", "face_recognition_models", "matplotlib", "skimage", "sklearn"),
    "onnx": ("onnx",),
    "gan": ("torch",),
    "video": ("av",),
    "live": ("pygame",),
    "virtual": ("pyvirtualcam",),
    "study": ("alembic", "fastapi", "jinja2", "psycopg", "sqlalchemy", "uvicorn"),
}
"""The modules that the packages of each extra bring."""

BLOCKER = """\
import os, sys

class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        absent = name.partition(".")[0] in os.environ["ABSENT"].split()
        return None if absent else self.finder.find_spec(name, path, target)

    def invalidate_caches(self):
        getattr(self.finder, "invalidate_caches", lambda: None)()

sys.meta_path[:] = map(Without, sys.meta_path)
"""
"""A `sitecustomize` that hides modules as if their packages were not installed."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the inputs of all commands, and the module that hides others."""
    made = tmp_path_factory.mktemp("alone")
    make_inputs(made)
    (made / "hidden").mkdir()
    (made / "hidden/sitecustomize.py").write_text(BLOCKER)
    done = run(WORK[0], made, without(made, *MODULES))
    assert (done.returncode, done.stderr) == (0, "")
    return made


def without(folder: Path, *extras: str) -> dict[str, str]:
    """The environment of a process that finds no module of some extras."""
    absent = " ".join(module for extra in extras for module in MODULES[extra])
    path = os.pathsep.join([str(folder / "hidden"), *filter(None, [os.environ.get("PYTHONPATH")])])
    return os.environ | {"PYTHONPATH": path, "ABSENT": absent}


def test_every_command_is_run() -> None:
    lines = [*NEEDS, *WORK]
    assert all(any(line == path or line.startswith(f"{path} ") for line in lines) for path in LEAVES)


@pytest.mark.parametrize("line", NEEDS)
def test_a_command_names_its_extra_in_one_sentence(line: str, folder: Path) -> None:
    assert problem_of(line, NEEDS[line], folder, without(folder, *MODULES)) == ""


@pytest.mark.parametrize("line", WORK[1:])
def test_what_needs_no_extra_works_without(line: str, folder: Path) -> None:
    assert run(line, folder, without(folder, *MODULES)).returncode == 0


@pytest.mark.parametrize(
    ("line", "extra"),
    [
        ("fit pairs -o m.safetensors --workers 1", "cluster"),
        ("fit pairs -o m.safetensors --method stargan --steps 1", "gan"),
        ("evaluate pairs -o report", "judge"),
        ("evaluate pairs -o report --methods stargan --network-steps 1", "gan"),
        ("export --to onnx -o smile.onnx", "onnx"),
        ("study serve made --port 0", "study"),
        ("study results made", "study"),
        ("study simulate made --strength a=1 --strength b=1", "study"),
        ("apply portrait.jpg", "photo"),
        ("apply clip.mp4", "video"),
        ("live --camera clip.mp4", "live"),
        ("live --virtual --camera clip.mp4", "virtual"),
    ],
)
def test_each_extra_alone_may_be_absent(line: str, extra: str, folder: Path) -> None:
    assert problem_of(line, extra, folder, without(folder, extra)) == ""


def test_a_heic_photo_names_the_extra_that_reads_it(folder: Path) -> None:
    (folder / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    hidden = without(folder) | {"ABSENT": "pillow_heif"}
    assert problem_of("apply phone.heic", "heic", folder, hidden) == ""


@pytest.mark.parametrize("code", ["load('smile')", "fictional_people(1)", "ExpressionModel().fit([('a', 'b')])"])
def test_python_names_the_extra_too(code: str, folder: Path) -> None:
    program = f"import pixelfes\ntry: pixelfes.{code}\nexcept pixelfes.PixelfesError as error: print(error)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=without(folder, *MODULES), check=True
    )
    assert re.fullmatch(r'[^\n]* needs OpenCV: pip install "pixelfes\[photo\]"\n', done.stdout)
