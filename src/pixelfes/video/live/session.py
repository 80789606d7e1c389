"""Change what a camera sees, until somebody ends it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.expression.base import LARGEST_INTENSITY
from pixelfes.tracking.frame_change import Draw, FrameChange
from pixelfes.video.live.camera import LiveFrame
from pixelfes.video.live.screens import Screen, Wish

_STEP = 0.1
_REMEMBERED = 30


class FrameRate:
    """Frames a second, over the last 30."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_REMEMBERED)

    def seen(self, time: float) -> float:
        """Count a frame at a time, s, and return the rate; 0 for the first.

        Examples
        --------
        >>> rate = FrameRate()
        >>> [rate.seen(time) for time in (0.0, 0.5, 1.0)]
        [0.0, 2.0, 2.0]
        """
        self._times.append(time)
        span = self._times[-1] - self._times[0]
        return (len(self._times) - 1) / span if span > 0 else 0.0


@dataclass
class Live:
    """What is shown.

    Attributes
    ----------
    change : FrameChange
    drawing : function from an intensity to what draws a face
    intensity : float
    is_mirrored : bool
        Whether left and right are exchanged, as in a mirror.
    """

    change: FrameChange
    drawing: Callable[[float], Draw]
    intensity: float = 1.0
    is_mirrored: bool = False
    shows_input: bool = False

    def run(self, frames: Iterator[LiveFrame], screen: Screen) -> int:
        """Show changed frames until there are none, or somebody ends it; return how many were shown."""
        rate, count = FrameRate(), 0
        for count, frame in enumerate(frames, start=1):  # noqa: B007
            wishes = screen.show(self._shown(frame), self._caption(rate.seen(frame.time)))
            if Wish.END in wishes:
                break
            for wish in wishes:
                self._follow(wish)
        return count

    def _shown(self, frame: LiveFrame) -> Pixels:
        pixels = np.ascontiguousarray(frame.pixels[:, ::-1]) if self.is_mirrored else frame.pixels
        made = self.change.changed(pixels, frame.time, self.drawing(self.intensity))
        return pixels if self.shows_input else made

    def _caption(self, rate: float) -> str:
        what = "before" if self.shows_input else f"intensity {self.intensity:.1f}"
        return f"pixelfes: {what}, {rate:.0f} frames a second"

    def _follow(self, wish: Wish) -> None:
        if wish == Wish.COMPARE:
            self.shows_input = not self.shows_input
        else:
            step = _STEP if wish == Wish.MORE else -_STEP
            self.intensity = float(np.clip(round(self.intensity + step, 6), 0, LARGEST_INTENSITY))
