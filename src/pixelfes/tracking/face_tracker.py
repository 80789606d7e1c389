"""Track the faces of a film: find them, follow them, tell them apart.

1. The landmarks of a face follow from the region of the last frame; the detector runs now and then, and when a face is lost.
2. Two tracks that meet on one face: it is that of the one which looks like it. The other is hidden until it is found again.
3. A lost face is carried over by the movement of the picture for a while, then fades out.
4. A cut ends all tracks.

Convention: image pixels; times in seconds, rising from frame to frame.
"""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.face.detector.box_detection import face_score
from pixelfes.face.detector.detected_face import DetectedFace
from pixelfes.face.detector.face_detector import FaceDetector
from pixelfes.face.detector.face_look import box_of, look_from
from pixelfes.face.detector.photo_pyramid import PhotoPyramid
from pixelfes.face.landmarks import FaceChoice, LandmarkProvider, eye_distance
from pixelfes.face.trust.judging import judge_face
from pixelfes.face.trust.verdicts import Verdict
from pixelfes.tracking.appearance import Appearance
from pixelfes.tracking.carrying import carried_over
from pixelfes.tracking.cuts import CutFinder
from pixelfes.tracking.track import FADE, FORGOTTEN, HELD, Track, TrackedFace

DETECTED_EVERY, SEARCHED_EVERY = 0.4, 0.15
"""Seconds between two looks of the detector: usually, and while there is no face or one is lost."""
JUDGED_EVERY = 0.3
LEAST_PRESENCE, LEAST_SCORE = 0.5, 0.4
LARGEST_STEP, LARGEST_GROWTH = 0.8, 1.3
"""Movement and change of size from one frame to the next that is still believed: distances between the eyes, a factor."""
SAME_PERSON = 3.0
"""Distance of looks up to which a face that comes back may be one that was lost."""
STRANGE = 2.5
"""Distance of looks from which on something else is where a lost face should be."""
NEAR = 3.0
"""How far a lost face may move before it comes back, distances between its eyes."""
_MUCH_LARGER = 1.4
"""Another face takes over as the largest if it is so many times larger."""


