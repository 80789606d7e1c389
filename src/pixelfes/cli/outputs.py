"""Checks of the files and folders that commands write, made before the long work."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pixelfes.errors import InputError, PhotoError, reason


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
    """Raise `PhotoError` if an output exists and may not be replaced."""
    if output.exists() and not overwrite:
        raise PhotoError(f"{output} already exists; add --overwrite to replace it")


def check_report_folder(output: Path, source: Path, source_name: str) -> None:
    """Raise `InputError` if the folder of a report is a file, or what the command reads; parameters as above."""
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file; name a folder for the report")
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError(f"the output {output} is the {source_name} itself; name another folder for the report")


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
