"""Write files completely or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from pixelfes.errors import PhotoError, reason


def write_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file completely or not at all; an existing file stays as it is until the new one is complete.

    An existing file keeps its permissions, and a symbolic link is followed.

    Raises
    ------
    PhotoError
        If the folder does not exist, the path is not a regular file, permission is denied, or the disk is full.
    """
    try:
        target = Path(path).resolve()
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and not stat.S_ISREG(mode):
            raise PhotoError(f"{os.fspath(path)} cannot be written: it exists and is not a regular file")
        temporary = target.with_name(f".pixelfes-{secrets.token_hex(8)}.tmp")
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                temporary.chmod(stat.S_IMODE(mode))
            temporary.replace(target)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise PhotoError(f"{os.fspath(path)} cannot be written: {reason(error)}") from error
