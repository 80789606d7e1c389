"""Find the photos that ``pixelfes apply`` was given: files, and what is in folders; what is left out is named."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pixelfes.cli.apply.outcomes import Outcome, Status
from pixelfes.errors import InputError, reason
from pixelfes.photos.provenance import is_own_output
from pixelfes.photos.reading import IMAGE_SUFFIXES

HINTS = {
    **dict.fromkeys((".heic", ".heif"), 'HEIC is read with the extra heic: pip install "pixelfes[heic]"'),
    **dict.fromkeys(
        (".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".rw2", ".raf", ".raw"), "develop it to JPEG first"
    ),
    **dict.fromkeys(
        (".psd", ".svg", ".eps", ".pdf", ".ai", ".xcf", ".jxl", ".jp2", ".ico", ".tga"), "export it as PNG first"
    ),
    **dict.fromkeys((".mp4", ".mov", ".mkv", ".webm", ".m4v"), "it is a clip: name it itself"),
    **dict.fromkeys((".avi", ".mpg", ".mpeg"), "it is a clip of a kind that is not read"),
}
"""What to do with files of other kinds that show pictures, by suffix."""


@dataclass(frozen=True)
class FoundPhoto:
    """A photo, and the folder that was given (None if the photo itself was given)."""

    path: Path
    root: Path | None = None


@dataclass
class Found:
    """The photos, and what was left out."""

    photos: list[FoundPhoto] = field(default_factory=list)
    others: list[Outcome] = field(default_factory=list)

    def leave_out(self, path: Path, why: str, *, is_asked_for: bool = True) -> None:
        """Note that a file is left out."""
        self.others.append(Outcome(str(path), Status.LEFT_OUT, reason=why, is_asked_for=is_asked_for))


def find_photos(inputs: Iterable[Path], excluded: Path | None) -> Found:
    """Return the photos of files and folders, in order; each once.

    Parameters
    ----------
    inputs : paths
        A file that does not exist counts as a photo; reading it says so.
    excluded : Path, or None
        A folder that is not walked: that of the outputs.

    Raises
    ------
    InputError
        If there is no photo and nothing else to say.
    """
    inputs = list(inputs)
    found = look_for_photos(inputs, excluded)
    if not found.photos and not any(outcome.is_undone for outcome in found.others):
        kinds = ", ".join(sorted(IMAGE_SUFFIXES))
        raise InputError(f"there is no photo ({kinds}) in {', '.join(map(str, inputs))}")
    return found


def look_for_photos(inputs: Iterable[Path], excluded: Path | None) -> Found:
    """Return the photos of files and folders like `find_photos`, even if there is none."""
    found, inputs = Found(), list(inputs)
    for path in inputs:
        if path.is_dir():
            _walk(path, excluded, found)
        elif len(inputs) > 1 and _is_own(path):
            found.leave_out(path, "it is an output of this program", is_asked_for=False)
        else:
            found.photos.append(FoundPhoto(path))
    found.photos = list({_key(photo.path): photo for photo in reversed(found.photos)}.values())[::-1]
    return found


def _walk(folder: Path, excluded: Path | None, found: Found) -> None:
    """Add the photos below a folder. Hidden files are passed over."""

    def note(error: OSError) -> None:
        found.others.append(
            Outcome(str(error.filename), Status.FAILED, reason=f"{error.filename} cannot be read: {reason(error)}")
        )

    other_kinds: Counter[str] = Counter()
    beyond = excluded.resolve() if excluded else None
    for here, folders, names in os.walk(folder, onerror=note):
        for name in sorted(n for n in names if not n.startswith(".")):
            _add_file(Path(here, name), folder, found, other_kinds)
        visible = [Path(here, name) for name in sorted(folders) if not name.startswith(".")]
        for path in visible:
            if path.is_symlink():
                found.leave_out(path, "it is a link to a folder")
        folders[:] = [path.name for path in visible if not path.is_symlink() and path.resolve() != beyond]
    if other_kinds:
        kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(other_kinds.items()))
        found.leave_out(folder, f"files that are no photos: {kinds}", is_asked_for=False)


def _add_file(path: Path, root: Path, found: Found, other_kinds: Counter[str]) -> None:
    suffix = path.suffix.lower()
    if suffix not in IMAGE_SUFFIXES:
        if suffix in HINTS:
            found.leave_out(path, HINTS[suffix])
        else:
            other_kinds[suffix or "without suffix"] += 1
    elif path.is_symlink():
        found.leave_out(path, "it is a link")
    elif not path.is_file():
        found.leave_out(path, "it is not a regular file")
    elif _is_own(path):
        found.leave_out(path, "it is an output of this program", is_asked_for=False)
    else:
        found.photos.append(FoundPhoto(path, root))


def _is_own(path: Path) -> bool:
    """Return whether this program made a file; it is opened once as long as it stays the same."""
    try:
        status = path.stat()
    except OSError:
        return False
    return _is_own_as_it_is(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=200_000)
def _is_own_as_it_is(path: Path, size: int, changed: int) -> bool:
    return is_own_output(path)


def _key(path: Path) -> object:
    """Return what names a file whatever path leads to it."""
    try:
        status = path.stat()
    except OSError:
        return str(path)
    return status.st_dev, status.st_ino
