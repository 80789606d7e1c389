"""Where ``pixelfes apply`` writes each changed photo; an input is never overwritten."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pixelfes.cli.apply.inputs import Found, FoundPhoto
from pixelfes.cli.apply.outcomes import Outcome, Status
from pixelfes.errors import InputError, PhotoError
from pixelfes.photos.provenance import is_own_output, made_by
from pixelfes.photos.reading import FORMAT_OF_SUFFIX
from pixelfes.photos.writing import format_for

WRITTEN_AS = {".bmp": ".png", ".heic": ".jpg", ".heif": ".jpg", ".gif": ".webp"}
"""Suffixes of outputs whose own kind cannot carry the mark, or cannot be written."""


@dataclass(frozen=True)
class PhotoJob:
    """A photo to read (None: stdin), and the file and format to write."""

    source: Path | None
    target: Path
    format: str


@dataclass
class Plan:
    """What to do, and what is settled without doing anything."""

    jobs: list[PhotoJob] = field(default_factory=list)
    settled: list[Outcome] = field(default_factory=list)


@dataclass(frozen=True)
class Naming:
    """How outputs are named, and when existing files are replaced.

    Attributes
    ----------
    label : str
        What was done: "smile", "smile-compare".
    mark : str
        The text in the metadata of an output of these settings.
    overwrite : bool
    """

    label: str
    mark: str
    overwrite: bool


def safe_name(expression: str) -> str:
    """Return the name of an expression, fit for a file name; a model file may contain any text.

    Examples
    --------
    >>> safe_name("../../etc/big smile")
    'etc-big-smile'
    """
    return re.sub(r"[^\w]+", "-", expression).strip("-")[:40] or "expression"


def output_name(photo: Path, label: str) -> str:
    """Return the name of an output beside its photo.

    Examples
    --------
    >>> output_name(Path("trip/anna.jpg"), "smile"), output_name(Path("old.bmp"), "smile")
    ('anna.smile.jpg', 'old.smile.png')
    """
    return f"{photo.stem}.{label}{written_suffix(photo)}"


def written_suffix(photo: Path) -> str:
    """Return the suffix that the output of a photo gets; ".png" if the photo has none that is known."""
    suffix = photo.suffix
    known = suffix.lower() in FORMAT_OF_SUFFIX or suffix.lower() in (".jfif", ".jpe", ".mpo")
    return WRITTEN_AS.get(suffix.lower(), suffix if known else ".png")


def format_of(target: Path) -> str:
    """Return the format of a target; ``.jfif``, ``.jpe`` and ``.mpo`` are other names of JPEG."""
    return "JPEG" if target.suffix.lower() in (".jfif", ".jpe", ".mpo") else format_for(target)


def plan_outputs(found: Found, output: Path | None, naming: Naming, only: Container[Path] | None = None) -> Plan:
    """Decide where every photo goes, and which are finished.

    One photo goes to the output, into it if it is a folder, or beside itself. The photos of a folder keep their paths below it.

    Parameters
    ----------
    found : Found
    output : Path, or None for the default
    naming : Naming
    only : container of paths, optional
        The photos to plan; all count for the names of the outputs.

    Raises
    ------
    InputError
        If the output is an input, or several photos would go to one file.
    PhotoError
        If the output's name gives no known format.
    """
    plan = Plan()
    targets = _targets(found.photos, output, naming.label)
    inputs = {identity for photo in found.photos if (identity := _identity(photo.path)) is not None}
    for photo, target in targets.items():
        if only is not None and photo.path not in only:
            continue
        outcome = _settled(photo, target, inputs, naming)
        if outcome is None:
            plan.jobs.append(PhotoJob(photo.path, target, format_of(target)))
        else:
            plan.settled.append(outcome)
    return plan


def check_single_target(source: Path | None, target: Path, naming: Naming) -> None:
    """Raise an error if the output of one photo may not be written.

    Raises
    ------
    InputError
        If the output is the input.
    PhotoError
        If the output exists and may not be replaced, or its name gives no known format.
    """
    format_of(target)
    if source is not None and _identity(target) is not None and _identity(target) == _identity(source):
        raise InputError(f"the output {target} is the input itself; name another file")
    if target.exists() and not naming.overwrite and not is_own_output(target):
        raise PhotoError(f"{target} exists and was not made by this program; add --overwrite to replace it")


def is_finished(source: Path, target: Path, naming: Naming) -> bool:
    """Return whether a target was made with the same settings after its photo last changed, and is not to be made again."""
    if naming.overwrite or not target.exists() or made_by(target) != naming.mark:
        return False
    return source.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns


def _settled(photo: FoundPhoto, target: Path, inputs: set[tuple[int, int]], naming: Naming) -> Outcome | None:
    """Return the outcome of a photo that needs no work, or None."""
    source = str(photo.path)
    if _identity(target) in inputs:
        return Outcome(source, Status.FAILED, reason=f"{source}: its output {target} is one of the inputs")
    if is_finished(photo.path, target, naming):
        return Outcome(source, Status.FINISHED, str(target))
    try:
        check_single_target(photo.path, target, naming)
    except (InputError, PhotoError) as error:
        return Outcome(source, Status.FAILED, reason=str(error))
    return None


def _targets(photos: list[FoundPhoto], output: Path | None, label: str) -> dict[FoundPhoto, Path]:
    """Return the output of each photo; no two are the same file."""
    folders = list(dict.fromkeys(photo.root for photo in photos if photo.root is not None))
    targets: dict[FoundPhoto, Path] = {}
    for root in folders:
        inside = [photo for photo in photos if photo.root == root]
        base = _folder_target(root, output, label, alone=len(folders) == 1)
        relative = relative_targets([photo.path.relative_to(root) for photo in inside])
        targets |= {photo: base / relative[photo.path.relative_to(root)] for photo in inside}
    taken = {str(target).casefold() for target in targets.values()}
    for photo in (photo for photo in photos if photo.root is None):
        target = (output or photo.path.parent) / output_name(photo.path, label)
        number = 2
        while str(target).casefold() in taken:
            target = target.with_name(f"{photo.path.stem}-{number}.{label}{written_suffix(photo.path)}")
            number += 1
        taken.add(str(target).casefold())
        targets[photo] = target
    return targets


def _folder_target(root: Path, output: Path | None, label: str, *, alone: bool) -> Path:
    """Return where the photos of a folder go: the output, a folder in it, or ``FOLDER.label`` beside the folder."""
    if output is None:
        return default_folder(root, label)
    return output if alone else output / _named(root).name


def default_folder(folder: Path, label: str) -> Path:
    """Return where the photos of a folder go by default: ``FOLDER.label`` beside it."""
    named = _named(folder)
    return named.with_name(f"{named.name}.{label}")


def _named(folder: Path) -> Path:
    """Return a path of a folder that ends in its name; "." and ".." are resolved."""
    return folder if folder.name not in ("", "..") else folder.resolve()


def relative_targets(photos: Iterable[Path]) -> dict[Path, Path]:
    """Map each photo to its relative path in the output: the same path, but for kinds that are written as another.

    Examples
    --------
    >>> photos = map(Path, ["a.bmp", "b.bmp", "b.png"])
    >>> {str(photo): str(target) for photo, target in relative_targets(photos).items()}
    {'a.bmp': 'a.png', 'b.bmp': 'b.bmp.png', 'b.png': 'b.png'}
    """
    photos = list(photos)
    targets = {photo: photo for photo in photos}
    taken = {str(photo).casefold() for photo in photos}
    for photo in photos:
        suffix = photo.suffix.lower()
        if suffix in WRITTEN_AS:
            target = photo.with_suffix(WRITTEN_AS[suffix])
            while str(target).casefold() in taken:
                target = target.with_name(f"{target.stem}{suffix}{WRITTEN_AS[suffix]}")
            taken.add(str(target).casefold())
            targets[photo] = target
    return targets


def _identity(path: Path) -> tuple[int, int] | None:
    """Return device and inode, which name a file whatever path leads to it; None if there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
