"""dlib's face recognition network as a judge of identity: packages of the extra ``judge`` bring code and weights.

The weights are files of ``face_recognition_models``, which is never imported. Of its two sets of landmarks, the 68 were learnt
from a data set that excludes commercial use (iBUG 300-W); the 5 are free of that, and do not look at the mouth.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import FaceNotFoundError, InputError, MissingDependencyError
from pixelfes.evaluate.judges.crops import cut, upright
from pixelfes.extras import extra_folder, extra_module
from pixelfes.face.landmarks import check_landmarks

WEIGHTS = {
    "dlib_face_recognition_resnet_model_v1.dat": "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    "shape_predictor_5_face_landmarks.dat": "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    "shape_predictor_68_face_landmarks.dat": "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
}
"""The files that dlib is handed, and their SHA-256."""

PADDING = 0.25
_JITTERS = 0
# With landmarks, the face is first cut out upright: a square in which the eyes are so far apart, their middle so far from its
# left and its top. The box is where dlib's own detector sees faces: on the London set its middle lies 0.50 ± 0.09 eye
# distances below the eyes, its side is 2.37 ± 0.16 of them.
_EYES_APART, _SIDE, _EYES_AT = 96.0, 448, (223.5, 175.5)
_BOX_BELOW, _BOX_SIDE = 0.50, 2.37


class DlibIdentity:
    """Embeddings (128,) by dlib's ResNet; the distance is Euclidean, and its authors call below 0.6 the same person.

    Parameters
    ----------
    points : {68, 5}
        Which of dlib's landmarks align the face.

    Raises
    ------
    MissingDependencyError
        If the extra ``judge`` is not installed, or a file of weights is not the expected one.

    References
    ----------
    D. King, "High quality face recognition with deep metric learning", blog.dlib.net, 2017.
    """

    def __init__(self, points: Literal[5, 68] = 68) -> None:
        if points not in (5, 68):
            raise InputError(f"points must be 5 or 68; found {points!r}")
        self._dlib = extra_module("judge", "dlib")
        self.name = f"dlib ResNet, {points} points"
        predictor = _weights(f"shape_predictor_{points}_face_landmarks.dat")
        network = _weights("dlib_face_recognition_resnet_model_v1.dat")
        self._predictor: Any = self._dlib.shape_predictor(str(predictor))
        self._network: Any = self._dlib.face_recognition_model_v1(str(network))
        self._detector: Any = None

    def embed(self, pixels: Pixels, landmarks: npt.ArrayLike | None = None) -> Array:
        """Return the embedding (128,) of the face in a photo; see `IdentityJudge.embed`.

        With landmarks the face may be turned any way in the image; without, dlib's detector wants it about upright.
        """
        if landmarks is None:
            photo, box = np.ascontiguousarray(pixels), self._detected(pixels)
        else:
            photo, box = _cut_out(pixels, check_landmarks(landmarks)), self._expected()
        shape = self._predictor(photo, box)
        return np.asarray(self._network.compute_face_descriptor(photo, shape, _JITTERS, PADDING), np.float64)

    def distance(self, a: Array, b: Array) -> float:
        """Return the Euclidean distance of two embeddings."""
        return float(np.linalg.norm(np.asarray(a) - np.asarray(b)))

    def _detected(self, pixels: Pixels) -> Any:
        if self._detector is None:
            self._detector = self._dlib.get_frontal_face_detector()
        boxes = self._detector(np.ascontiguousarray(pixels), 0)
        if not len(boxes):
            raise FaceNotFoundError("dlib's detector found no face in the photo")
        return max(boxes, key=lambda box: box.area())

    def _expected(self) -> Any:
        """Return where dlib's detector would see the face in a photo cut by `_cut_out`."""
        x, y = _EYES_AT[0], _EYES_AT[1] + _BOX_BELOW * _EYES_APART
        half = _BOX_SIDE * _EYES_APART / 2
        return self._dlib.rectangle(*(round(v) for v in (x - half, y - half, x + half, y + half)))


def _cut_out(pixels: Pixels, landmarks: Array) -> Pixels:
    middle, directions, distance = upright(landmarks)
    matrix = directions * (distance / _EYES_APART)
    return cut(pixels, np.column_stack([matrix, middle - matrix @ np.array(_EYES_AT)]), _SIDE)


def _weights(name: str) -> Path:
    path = extra_folder("judge", "face_recognition_models") / "models" / name
    try:
        known = hashlib.sha256(path.read_bytes()).hexdigest() == WEIGHTS[name]
    except OSError:
        known = False
    if not known:
        raise MissingDependencyError(
            f'{name} is missing from face_recognition_models, or is not the file expected: pip install "pixelfes[judge]"'
        )
    return path
