"""With the core packages alone, every command either works or says in one sentence what to install."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import pixelfes
from tests.cli.program import PORTRAIT, SECONDS

PHOTO = 'pip install "pixelfes[photo]"'
NEEDS = {
    ("apply", "me.jpg"): PHOTO,
    ("apply", "me.jpg", "-o", "out.jpg", "--json"): PHOTO,
    ("apply", "pairs", "-o", "out", "--workers", "2"): PHOTO,
    ("evaluate", "pairs", "-o", "report"): PHOTO,
    ("export", "smile", "--to", "c", "-o", "c"): PHOTO,
    ("export", "smile", "--to", "onnx", "-o", "m.onnx"): PHOTO,
    ("faces", "me.jpg"): PHOTO,
    ("fit", "pairs", "-o", "m.safetensors"): PHOTO,
    ("fit", "pairs", "-o", "m.safetensors", "--workers", "2"): PHOTO,
    ("fit", "pairs", "-o", "m.safetensors", "--method", "stargan", "--steps", "1"): 'pip install "pixelfes[gan]"',
    ("info", "smile"): PHOTO,
    ("people", "-n", "1", "-o", "people"): PHOTO,
    ("study", "results", "study"): 'pip install "pixelfes[study]"',
    ("study", "serve", "study"): 'pip install "pixelfes[study]"',
    ("study", "simulate", "study", "--strength", "1"): 'pip install "pixelfes[study]"',
    (
        "study",
        "new",
        "study",
        "--inputs",
        "pairs/neutral",
        "--outputs",
        "a=pairs/smile",
    ): 'pip install "pixelfes[study]"',
}


def core_files(name: str, found: dict[str, Path]) -> dict[str, Path]:
    """Return the top-level files of a package and of all that it requires, by name."""
    package = distribution(name)
    if name != "pixelfes":
        found |= {file.parts[0]: Path(str(package.locate_file(file.parts[0]))) for file in package.files or ()}
    for text in package.requires or ():
        needed = Requirement(text)
        is_core = needed.marker is None or needed.marker.evaluate({"extra": ""})
        metadata = needed.name.lower().replace("-", "_") + "-"
        if is_core and not any(entry.lower().startswith(metadata) for entry in found):
            core_files(needed.name, found)
    return found


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages that holds the core of pixelfes and nothing else."""
    folder = tmp_path_factory.mktemp("core")
    for name, path in core_files("pixelfes", {}).items():
        if path.exists() and name not in ("..", "bin", "__pycache__"):
            (folder / name).symlink_to(path)
    (folder / "pixelfes").symlink_to(Path(pixelfes.__file__).parent)
    return folder


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    for name in ("me.jpg", "pairs/neutral/a.jpg", "pairs/smile/a.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PORTRAIT, folder / name)
    return folder


def run(core: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(core)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_the_core_is_alone(core: Path, work: Path) -> None:
    result = run(core, work, "-c", "import numpy, PIL, safetensors, typer, rich, cv2")
    assert "No module named 'cv2'" in result.stderr


@pytest.mark.parametrize("arguments", NEEDS, ids=" ".join)
def test_a_command_says_in_one_sentence_what_to_install(arguments: tuple[str, ...], core: Path, work: Path) -> None:
    before = sorted(work.rglob("*"))
    result = run(core, work, "-m", "pixelfes", *arguments)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("pixelfes: ")
    assert result.stderr.endswith(f"{NEEDS[arguments]}\n")
    assert result.stderr.count("\n") == 1
    assert sorted(work.rglob("*")) == before


def test_help_and_version_need_the_core_alone(core: Path, work: Path) -> None:
    for arguments in (["--help"], ["--version"], ["apply", "--help"], ["study", "new", "--help"]):
        assert run(core, work, "-m", "pixelfes", *arguments).returncode == 0


@pytest.mark.parametrize("name", sorted(set(pixelfes.__all__) - {"__version__"}))
def test_a_name_of_the_package_works_or_says_what_to_install(name: str, core: Path, work: Path) -> None:
    program = f"import pixelfes\ntry: pixelfes.{name}\nexcept pixelfes.PixelfesError as error: print(error)"
    result = run(core, work, "-c", program)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.strip() in ("", f"a photo of a face needs OpenCV: {PHOTO}")


def test_load_says_what_to_install(core: Path, work: Path) -> None:
    result = run(core, work, "-c", "import pixelfes; pixelfes.load('smile')")
    assert result.stderr.splitlines()[-1].endswith(f"MissingDependencyError: a photo of a face needs OpenCV: {PHOTO}")
