"""Where ``pixelfes apply`` reads each photo and writes the changed one; an input is never overwritten."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pixelfes.cli.outputs import check_replaceable, check_writable
from pixelfes.errors import InputError, reason
from pixelfes.photos.reading import FORMAT_OF_SUFFIX, IMAGE_SUFFIXES
from pixelfes.photos.writing import format_for


@dataclass(frozen=True)
class PhotoPaths:
    """A photo to read (None: stdin), and the file and format to write."""

    source: Path | None
    target: Path
    format: str


@dataclass
class FolderPaths:
    """The photos of a folder.

    Attributes
    ----------
    to_write : list of PhotoPaths
    n_finished : int
        Photos whose output exists.
    failures : list of str
        A sentence for each photo that cannot be changed.
    """

    to_write: list[PhotoPaths] = field(default_factory=list)
    n_finished: int = 0
    failures: list[str] = field(default_factory=list)


def safe_name(expression: str) -> str:
    """Return the name of an expression, fit for a file name; a model file may contain any text.

    Examples
    --------
    >>> safe_name("../../etc/big smile")
    'etc-big-smile'
    """
    return re.sub(r"[^\w]+", "-", expression).strip("-")[:40] or "expression"


def paths_for_photo(source: Path | None, output: Path | None, label: str, overwrite: bool) -> PhotoPaths:
    """Decide where one photo goes: to the output, into the output if it is a folder, or beside the photo.

    Raises
    ------
    InputError
        If the output is the input.
    PhotoError
        If the output exists and may not be replaced, or if its name gives no known format.
    """
    name = f"{source.stem if source else 'stdin'}.{label}.png"
    target = output or (source or Path()).with_name(name)
    if target.is_dir():
        target /= name
    paths = PhotoPaths(source, target, format_for(target))
    if source:
        _check_not_input(target, source)
    check_replaceable(target, overwrite)
    return paths


def paths_for_folder(folder: Path, output: Path, overwrite: bool) -> FolderPaths:
    """Decide where the photos of a folder go: to the same relative paths in the output.

    Raises
    ------
    InputError
        If the folder has no photos, or if the output is the input.
    PhotoError
        If the output cannot be written to.
    """
    _check_not_input(output, folder)
    found = FolderPaths()
    photos = _photos_in(folder, output, found.failures)
    check_writable(output)
    inputs = {_identity(photo) for photo in photos}
    for photo, relative in _relative_targets([photo.relative_to(folder) for photo in photos]).items():
        target = output / relative
        if target.exists() and _identity(target) in inputs:
            found.failures.append(f"{folder / photo}: its output {target} is one of the inputs")
        elif target.exists() and not overwrite:
            found.n_finished += 1
        else:
            # Suffixes that are not in the table, such as .jfif, are other names of JPEG.
            format = FORMAT_OF_SUFFIX.get(target.suffix.lower(), "JPEG")
            found.to_write.append(PhotoPaths(folder / photo, target, format))
    return found


def _check_not_input(output: Path, source: Path) -> None:
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError(f"the output {output} is the input itself; name another OUTPUT")


def _photos_in(folder: Path, excluded: Path, failures: list[str]) -> list[Path]:
    """List the photos below a folder, without hidden ones; add a sentence to failures for each unreadable folder.

    Raises
    ------
    InputError
        If there is no photo, and every folder can be read.
    """

    def note(error: OSError) -> None:
        failures.append(f"{error.filename} cannot be read: {reason(error)}")

    found = []
    excluded = excluded.resolve()
    for here, folders, names in os.walk(folder, onerror=note):
        paths = [Path(here, name) for name in sorted(names) if not name.startswith(".")]
        found += [path for path in paths if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()]
        folders[:] = sorted(n for n in folders if not n.startswith(".") and Path(here, n).resolve() != excluded)
    if not found and not failures:
        raise InputError(f"there is no photo ({', '.join(sorted(IMAGE_SUFFIXES))}) in {folder}")
    return found


def _relative_targets(photos: Iterable[Path]) -> dict[Path, Path]:
    """Map each photo to its relative path in the output: the same path, except that BMP files become PNG.

    Examples
    --------
    >>> photos = map(Path, ["a.bmp", "b.bmp", "b.png"])
    >>> {str(photo): str(target) for photo, target in _relative_targets(photos).items()}
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
    """Return device and inode, which name a file whatever path leads to it."""
    status = path.stat()
    return status.st_dev, status.st_ino
