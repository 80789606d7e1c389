"""Where photos come from and where they go: the files of a folder, names of outputs, and never over an input."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pixelfes.errors import InputError, PhotoError, reason
from pixelfes.photos.reading import FORMAT_OF_SUFFIX, IMAGE_SUFFIXES
from pixelfes.photos.writing import format_for


@dataclass(frozen=True)
class Job:
    """A photo to be read (None: standard input), and the file and format to write it to."""

    source: Path | None
    target: Path
    format: str


@dataclass
class Plan:
    """The photos of a folder: those to do, how many are finished, and what cannot be done, in sentences."""

    jobs: list[Job] = field(default_factory=list)
    finished: int = 0
    failures: list[str] = field(default_factory=list)


def safe_name(expression: str) -> str:
    """Return the name of an expression, which any model file can choose, fit to be a part of a file's name.

    Examples
    --------
    >>> safe_name("../../etc/big smile")
    'etc-big-smile'
    """
    return re.sub(r"[^\w]+", "-", expression).strip("-")[:40] or "expression"


def plan_file(source: Path | None, output: Path | None, label: str, overwrite: bool) -> Job:
    """Decide where one photo goes: to the output, into it if it is a folder, or beside the photo.

    Raises
    ------
    InputError, PhotoError
        Where the output is the input, is there already, or has a name that says no format.
    """
    name = f"{source.stem if source else 'stdin'}.{label}.png"
    target = output or (source or Path()).with_name(name)
    if target.is_dir():
        target /= name
    job = Job(source, target, format_for(target))
    if source and target.exists() and source.exists() and target.samefile(source):
        raise InputError(f"the output {target} is the input itself; name another OUTPUT")
    if target.exists() and not overwrite:
        raise PhotoError(f"{target} is there already; add --overwrite to replace it")
    return job


def plan_folder(folder: Path, output: Path, overwrite: bool) -> Plan:
    """Decide where the photos of a folder go: to the same relative paths in the output.

    Raises
    ------
    InputError, PhotoError
        Where there are no photos, the output is the input, or nothing can be written there.
    """
    if output.exists() and output.samefile(folder):
        raise InputError(f"the output {output} is the input itself; name another OUTPUT")
    plan = Plan()
    photos = _photos(folder, output, plan.failures)
    if not photos and not plan.failures:
        raise InputError(f"there is no photo ({', '.join(sorted(IMAGE_SUFFIXES))}) in {folder}")
    check_writable(output)
    inputs = {_identity(photo) for photo in photos}
    for photo, relative in _targets([photo.relative_to(folder) for photo in photos]).items():
        target = output / relative
        if target.exists() and _identity(target) in inputs:
            plan.failures.append(f"{folder / photo}: its output {target} is one of the inputs")
        elif target.exists() and not overwrite:
            plan.finished += 1
        else:
            # What is left beside BMP, .jfif and the like, is JPEG by other names.
            plan.jobs.append(Job(folder / photo, target, FORMAT_OF_SUFFIX.get(target.suffix.lower(), "JPEG")))
    return plan


def check_writable(folder: Path) -> None:
    """Raise `PhotoError` unless files can be made in the folder, or the folder itself where it is missing."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise PhotoError(f"{folder} cannot be written to: {reason(error)}") from error


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PhotoError(f"{folder} cannot be written to: {reason(error)}") from error


def _photos(folder: Path, leave_out: Path, failures: list[str]) -> list[Path]:
    """List the photos below a folder, hidden ones left out; what cannot be looked into goes to the failures."""

    def note(error: OSError) -> None:
        failures.append(f"{error.filename} cannot be read: {reason(error)}")

    found = []
    left_out = leave_out.resolve()
    for here, folders, names in os.walk(folder, onerror=note):
        paths = [Path(here, name) for name in sorted(names) if not name.startswith(".")]
        found += [path for path in paths if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()]
        folders[:] = sorted(n for n in folders if not n.startswith(".") and Path(here, n).resolve() != left_out)
    return found


def _targets(photos: Iterable[Path]) -> dict[Path, Path]:
    """Give every photo its relative path in the output: its own, but a name in .png where it is a BMP file.

    Examples
    --------
    >>> {str(a): str(b) for a, b in _targets(map(Path, ["a.bmp", "b.bmp", "b.png"])).items()}
    {'a.bmp': 'a.png', 'b.bmp': 'b.bmp.png', 'b.png': 'b.png'}
    """
    photos = list(photos)
    targets = {photo: photo for photo in photos}
    taken = {str(photo).casefold() for photo in photos}
    for photo in photos:
        if photo.suffix.lower() == ".bmp":
            target = photo.with_suffix(".png")
            while str(target).casefold() in taken:
                target = target.with_name(f"{target.stem}.bmp.png")
            taken.add(str(target).casefold())
            targets[photo] = target
    return targets


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino
