"""Judges of identity: how far two photos are from being one person's.

A distance says nothing by itself: beside it belong the distances between two real photos of one person and between those of
different people, by the same judge (`reference_distances`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError
from pixelfes.evaluate.judges.crops import arcface_frame, cut
from pixelfes.evaluate.judges.onnx_network import OnnxNetwork
from pixelfes.face.landmarks import check_landmarks, find_faces


class IdentityJudge(Protocol):
    """A judge of identity: embeddings of faces, and the distance between two embeddings."""

    @property
    def name(self) -> str:
        """The judge's name in a report."""
        ...  # pragma: no cover

    def embed(self, pixels: Pixels, landmarks: npt.ArrayLike | None = None) -> Array:
        """Return the embedding (D,) of the face in a photo.

        Parameters
        ----------
        pixels : (H, W, 3) uint8
            RGB.
        landmarks : (468, 3), image pixels, optional
            Of the face that is meant; without them the judge's own detector takes the largest.

        Raises
        ------
        FaceNotFoundError
            If it finds none.
        """
        ...  # pragma: no cover

    def distance(self, a: Array, b: Array) -> float:
        """Return the distance of two embeddings (D,), >= 0; 0 for the same photo."""
        ...  # pragma: no cover


class OnnxIdentity:
    """Any ONNX network of face embeddings on crops aligned as ArcFace's; the distance is ``1 - cosine``, 0 to 2.

    Parameters
    ----------
    path : str or Path
    **options
        ``size``, ``scale``, ``mean``, ``std`` and ``colours`` of `OnnxNetwork`. By default levels are brought to -1 to 1, in
        RGB, as ArcFace has them.

    Raises
    ------
    ModelError, InputError, MissingDependencyError
        If the file or an option is wrong, or onnxruntime is not installed.
    """

    def __init__(self, path: str | Path, **options: Any) -> None:
        self._network = OnnxNetwork(path, **({"scale": 1 / 127.5, "mean": 1.0} | options))
        self.name = Path(path).name
        self._detector: Any = None

    def embed(self, pixels: Pixels, landmarks: npt.ArrayLike | None = None) -> Array:
        """Return the embedding (D,) of the face in a photo; see `IdentityJudge.embed`. A `FaceDetector` finds it if need be."""
        if landmarks is None:
            if self._detector is None:
                from pixelfes.face.detector.face_detector import FaceDetector

                self._detector = FaceDetector()
            points = find_faces(self._detector, pixels, "largest")[0]
        else:
            points = check_landmarks(landmarks)
        size = self._network.size
        return self._network(cut(pixels, arcface_frame(points, size), size))

    def distance(self, a: Array, b: Array) -> float:
        """Return ``1 - a·b / (|a| |b|)`` of two embeddings (D,)."""
        first, second = (np.asarray(x, np.float64) / max(float(np.linalg.norm(x)), 1e-12) for x in (a, b))
        # 1 - cosine, written so that equal embeddings are at exactly 0
        return float(np.square(first - second).sum() / 2)


@dataclass(frozen=True)
class ReferenceDistances:
    """Distances between real photos, for comparison.

    Attributes
    ----------
    same : (N,)
        Between the two photos of each person.
    different : (N (N - 1),)
        Between the first photo of each person and the second one of everybody else: as different in all but the person.
    """

    same: Array
    different: Array


def reference_distances(judge: IdentityJudge, first: Sequence[Array], second: Sequence[Array]) -> ReferenceDistances:
    """Return the distances between photos of the same person and of different people.

    Parameters
    ----------
    judge : IdentityJudge
    first, second : N embeddings (D,)
        Of the two photos of each person, e.g. neutral and smiling, in the same order.

    Raises
    ------
    InputError
        If their numbers differ, or there are fewer than two people.
    """
    if len(first) != len(second) or len(first) < 2:
        raise InputError(
            f"reference distances need two photos each of two or more people; found {len(first)} and {len(second)}"
        )
    table = np.array([[judge.distance(a, b) for b in second] for a in first])
    return ReferenceDistances(np.diagonal(table).copy(), table[~np.eye(len(table), dtype=bool)])
