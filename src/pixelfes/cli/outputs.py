"""Checks of the files and folders that commands write, made before the long work."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from pixelfes.errors import InputError, PhotoError, reason

_START = 4000
"""Bytes from the start of a file that tell whether it was made here."""
_MARKS = (
    re.compile(rb"\s*<!doctype html>.*<meta name=\"generator\" content=\"pixelfes ", re.DOTALL | re.IGNORECASE),
    re.compile(rb"\x08.\x12\x08pixelfes", re.DOTALL),  # an ONNX graph: its version, then its producer
    re.compile(rb"/\* .*Made by pixelfes ", re.DOTALL),  # C
)


def check_output_file(output: Path, source: Path, source_name: str) -> None:
    """Raise `InputError` if an output is a folder, or the file that the command reads.

    Parameters
    ----------
    output, source : Path
        What the command writes, and what it reads.
    source_name : str
        What the message calls the source.
    """
    if output.is_dir():
        raise InputError(f"{output} is a folder; name a file")
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError(f"the output {output} is the {source_name} itself; name another file")


def check_replaceable(output: Path, overwrite: bool) -> None:
    """Raise `PhotoError` if an output exists, and neither did this program make it nor may any file be replaced."""
    if output.exists() and not overwrite and not is_made_here(output):
        raise PhotoError(f"{output} exists and was not made by this program; add --overwrite to replace it")


def is_made_here(path: Path) -> bool:
    """Return whether the content of a file says that this program wrote it.

    Photos say so in their metadata, models in their header, reports in a meta element, ONNX graphs and C in their first bytes.
    """
    if not path.is_file():  # reading a pipe would wait for ever
        return False
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError:
        return False
    if any(mark.match(start) for mark in _MARKS):
        return True
    if path.suffix.lower() == ".safetensors" or start[8:9] == b"{":
        from pixelfes.tensor_file import metadata_keys

        return any(key.startswith("pixelfes") for key in metadata_keys(path))
    from pixelfes.photos.provenance import made_by

    return (made_by(path) or "").startswith("pixelfes ")


def check_report_folder(output: Path, source: Path, source_name: str, overwrite: bool) -> None:
    """Raise an error if the folder of a report is a file, what the command reads, or holds anything but a report.

    Parameters
    ----------
    output, source, source_name
        As in `check_output_file`.
    overwrite : bool
        Whether it may hold other files, which are replaced if they have a name of the report's.

    Raises
    ------
    InputError, PhotoError
    """
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file; name a folder for the report")
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError(f"the output {output} is the {source_name} itself; name another folder for the report")
    if not overwrite and output.is_dir() and any(output.iterdir()) and not is_made_here(output / "index.html"):
        raise PhotoError(
            f"{output} holds files that are no report of this program; add --overwrite to write among them"
        )


def check_writable(folder: Path) -> None:
    """Raise `PhotoError` if no file can be made in a folder, or in its first existing parent."""
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise PhotoError(f"{folder} cannot be written to: {reason(error)}") from error


def make_folder(folder: Path) -> None:
    """Make a folder and its parents if they do not exist.

    Raises
    ------
    PhotoError
        If a folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PhotoError(f"{folder} cannot be written to: {reason(error)}") from error
