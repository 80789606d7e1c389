"""Search a photo for faces: in the whole, in ever smaller windows, and turned.

Convention: image pixels, x right, y down, pixel centres at whole numbers.
"""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.face.detector.box_detection import closer_box, detect_boxes, face_score
from pixelfes.face.detector.boxes import FaceBox, without_repeats
from pixelfes.face.detector.detected_face import DetectedFace
from pixelfes.face.detector.face_look import box_of, find_landmarks
from pixelfes.face.detector.photo_pyramid import PhotoPyramid
from pixelfes.face.detector.windows import SMALLEST_FACE, Window, finer_levels, smallest_face, window_levels
from pixelfes.threads import in_threads

_LEAST_PRESENCE = 0.5
_LEAST_SCORE = 0.7
"""Of a face that the detector sees in the whole photo."""
_LEAST_SCORE_CLOSER = 0.8
"""Of a face that it sees in a window only: many windows have more chances to be wrong."""
_LEAST_SCORE_TURNED = 0.85
"""Of a face that is not upright."""
_SURE_SCORE = 0.9
"""Upright faces score more, save a few."""
_TURNED_MARGIN = 0.05
"""By which a turned reading of a face has to score more than the upright one."""
_MOST_ROLLED = np.pi / 3
"""Roll up to which a reading of a face counts as upright."""
_TURNED_LEVELS = 2
_QUARTER_TURNS = (1, 3, 2)
_MOST_THREADS = 4


def find_all_faces(pixels: Pixels, *, small_faces: bool = False) -> list[DetectedFace]:
    """Return every face of a photo, largest first.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
    small_faces : bool
        Look in windows of every size, down to faces of 25 pixels, however long it takes. By default the search ends at the
        first size of windows that adds no face to those found; if there is none yet, at a fiftieth of the square root of
        the photo's area.

    Notes
    -----
    A few threads share the windows and the faces; the result does not depend on their number.
    """
    return _Search(PhotoPyramid(pixels), small_faces).faces()


class _Search:
    """The search in one photo."""

    def __init__(self, photo: PhotoPyramid, small_faces: bool) -> None:
        self._photo = photo
        self._small_faces = small_faces
        height, width = photo.height, photo.width
        smallest = smallest_face(height, width)
        self._levels = window_levels(height, width, smallest)
        self._finer_levels = finer_levels(height, width, smallest, SMALLEST_FACE)

    def faces(self) -> list[DetectedFace]:
        """Return every face, largest first; if none is upright, look for turned ones."""
        found = self._faces_in((0,), len(self._levels)) or self._faces_in(_QUARTER_TURNS, _TURNED_LEVELS)
        return sorted(found, key=lambda face: face.box.side, reverse=True)

    def _faces_in(self, turns: tuple[int, ...], least_levels: int) -> list[DetectedFace]:
        """Return the faces in windows, read with these quarter turns; without a face the search ends after some levels."""
        found: list[DetectedFace] = []
        levels = self._levels + self._finer_levels
        stages = [(levels[:1], levels[1:2]), *(([], [level]) for level in levels[2:])]
        for number, (whole, closer) in enumerate(stages, start=2):
            far, near = self._boxes(whole, turns), self._boxes(closer, turns)
            new = self._new_faces(far, near, found)
            found += new
            adds = any(not _is_known(face.box, far) for face in new)
            if not self._small_faces and not (adds or (not found and number < least_levels)):
                break
        return found

    def _boxes(self, levels: list[list[Window]], turns: tuple[int, ...]) -> list[FaceBox]:
        """Return the boxes that the detector sees in windows, read with these quarter turns."""
        looks = [(window, turn) for windows in levels for window in windows for turn in turns]
        seen = in_threads(lambda look: detect_boxes(self._photo, *look), looks, _thread_count())
        return [box for boxes in seen for box in boxes]

    def _new_faces(self, far: list[FaceBox], near: list[FaceBox], known: list[DetectedFace]) -> list[DetectedFace]:
        """Return the faces that are not known, each once: in boxes seen from far, in the whole photo, or from near."""
        known_boxes = [face.box for face in known]
        unknown = [box for box in without_repeats(far + near) if not _is_known(box, known_boxes)]
        readings = in_threads(self._face, unknown, _thread_count() if len(unknown) > 1 else 1)
        faces = [face for face in readings if face and _is_sure(face.box, far)]
        new: list[DetectedFace] = []
        for face in sorted(faces, key=lambda face: face.score, reverse=True):
            if not _is_known(face.box, known_boxes):
                new.append(face)
                known_boxes.append(face.box)
        return new

    def _face(self, box: FaceBox) -> DetectedFace | None:
        """Return the face in a box, in the reading that is most likely, or None if there is none."""
        face = self._look(box)
        if face is None or (face.score >= _SURE_SCORE and _is_upright(face.box)):
            return face
        readings = [face] + [self._look(face.box.turned(turns)) for turns in self._better_turns(face.box)]
        return max((reading for reading in readings if reading), key=lambda reading: _preference(reading.box))

    def _better_turns(self, box: FaceBox) -> list[int]:
        """Return the quarter turns by which a box may be read better."""
        turned = [
            (turns, replace(box.turned(turns), score=face_score(self._photo, box.turned(turns))))
            for turns in _QUARTER_TURNS
        ]
        return [turns for turns, other in turned if _preference(other) > _preference(box)]

    def _look(self, box: FaceBox) -> DetectedFace | None:
        """Return the face in a box, read with the roll of the box, or None if there is none."""
        closer = closer_box(self._photo, box)
        if closer is None:
            return None
        points, presence = find_landmarks(self._photo, closer)
        if presence < _LEAST_PRESENCE:
            return None
        around = box_of(points, presence)
        return DetectedFace(replace(around, score=face_score(self._photo, around)), points, presence)


def _thread_count() -> int:
    return min(_MOST_THREADS, os.cpu_count() or 1)


def _is_known(box: FaceBox, known: list[FaceBox]) -> bool:
    return any(box.is_same_face(other) for other in known)


def _is_sure(box: FaceBox, far: list[FaceBox]) -> bool:
    """Return whether a face scores enough; it needs more if it is turned, or was not seen from far."""
    if not _is_upright(box):
        return box.score >= _LEAST_SCORE_TURNED
    return box.score >= (_LEAST_SCORE if _is_known(box, far) else _LEAST_SCORE_CLOSER)


def _is_upright(box: FaceBox) -> bool:
    return bool(np.cos(box.angle) >= np.cos(_MOST_ROLLED))


def _preference(box: FaceBox) -> float:
    """Return the score of a reading; a turned one needs a margin."""
    return box.score if _is_upright(box) else box.score - _TURNED_MARGIN
