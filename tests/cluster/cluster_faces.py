"""What the tests of the cluster send to workers: providers of landmarks that do what real ones should not."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from pixelfes.arrays import Array, Pixels


class Watched:
    """Answers with given landmarks, and writes down in which process, and by which object, it was asked."""

    def __init__(self, points: Array, log: Path) -> None:
        self.points = points
        self.log = log

    def detect(self, pixels: Pixels) -> list[Array]:
        with self.log.open("a") as file:
            file.write(f"{os.getpid()} {id(self)}\n")
        return [self.points]


class Faulty:
    """Divides by nothing where a photo is black."""

    def detect(self, pixels: Pixels) -> list[Array]:
        if not pixels.any():
            raise ZeroDivisionError("black")
        return []


class Deadly:
    """Kills the process it works in where a photo is black."""

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
