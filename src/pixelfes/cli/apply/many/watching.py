"""Watch folders: change photos as they appear."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from pixelfes.cli.apply.inputs import Found

INTERVAL = 0.5
"""Seconds between two looks. A photo is taken when two looks find it the same: then nobody writes to it any more."""

Stamp: TypeAlias = tuple[int, int]
"""Size and time of the last change of a file."""


@dataclass
class Watch:
    """What has been seen so far.

    Attributes
    ----------
    done : dict
        Photos that were dealt with, and how they were then; one that is replaced is dealt with again.
    """

    done: dict[Path, Stamp] = field(default_factory=dict)
    _last: dict[Path, Stamp] = field(default_factory=dict)

    def settled(self, found: Found) -> set[Path]:
        """Return the photos that are new or replaced since they were dealt with, and that nobody writes to."""
        stamps = {photo.path: stamp for photo in found.photos if (stamp := stamp_of(photo.path)) is not None}
        ready = {path for path, stamp in stamps.items() if self._last.get(path) == stamp != self.done.get(path)}
        self._last = stamps
        self.done |= {path: stamps[path] for path in ready}
        return ready


def stamp_of(path: Path) -> Stamp | None:
    """Return the size and the time of the last change of a file; None if it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def looks(find: Callable[[], Found]) -> Iterator[tuple[Found, set[Path]]]:
    """Look for ever; yield what is found, and which photos are to be changed now."""
    watch = Watch()
    while True:
        found = find()
        ready = watch.settled(found)
        if ready:
            yield found, ready
        else:
            time.sleep(INTERVAL)
