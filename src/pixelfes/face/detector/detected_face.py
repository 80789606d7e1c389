"""What a detector knows of one face.

Convention: image pixels, x right, y down, z away from the camera in the same unit, pixel centres at whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from pixelfes.arrays import Array
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.face.detector.boxes import FaceBox
from pixelfes.face.topology import N_POINTS


@dataclass(frozen=True)
class DetectedFace:
    """One face of a photo.

    Attributes
    ----------
    box : FaceBox
        The square around the landmarks, rolled with the head. Its score says how sure the detector is, from a close look at
        this face, 0 to 1.
    points : (478, 3) float64
        Landmarks, image pixels; the last ten are the irises.
    presence : float
        How sure the network of landmarks is that it sees a face, 0 to 1.
    """

    box: FaceBox
    points: Array
    presence: float

    @property
    def score(self) -> float:
        """How sure the detector is, 0 to 1."""
        return self.box.score

    @property
    def landmarks(self) -> Array:
        """The landmarks (468, 3) of the mesh, without the irises."""
        return self.points[:N_POINTS]

    @property
    def pose(self) -> HeadPose:
        """Where the head is and how it is turned."""
        return HeadPose.of(self.landmarks, mean_face())
