"""Write files completely or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from pixelfes.errors import PhotoError, reason


def write_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a whole file or none: what is there under this name stays as it is until the new file is complete.

    Raises
    ------
    PhotoError
        If the file cannot be written: no such directory, no permission, no space left, or not a regular file.
    """
    try:
        target = Path(path).resolve()
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and not stat.S_ISREG(mode):
            raise PhotoError(f"{os.fspath(path)} cannot be written: it is there, and not a regular file")
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
