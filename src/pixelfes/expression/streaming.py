"""Change the frames of a film: faces are tracked, and what is read from them is steady.

Convention: frames are (H, W, 3) uint8, RGB; times in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from math import isfinite
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.errors import InputError
from pixelfes.face.landmarks import FaceChoice, LandmarkProvider
from pixelfes.face.trust.verdicts import Verdict
from pixelfes.tracking.face_tracker import FaceTracker
from pixelfes.tracking.track import TrackedFace

if TYPE_CHECKING:
    from pixelfes.expression.base import Model, TeethChoice

ModelAt: TypeAlias = "Callable[[float], tuple[Model, float]]"
"""Returns the model and the intensity of a time."""

RATE = 25.0
"""Frames a second if no times are given."""
_LEAST_INTENSITY = 1e-3


class FrameChange:
    """Changes the frames of one film, in order.

    Parameters
    ----------
    provider : LandmarkProvider
    face : {"all", "largest"}
    insist : bool
        Change every face, whatever its verdict.
    teeth : {"auto", "closed", "open"}

    Attributes
    ----------
    faces : list of TrackedFace
        Those of the last frame, largest first.
    """

    def __init__(
        self, provider: LandmarkProvider, face: FaceChoice = "all", *, insist: bool = False, teeth: TeethChoice = "auto"
    ) -> None:
        if face not in ("all", "largest"):
            raise InputError(f"face must be 'all' or 'largest'; found {face!r}")
        self._tracker = FaceTracker(provider, face, insist=insist)
        self._teeth = teeth
        self.faces: list[TrackedFace] = []

    def changed(self, pixels: Pixels, time: float, model: Model, intensity: float) -> Pixels:
        """Return the next frame with the expression of a model on its faces; the same array if nothing changes."""
        self.faces = self._tracker.update(pixels, time)
        drawn = [face for face in self.faces if face.share * intensity >= _LEAST_INTENSITY]
        if not drawn:
            return pixels
        out = pixels.copy()
        for face in drawn:
            closed = self._teeth == "auto" and face.verdict == Verdict.NOT_HUMAN
            model.change_tracked(out, face, face.share * intensity, "closed" if closed else self._teeth)
        return out


def stream_frames(
    change: FrameChange, frames: Iterable[Pixels], times: Iterable[float] | None, model_at: ModelAt
) -> Iterator[Pixels]:
    """Yield the frames of a film, changed by the model of each time; see `Model.stream`."""
    given = (number / RATE for number in count()) if times is None else iter(times)
    last = -np.inf
    for frame in frames:
        time = next(given, None)
        if time is None:
            raise InputError("there are fewer times than frames")
        if not isfinite(time) or time <= last:
            raise InputError(f"times must rise from frame to frame; found {time:g} after {last:g}")
        last = float(time)
        yield change.changed(checked_frame(frame), last, *model_at(last))


def checked_frame(frame: object) -> Pixels:
    """Return a frame, or raise `InputError` if it is no (H, W, 3) array of uint8."""
    if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
        found = f"{frame.dtype} {frame.shape}" if isinstance(frame, np.ndarray) else type(frame).__name__
        raise InputError(f"a frame must be an array of uint8, (H, W, 3); found {found}")
    if 0 in frame.shape:
        raise InputError("a frame must have pixels; found none")
    return frame
