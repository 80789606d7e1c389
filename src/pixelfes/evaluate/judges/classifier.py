"""The judge of expression that pixelfes trains itself: small, linear, and quick enough to be trained again in every fold.

It looks at two things. *Texture*: the luminance of the face registered by the mesh, so that moved landmarks alone do not
change it; slow changes of light are taken out, the contrast is normalised, and the left and right half are averaged, so that
neither skin tone nor light from one side counts. *Shape*: the landmarks in the canonical frame, x and y, averaged alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError
from pixelfes.evaluate.judges.expression import JudgeInfo, check_labels
from pixelfes.extras import extra_module
from pixelfes.face.alignment import HeadPose, mean_shape, symmetric
from pixelfes.face.appearance.light import LUMINANCE
from pixelfes.face.landmarks import check_landmarks
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.topology import N_POINTS

SIZE = 48
"""Side of the texture grid: on the London set 24 to 64 are equally good."""
PENALTY = 0.2
"""The penalty of least kept-out log loss on the London set: 0.258, against 0.344 at 0.01 and 0.297 at 1."""

UNMEASURED = JudgeInfo("linear classifier on registered texture and shape")
"""Facts about a judge that was just trained: nothing is measured yet."""

_IN_FACE = 0.5
_LIGHT_REACH = 1 / 8  # sigma of what counts as light, in sides of the grid
_FLAT = 1e-6


@dataclass(frozen=True)
class FaceFeatures:
    """Features of a face for the classifier.

    Parameters
    ----------
    reference : (468, 3), canonical
        The mean face of those it was trained on.
    size : int
        Side of the texture grid.
    """

    reference: Array
    size: int

    @cached_property
    def frame(self) -> MeshRegistration:
        """The grid that faces are registered on."""
        return MeshRegistration(self.reference, self.size)

    def texture(self, pixels: Pixels, landmarks: Array) -> Array:
        """Return the texture of a face (S, S): over the face, mean 0 and standard deviation 1; elsewhere 0.

        ``t = l - blur(l)`` with l the luminance averaged with its mirror image, and the blur taken inside the face alone.
        """
        light = self.frame.texture(pixels, landmarks) @ LUMINANCE
        light = (light + light[:, ::-1]) / 2
        inside = self._inside
        sigma = self.size * _LIGHT_REACH
        slow = cv2.GaussianBlur(light * inside, (0, 0), sigma) / self._blurred
        detail = np.where(inside, light - slow, 0.0)
        values = detail[inside]
        return np.asarray(np.where(inside, (detail - values.mean()) / max(float(values.std()), _FLAT), 0.0))

    def shape(self, landmarks: Array) -> Array:
        """Return the shape of a face (468, 2): canonical x and y, averaged with its mirror image, less the reference."""
        pose = HeadPose.of(landmarks, self.reference)
        return np.asarray((symmetric(pose.to_canonical(landmarks)) - self.reference)[:, :2])

    @cached_property
    def _inside(self) -> npt.NDArray[np.bool_]:
        mask = self.frame.face_mask > _IN_FACE
        return np.asarray(mask & mask[:, ::-1])

    @cached_property
    def _blurred(self) -> Array:
        blurred = cv2.GaussianBlur(self._inside.astype(np.float64), (0, 0), self.size * _LIGHT_REACH)
        return np.asarray(np.maximum(blurred, _FLAT))


@dataclass(frozen=True)
class ExpressionClassifier:
    """A linear judge of one expression: ``score = 1 / (1 + exp(-evidence))``.

    ``evidence = Σ texture_weight · texture + Σ shape_weight · shape + offset`` of the features above.

    Attributes
    ----------
    features : FaceFeatures
    texture_weight : (S, S)
    shape_weight : (468, 2)
    offset : float
    info : JudgeInfo
    """

    features: FaceFeatures
    texture_weight: Array
    shape_weight: Array
    offset: float
    info: JudgeInfo = UNMEASURED

    @classmethod
    def fit(
        cls,
        photos: Iterable[Pixels],
        landmarks: Sequence[npt.ArrayLike],
        labels: npt.ArrayLike,
        *,
        penalty: float = PENALTY,
        size: int = SIZE,
        info: JudgeInfo | None = None,
    ) -> Self:
        """Train a judge; photos of the people it is to judge must not be among these.

        Minimises ``Σ_n log(1 + exp(-y_n evidence_n)) + penalty/2 ||w||²`` with y = ±1, over the features less their mean and
        with a mean square of 1 a face for the texture and for the shape.

        Parameters
        ----------
        photos : iterable of N (H, W, 3) uint8
            RGB; read one after the other, and not kept.
        landmarks : N arrays (468, 3), image pixels
        labels : (N,)
            1 for expressive, 0 for neutral.
        penalty : float
            > 0. Small ones give scores near 0 and 1, large ones near 0.5.
        size : int
            Side of the texture grid, 16 to 256.
        info : JudgeInfo, optional
            What the judge is to say of itself.

        Raises
        ------
        InputError
            If the numbers of photos, landmarks and labels differ, all labels are the same, or a number is out of range.
        MissingDependencyError
            If scikit-learn (extra ``judge``) is not installed. A trained judge does not need it.
        """
        truth = check_labels(labels)
        if len(landmarks) != len(truth) or not penalty > 0 or not 16 <= size <= 256:
            raise InputError(
                "a judge is trained on as many landmarks as labels, with penalty > 0 and a size from 16 to 256; "
                f"found {len(landmarks)}, {len(truth)}, {penalty!r} and {size!r}"
            )
        faces = [check_landmarks(points) for points in landmarks]
        features = FaceFeatures(mean_shape(faces), size)
        try:
            textures = np.array([features.texture(p, f) for p, f in zip(photos, faces, strict=True)])
        except ValueError as error:
            raise InputError(f"a judge is trained on as many photos as labels ({len(truth)})") from error
        shapes = np.array([features.shape(face) for face in faces])
        parts = fit_linear(textures, shapes, truth, penalty)
        return cls(features, *parts, info or UNMEASURED)

    def score(self, pixels: Pixels, landmarks: npt.ArrayLike) -> float:
        """Return the probability, 0 to 1, that a face shows the expression.

        Parameters
        ----------
        pixels : (H, W, 3) uint8
            RGB.
        landmarks : (468, 3), image pixels
        """
        return float(logistic(self.evidence(pixels, landmarks)))

    def evidence(self, pixels: Pixels, landmarks: npt.ArrayLike) -> float:
        """Return the log odds of the expression: the score before it is squeezed between 0 and 1, which never saturates."""
        points = check_landmarks(landmarks)
        seen = float((self.texture_weight * self.features.texture(pixels, points)).sum())
        return seen + float((self.shape_weight * self.features.shape(points)).sum()) + self.offset


def logistic(evidence: npt.ArrayLike) -> Array:
    """Return ``1 / (1 + exp(-evidence))``, without overflow.

    >>> float(logistic(0.0))
    0.5
    """
    return np.asarray((1 + np.tanh(np.asarray(evidence, np.float64) / 2)) / 2)


def fit_linear(
    textures: Array, shapes: Array, truth: npt.NDArray[np.bool_], penalty: float
) -> tuple[Array, Array, float]:
    """Logistic regression on textures (N, S, S) and shapes (N, 468, 2): their weights, and the offset; see `fit`.

    Means and scales are folded into the weights, so that a prediction is two sums.
    """
    flat = [block.reshape(len(truth), -1) for block in (textures, shapes)]
    means = [block.mean(0) for block in flat]
    centred = [block - mean for block, mean in zip(flat, means, strict=True)]
    scales = [max(float(np.sqrt((block**2).sum(1).mean())), _FLAT) for block in centred]
    columns = np.hstack([block / scale for block, scale in zip(centred, scales, strict=True)])
    model = extra_module("judge", "sklearn.linear_model").LogisticRegression(C=1 / penalty, max_iter=2000, tol=1e-6)
    model.fit(columns, truth)
    split = np.split(model.coef_[0], [flat[0].shape[1]])
    weights = [weight / scale for weight, scale in zip(split, scales, strict=True)]
    offset = float(model.intercept_[0]) - sum(float(w @ m) for w, m in zip(weights, means, strict=True))
    return weights[0].reshape(textures.shape[1:]), weights[1].reshape(N_POINTS, 2), offset
