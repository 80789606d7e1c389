"""One face of a film, from frame to frame.

Convention: landmarks are in image pixels; times in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import Array
from pixelfes.face.detector.boxes import FaceBox
from pixelfes.face.detector.detected_face import DetectedFace
from pixelfes.face.detector.face_look import box_of
from pixelfes.face.topology import N_POINTS
from pixelfes.face.trust.verdicts import Verdict
from pixelfes.tracking.appearance import Appearance
from pixelfes.tracking.readouts import SteadyReadouts
from pixelfes.tracking.steady_landmarks import SteadyLandmarks
from pixelfes.tracking.trust import Trust

HELD = 0.3
"""Seconds for which a face that is lost is drawn as if it were not."""
FADE = 0.2
"""Seconds in which a face fades in or out."""
FORGOTTEN = 2.0
"""Seconds after which a face that is lost is a new one when it comes back."""
LEARNING = 0.1
"""Share by which the look of a face follows each frame in which a detector sees it."""


@dataclass(frozen=True)
class TrackedFace:
    """A face of a frame.

    Attributes
    ----------
    identity : int
        The same for one person from frame to frame.
    landmarks : (468, 3), image pixels
        Steady.
    verdict : Verdict
    share : float
        How much of a change it is to show, 0 to 1: faces fade in and out.
    readouts : SteadyReadouts
        What is read from this face beside the landmarks.
    """

    identity: int
    landmarks: Array
    verdict: Verdict
    share: float
    readouts: SteadyReadouts


class Track:
    """What is known of one face: where it is, who it is, and how far it is trusted.

    Parameters
    ----------
    identity : int
    face : DetectedFace
    look : Appearance
    time : float
    is_new : bool
        Whether it came into a scene that was there already: then it fades in.
    """

    def __init__(self, identity: int, face: DetectedFace, look: Appearance, time: float, *, is_new: bool) -> None:
        self.identity = identity
        self.look = look
        self.trust = Trust()
        self.judged_at = -np.inf
        self.lost_at: float | None = None
        self.is_hidden = False
        self._share: float | None = 0.0 if is_new else None
        self._shared_at = time
        self._restart()
        self.take(face.points, face.score, time)

    def _restart(self) -> None:
        self._filter, self.readouts = SteadyLandmarks(), SteadyReadouts()

    @property
    def is_lost(self) -> bool:
        """Whether the last frame did not show the face."""
        return self.lost_at is not None

    @property
    def box(self) -> FaceBox:
        """The box around the landmarks."""
        return box_of(self.points, self.score)

    @property
    def face(self) -> DetectedFace:
        """What a detector would know of the face."""
        return DetectedFace(self.box, self.points, 1.0)

    def take(self, points: Array, score: float, time: float) -> None:
        """Take landmarks (468 or more, 3) that were found in the frame of a time."""
        if self.lost_at is not None and time - self.lost_at > HELD + FADE:
            self._restart()
        self.points, self.score, self.lost_at, self.is_hidden = points, score, None, False
        self.found_at = time
        self.landmarks = self._filter.filtered(points[:N_POINTS], time)

    def hold(self, points: Array, time: float) -> None:
        """Take landmarks that were not found but carried over from the last frame."""
        self.lost_at = time if self.lost_at is None else self.lost_at
        self.points = points
        self.landmarks = self._filter.filtered(points[:N_POINTS], time)

    def hide(self, time: float) -> None:
        """Lose the face behind something else: it is not drawn from now on, and does not fade out over that."""
        self.lost_at = time if self.lost_at is None else self.lost_at
        self.is_hidden, self._share = True, 0.0

    def learn(self, look: Appearance, score: float) -> None:
        """Let the known look follow that of a frame in which a detector saw the face."""
        self.look, self.score = self.look.blended(look, LEARNING), score

    def is_drawn(self, time: float) -> bool:
        """Return whether a lost face is still, or a found face, to be drawn."""
        return not self.is_hidden and (self.lost_at is None or time - self.lost_at <= HELD)

    def shown(self, time: float, *, insist: bool) -> TrackedFace:
        """Return the face of the frame of a time."""
        wanted = float(self.is_drawn(time) and (insist or self.trust.is_on))
        if self._share is None:
            self._share = wanted
        step = max(0.0, time - self._shared_at) / FADE
        self._share, self._shared_at = self._share + float(np.clip(wanted - self._share, -step, step)), time
        self.readouts.begin(time)
        return TrackedFace(self.identity, self.landmarks, self.trust.verdict, self._share, self.readouts)