class FaceTracker:
    """Tracks the faces of a film.

    Parameters
    ----------
    provider : LandmarkProvider
        A `FaceDetector`; any other is asked in every frame, and its faces are "ok".
    face : {"all", "largest"}
    insist : bool
        Show every face, whatever its verdict.
    """

    def __init__(self, provider: LandmarkProvider, face: FaceChoice = "all", *, insist: bool = False) -> None:
        self._provider, self._face, self._insist = provider, face, insist
        self._tracks: list[Track] = []
        self._cuts = CutFinder()
        self._last: Pixels | None = None
        self._detected_at = -np.inf
        self._count = 0
        self._largest: int | None = None

    def update(self, pixels: Pixels, time: float) -> list[TrackedFace]:
        """Return the faces of the next frame (H, W, 3) of a film, largest first."""
        photo = PhotoPyramid(pixels)
        if self._cuts.is_cut(photo.smallest) or (self._last is not None and self._last.shape != pixels.shape):
            self._tracks, self._last, self._detected_at = [], None, -np.inf
        if isinstance(self._provider, FaceDetector):
            self._follow(self._provider, pixels, photo, time)
        else:
            faces = [DetectedFace(box_of(points, 1.0), points, 1.0) for points in self._provider.detect(pixels)]
            self._assign(photo, faces, time)
        self._carry(pixels, photo, time)
        self._judge(pixels, time)
        self._last = pixels
        return self._shown(time)

    def _follow(self, detector: FaceDetector, pixels: Pixels, photo: PhotoPyramid, time: float) -> None:
        followed = [track for track in self._tracks if not track.is_lost]
        found = [track for track in followed if _follow(track, photo, time)]
        self._part(found, photo, time)
        is_searching = not self._tracks or any(track.is_lost for track in self._tracks)
        every = SEARCHED_EVERY if is_searching else DETECTED_EVERY
        if len(found) < len(followed) or time - self._detected_at >= every:
            self._detected_at = time
            self._assign(photo, detector.faces(pixels), time)

    def _part(self, tracks: list[Track], photo: PhotoPyramid, time: float) -> None:
        """Hide, of tracks that have met on one face, the one that looks less like it."""
        for number, one in enumerate(tracks):
            for other in tracks[number + 1 :]:
                if one.is_hidden or other.is_hidden or not _is_one_face(one.points, other.points):
                    continue
                look = Appearance.of(photo, one.points)
                (other if one.look.distance(look) <= other.look.distance(look) else one).hide(time)

    def _assign(self, photo: PhotoPyramid, faces: list[DetectedFace], time: float) -> None:
        """Give every detected face to its track: one that was followed there, one that looks like it, or a new one."""
        followed = [track for track in self._tracks if track.found_at == time]
        free = [track for track in self._tracks if track.found_at != time]
        for face in faces:
            look = Appearance.of(photo, face.points)
            here = next((track for track in followed if track.box.is_same_face(face.box)), None)
            if here is not None:
                followed.remove(here)
                here.learn(look, face.score)
            elif (back := _best_of(free, face, look)) is not None:
                free.remove(back)
                back.take(face.points, face.score, time)
            else:
                self._tracks.append(Track(self._count, face, look, time, is_new=self._last is not None))
                self._count += 1
        for track in followed:
            if face_score(photo, track.box) < LEAST_SCORE:
                track.found_at = -np.inf  # the network of landmarks went astray

    def _carry(self, pixels: Pixels, photo: PhotoPyramid, time: float) -> None:
        """Carry over the faces that are lost but still drawn, unless something else is there; forget those lost long ago."""
        for track in self._tracks:
            if track.found_at == time or track.is_hidden:
                continue
            is_needed = track.lost_at is None or time - track.lost_at <= HELD + FADE
            if is_needed and self._last is not None:
                track.hold(carried_over(self._last, pixels, track.points), time)
                if track.look.distance(Appearance.of(photo, track.points)) > STRANGE:
                    track.hide(time)
        self._tracks = [t for t in self._tracks if t.lost_at is None or time - t.lost_at <= FORGOTTEN]

    def _judge(self, pixels: Pixels, time: float) -> None:
        judges = isinstance(self._provider, FaceDetector)
        for track in self._tracks:
            if track.is_lost or time - track.judged_at < JUDGED_EVERY:
                continue
            track.trust.judged(judge_face(pixels, track.face) if judges else Verdict.OK, time)
            track.judged_at = time

    def _shown(self, time: float) -> list[TrackedFace]:
        tracks = sorted(self._tracks, key=lambda track: eye_distance(track.points), reverse=True)
        if self._face == "largest" and tracks:
            tracks = [self._chosen(tracks)]
        return [track.shown(time, insist=self._insist) for track in tracks]

    def _chosen(self, tracks: list[Track]) -> Track:
        """Return the largest face; the one before, unless another has become much larger."""
        before = next((track for track in tracks if track.identity == self._largest), tracks[0])
        if eye_distance(tracks[0].points) > _MUCH_LARGER * eye_distance(before.points):
            before = tracks[0]
        self._largest = before.identity
        return before


def _follow(track: Track, photo: PhotoPyramid, time: float) -> bool:
    """Look for the face of a track where it was, and return whether it is there."""
    points, presence = look_from(photo, track.points)
    before, after = eye_distance(track.points), eye_distance(points)
    step = float(np.linalg.norm((points - track.points)[:468, :2].mean(0)))
    grown = max(after, before) / max(min(after, before), 1e-6)
    if presence < LEAST_PRESENCE or step > LARGEST_STEP * before or grown > LARGEST_GROWTH:
        return False
    track.take(points, track.score, time)
    return True


def _is_one_face(one: Array, other: Array) -> bool:
    """Return whether two sets of landmarks lie on one face."""
    away = float(np.linalg.norm((one - other)[:468, :2], axis=1).mean())
    return away < 0.5 * min(eye_distance(one), eye_distance(other))


def _best_of(tracks: list[Track], face: DetectedFace, look: Appearance) -> Track | None:
    """Return the track that a detected face continues: of those at its place or near enough, the one most like it, or None."""
    candidates = []
    for track in tracks:
        distance = track.look.distance(look)
        away = float(np.hypot(track.box.x - face.box.x, track.box.y - face.box.y))
        is_here = not track.is_lost and track.box.is_same_face(face.box)
        if is_here or (away < NEAR * eye_distance(track.points) and distance < SAME_PERSON):
            candidates.append((distance, track))
    return min(candidates, key=lambda pair: pair[0], default=(0.0, None))[1]
