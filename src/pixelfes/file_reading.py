"""Read files that may come from anybody: regular files only, up to a size; JSON up to a depth."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

LARGEST_JSON = 16 * 2**20
"""Bytes of a JSON file, at most."""


def read_regular_file(path: str | os.PathLike[str], largest: int) -> bytes:
    """Return the content of a file, and one byte more than ``largest`` if it is larger.

    Raises
    ------
    OSError
        If it cannot be read, or is a pipe, a socket or a device, where reading could wait for ever.
    """
    mode = Path(path).stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError("it is not a regular file")
    with Path(path).open("rb") as file:
        return file.read(largest + 1)


def read_json(path: Path) -> Any:
    """Return the content of a JSON file in UTF-8.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is no JSON, too large, nested too deeply, or has half a character.
    """
    data = read_regular_file(path, LARGEST_JSON)
    if len(data) > LARGEST_JSON:
        raise ValueError("it is too large")
    try:
        content = json.loads(data.decode("utf-8"))
        json.dumps(content, ensure_ascii=False).encode("utf-8")
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return content
