"""Runs the real program in a real process, and tells what it did."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance
from typer.testing import CliRunner

from pixelfes.cli.main import app
from pixelfes.photos.reading import read_photo

PORTRAIT = Path(str(files("pixelfes") / "assets" / "portrait.jpg"))
PROGRAM = [sys.executable, "-m", "pixelfes"]
SIDE = 320
SECONDS = 240
"""How long a process may take before it counts as stuck; a busy machine is slow."""


def pixelfes(*arguments: str | Path, folder: Path, stdin: bytes = b"", **environment: str) -> Any:
    """Run the program in a folder to its end; bytes come out."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        cwd=folder,
        input=stdin,
        capture_output=True,
        timeout=SECONDS,
        env=os.environ | environment,
        check=False,
    )


def succeed(*arguments: str | Path, folder: Path, stdin: bytes = b"", **environment: str) -> str:
    """Run the program, which is to succeed with nothing on stderr; return stdout."""
    result = pixelfes(*arguments, folder=folder, stdin=stdin, **environment)
    assert (result.returncode, result.stderr) == (0, b"")
    return str(result.stdout.decode())


def fail(*arguments: str | Path, folder: Path, stdin: bytes = b"") -> str:
    """Run the program, which is to fail with one sentence, write nothing, and leave no file; return the sentence."""
    before = sorted(folder.rglob("*"))
    result = pixelfes(*arguments, folder=folder, stdin=stdin)
    assert (result.returncode, result.stdout) == (1, b"")
    assert sorted(folder.rglob("*")) == before
    return one_sentence(result.stderr.decode())


def fail_here(*arguments: str | Path) -> str:
    """Do what `fail` does inside this process, for failures that come before anything heavy."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert (result.exit_code, result.stdout) == (1, "")
    return one_sentence(result.stderr)


def misuse(*arguments: str | Path) -> str:
    """Use the program wrongly inside this process; return what it says."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr


def one_sentence(text: str) -> str:
    """Check that an error is one line for people."""
    assert text.startswith("pixelfes: ")
    assert text.endswith("\n")
    assert text.count("\n") == 1
    assert "Traceback" not in text
    return text.removeprefix("pixelfes: ").strip()


def portrait(side: int = SIDE) -> Image.Image:
    """Return the shipped portrait of nobody, small."""
    with Image.open(PORTRAIT) as image:
        return image.resize((side, side))


def make_pairs(folder: Path, lights: Iterable[float]) -> Path:
    """Write pairs of the portrait in several lights; the shipped model made the smiles, and nothing in them says so."""
    (folder / "neutral").mkdir(parents=True)
    for number, light in enumerate(lights):
        ImageEnhance.Brightness(portrait()).enhance(light).save(folder / f"neutral/{number}.png")
    succeed("apply", "neutral", "-o", "grin", folder=folder)
    for path in (folder / "grin").iterdir():
        Image.fromarray(read_photo(path).pixels).save(path)
    return folder


def pixels_of(source: Path | bytes) -> npt.NDArray[np.int16]:
    """Return the pixels of a photo, ready for differences."""
    return read_photo(source).pixels.astype(np.int16)


def smiles(before: npt.NDArray[np.int16], after: npt.NDArray[np.int16]) -> bool:
    """Whether two pictures of the portrait are alike but for the mouth."""
    assert before.shape == after.shape
    difference = np.abs(after - before).mean(2)
    side = len(difference)
    mouth = difference[side // 2 : side * 3 // 4, side * 3 // 8 : side * 5 // 8]
    corner = difference[: side // 8, : side // 8]
    return bool(mouth.mean() > 6 and corner.mean() < 3)
