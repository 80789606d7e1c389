"""Change the frames of a film: faces are tracked, and each is drawn by a function of the caller.

Convention: frames are (H, W, 3) uint8, RGB; times in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from math import isfinite
from typing import TypeAlias

import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.errors import InputError
from pixelfes.face.landmarks import FaceChoice, LandmarkProvider
from pixelfes.tracking.face_tracker import FaceTracker
from pixelfes.tracking.track import TrackedFace

Draw: TypeAlias = Callable[[Pixels, TrackedFace], None]
"""Changes one face of a frame in place, as far as its share says."""

RATE = 25.0
"""Frames a second if no times are given."""


class FrameChange:
    """Changes the frames of one film, in order.

    Parameters
    ----------
    provider : LandmarkProvider
    face : {"all", "largest"}
    insist : bool
        Change every face, whatever its verdict.

    Attributes
    ----------
    faces : list of TrackedFace
        Those of the last frame, largest first.

    Raises
    ------
    InputError
        If ``face`` is another word.
    """

    def __init__(self, provider: LandmarkProvider, face: FaceChoice = "all", *, insist: bool = False) -> None:
        if face not in ("all", "largest"):
            raise InputError(f"face must be 'all' or 'largest'; found {face!r}")
        self._tracker = FaceTracker(provider, face, insist=insist)
        self.faces: list[TrackedFace] = []

    def changed(self, pixels: Pixels, time: float, draw: Draw) -> Pixels:
        """Return the next frame with its faces drawn; the same array if there is none to draw."""
        self.faces = self._tracker.update(pixels, time)
        drawn = [face for face in self.faces if face.share > 0]
        if not drawn:
            return pixels
        out = pixels.copy()
        for face in drawn:
            draw(out, face)
        return out


def stream_frames(
    change: FrameChange,
    frames: Iterable[Pixels],
    times: Iterable[float] | None,
    draw_at: Callable[[float], Draw],
) -> Iterator[Pixels]:
    """Yield the frames of a film, with the faces drawn by the function of each time.

    Raises
    ------
    InputError
        If a frame is of another kind, or times do not rise or are too few.
    """
    given = (number / RATE for number in count()) if times is None else iter(times)
    last = -np.inf
    for frame in frames:
        time = next(given, None)
        if time is None:
            raise InputError("there are fewer times than frames")
        if not isfinite(time) or time <= last:
            raise InputError(f"times must rise from frame to frame; found {time:g} after {last:g}")
        last = float(time)
        yield change.changed(checked_frame(frame), last, draw_at(last))


def checked_frame(frame: object) -> Pixels:
    """Return a frame, or raise `InputError` if it is no (H, W, 3) array of uint8."""
    if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
        found = f"{frame.dtype} {frame.shape}" if isinstance(frame, np.ndarray) else type(frame).__name__
        raise InputError(f"a frame must be an array of uint8, (H, W, 3); found {found}")
    if 0 in frame.shape:
        raise InputError("a frame must have pixels; found none")
    return frame
