"""Landmark providers that the tests of the cluster send to workers: they record calls, fail, or kill the process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from pixelfes.arrays import Array, Pixels


class Watched:
    """Returns given landmarks; logs the process and the object of every call."""

    def __init__(self, points: Array, log: Path) -> None:
        self.points = points
        self.log = log

    def detect(self, pixels: Pixels) -> list[Array]:
        with self.log.open("a") as file:
            file.write(f"{os.getpid()} {id(self)}\n")
        return [self.points]


class Faulty:
    """Raises `ZeroDivisionError` if a photo is black."""

    def detect(self, pixels: Pixels) -> list[Array]:
        if not pixels.any():
            raise ZeroDivisionError("black")
        return []


class Deadly:
    """Kills its process if a photo is black."""

    def detect(self, pixels: Pixels) -> list[Array]:
        if not pixels.any():
            os.kill(os.getpid(), signal.SIGKILL)
        return []


class Unsendable:
    """Cannot be pickled."""

    def __reduce__(self) -> str:
        raise TypeError("it holds a camera")

    def detect(self, pixels: Pixels) -> list[Array]:
        return []
