"""What tells one face from another in a film: the shape of the head, and a small picture of the face.

Convention: image pixels, x right, y down; shapes are canonical, in the frame of `pixelfes.face.alignment.mean_face`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from pixelfes.arrays import Array, Floats
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.face.detector.face_look import box_of
from pixelfes.face.detector.photo_pyramid import PhotoPyramid, square_map
from pixelfes.face.topology import STABLE_POINTS

SIDE = 20
REACH = 1.6
"""Side of the small picture, in sides of the box of the face: hair and collar help to tell people apart."""
SHAPE_UNIT, PICTURE_UNIT = 0.02, 0.35
"""Typical departures of one face from itself, a second later: of its shape in distances between the eyes, of its picture."""


@dataclass(frozen=True)
class Appearance:
    """The look of a face.

    Attributes
    ----------
    shape : (P, 2)
        The points that expressions hardly move, canonical.
    picture : (20, 20, 3) float32
        Of mean 0 and deviation 1, so that brightness and contrast do not count.
    """

    shape: Array
    picture: Floats

    @classmethod
    def of(cls, photo: PhotoPyramid, points: Array) -> Self:
        """Return the look of the face with these landmarks (468 or more, 3) in a photo."""
        landmarks = points[:468]
        shape = HeadPose.of(landmarks, mean_face()).to_canonical(landmarks)[list(STABLE_POINTS), :2]
        box = box_of(landmarks, 1.0)
        to_image = square_map(box.x, box.y, REACH * box.side, box.angle, 2 * SIDE)
        small = cv2.resize(photo.picture(to_image, 2 * SIDE), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        picture = small.astype(np.float32)
        return cls(shape, (picture - picture.mean()) / max(float(picture.std()), 1.0))

    def distance(self, other: Appearance) -> float:
        """Return how far two looks are apart; about 1 for one face a second later."""
        shape = float(np.sqrt(((self.shape - other.shape) ** 2).sum(1).mean()))
        picture = 1 - float((self.picture * other.picture).mean())
        return float(np.hypot(shape / SHAPE_UNIT, picture / PICTURE_UNIT))

    def blended(self, other: Appearance, share: float) -> Appearance:
        """Return a mean of two looks, to which the other one contributes a share."""
        parts = ((1 - share) * a + share * b for a, b in ((self.shape, other.shape), (self.picture, other.picture)))
        shape, picture = parts
        return Appearance(np.asarray(shape), np.asarray(picture, np.float32))
