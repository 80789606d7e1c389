"""Frames of a camera, each as soon as it is there; of a file, one after another."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.errors import ClipError

_PATIENCE = 10.0
"""Seconds without a frame after which a camera counts as gone."""


@dataclass(frozen=True, eq=False)
class LiveFrame:
    """A frame (H, W, 3) uint8, RGB, and when it came, seconds of a clock that only rises."""

    pixels: Pixels
    time: float


@contextmanager
def opened_camera(source: int | str, size: tuple[int, int] | None = None) -> Iterator[Iterator[LiveFrame]]:
    """Give the frames of a camera by its number, or of a video file by its path.

    Parameters
    ----------
    source : int or str
    size : (int, int), optional
        Width and height that the camera is asked for, pixels.

    Raises
    ------
    ClipError
        If it cannot be opened.
    """
    with _quiet():
        capture = cv2.VideoCapture(source)
    try:
        if size is not None:
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
        if not capture.isOpened():
            raise ClipError(f"{'camera ' if isinstance(source, int) else ''}{source} cannot be opened")
        if isinstance(source, int):
            with _Newest(capture) as newest:
                yield iter(newest)
        else:
            yield _all_of(capture)
    finally:
        capture.release()


@contextmanager
def _quiet() -> Iterator[None]:
    """Let OpenCV say nothing of cameras that are not there."""
    before = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)


def _all_of(capture: Any) -> Iterator[LiveFrame]:
    while (frame := _read(capture)) is not None:
        yield frame


def _read(capture: Any) -> LiveFrame | None:
    good, pixels = capture.read()
    return LiveFrame(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8), time.monotonic()) if good else None


class _Newest:
    """Reads a camera in a thread of its own, and gives the newest frame: what came meanwhile is left out."""

    def __init__(self, capture: Any) -> None:
        self._capture = capture
        self._frame: LiveFrame | None = None
        self._changed = threading.Condition()
        self._is_open = True
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def __enter__(self) -> _Newest:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_open = False
        self._thread.join()

    def __iter__(self) -> Iterator[LiveFrame]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._frame is not None or not self._is_open, _PATIENCE)
                frame, self._frame = self._frame, None
            if frame is None:
                return
            yield frame

    def _run(self) -> None:
        while self._is_open and (frame := _read(self._capture)) is not None:
            with self._changed:
                self._frame = frame
                self._changed.notify_all()
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
