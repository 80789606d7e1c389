"""Names of temporary files and folders that say which process made them, and the removal of those that it left behind.

A process that is killed cannot remove its temporary files. The next one that writes into the same folder does so.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
import time
import zlib
from functools import cache
from pathlib import Path

_NAME = re.compile(r"\.pixelfes-(?P<machine>[0-9a-f]{8})-(?P<process>\d+)-(?P<start>\d+)-[0-9a-f]{16}\.tmp")
_OLD = 86_400.0
"""Seconds after which a temporary file counts as left behind, where processes cannot be looked up."""


def temporary_beside(path: Path) -> Path:
    """Return a new name in the folder of a path, for a file or folder that will be renamed to it."""
    process = os.getpid()
    return path.with_name(f".pixelfes-{_machine()}-{process}-{_start_of(process)}-{secrets.token_hex(8)}.tmp")


@cache
def remove_abandoned(folder: Path) -> None:
    """Remove what killed processes of this machine left in a folder; once in the life of this process."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = _NAME.fullmatch(entry.name)
            if found and found["machine"] == _machine() and _is_gone(int(found["process"]), int(found["start"]), entry):
                _remove(Path(entry.path))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


@cache
def _machine() -> str:
    """Return what tells this machine from others that write to the same shared folder."""
    return f"{zlib.crc32(socket.gethostname().encode()):08x}"


def _start_of(process: int) -> int:
    """Return when a process started, in ticks since the machine did; 0 if that cannot be looked up, or it is gone."""
    try:
        text = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
        return int(text.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def _is_gone(process: int, start: int, entry: os.DirEntry[str]) -> bool:
    """Return whether the process that made an entry has ended. Process numbers are used again, so the start counts too."""
    if start:
        return _start_of(process) != start
    with contextlib.suppress(OSError):
        return time.time() - entry.stat(follow_symlinks=False).st_mtime > _OLD
    return False
