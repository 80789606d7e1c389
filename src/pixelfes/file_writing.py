"""Write files and folders completely or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from pixelfes.errors import PhotoError, reason
from pixelfes.temporary_files import remove_abandoned, temporary_beside


def write_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file completely or not at all; an existing file stays as it is until the new one is complete.

    An existing file keeps its permissions, and a symbolic link is followed.

    Raises
    ------
    PhotoError
        If the folder does not exist, the path is not a regular file, permission is denied, or the disk is full.
    """
    with new_file(path) as temporary, _named_errors(path), temporary.open("xb") as file:
        file.write(data)


@contextlib.contextmanager
def new_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give the name of a temporary file to write, which becomes the target at the end, or vanishes after an error.

    Raises
    ------
    PhotoError
        As `write_file`. Errors of the code that writes the temporary file pass through.
    """
    with _named_errors(path):
        target = Path(path).resolve()
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and not stat.S_ISREG(mode):
            raise PhotoError(f"{os.fspath(path)} cannot be written: it exists and is not a regular file")
        remove_abandoned(target.parent)
        temporary = temporary_beside(target)
    try:
        yield temporary
        with _named_errors(path):
            _put_in_place(temporary, target, mode)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _put_in_place(temporary: Path, target: Path, mode: int | None) -> None:
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    if mode is not None:
        temporary.chmod(stat.S_IMODE(mode))
    temporary.replace(target)


@contextlib.contextmanager
def _named_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn errors of the file system into a `PhotoError` that names the path."""
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        raise PhotoError(f"{os.fspath(path)} cannot be written: {reason(error)}") from error


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder that becomes a new one at the end, or vanishes after an error.

    Parameters
    ----------
    folder : Path
        An empty folder, or none.

    Raises
    ------
    PhotoError
        If the folder cannot be made.
    """
    target = folder.absolute()
    working = temporary_beside(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(target.parent)
        working.mkdir()
        yield working
        if target.exists():
            target.rmdir()
        working.rename(target)
    except OSError as error:
        raise PhotoError(f"{folder} cannot be made: {reason(error)}") from error
    finally:
        shutil.rmtree(working, ignore_errors=True)
