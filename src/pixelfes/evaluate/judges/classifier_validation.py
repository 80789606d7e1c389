"""Kept-out scores of the expression classifier: cross-validation by person, with the penalty chosen inside each fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import Array, Booleans, Indices, Pixels
from pixelfes.evaluate.judges.classifier import SIZE, FaceFeatures, fit_linear, logistic
from pixelfes.evaluate.judges.expression import kept_out
from pixelfes.face.alignment import mean_shape

PENALTIES = (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 3.0)


@dataclass(frozen=True)
class LabelledFaces:
    """Photos with known expression.

    Attributes
    ----------
    pixels : list of N (H, W, 3) uint8
    landmarks : list of N (468, 3), image pixels
    labels : (N,)
        1 for expressive, 0 for neutral.
    people : (N,)
        A number for each person; photos of one person are never split.
    """

    pixels: list[Pixels]
    landmarks: list[Array]
    labels: Indices
    people: Indices


@dataclass(frozen=True)
class PenaltyChoice:
    """The penalty of one fold, and the inner log loss of every penalty tried."""

    fold: int
    losses: dict[float, float]
    penalty: float


def kept_out_scores(
    faces: LabelledFaces,
    folds: int = 5,
    penalties: Sequence[float] = PENALTIES,
    report: Callable[[PenaltyChoice], None] = lambda choice: None,
) -> Array:
    """Return the score of every photo (N,) by a judge that has not seen its person.

    In each fold the penalty is the one of least log loss in inner folds of the training people. So no score depends on
    the person it belongs to.

    Parameters
    ----------
    faces : LabelledFaces
    folds : int
        Outer and inner folds.
    penalties : sequence of float
    report : callable
        Called with the choice of each fold.
    """
    scores = np.zeros(len(faces.labels))
    for fold in range(folds):
        test = faces.people % folds == fold
        features = _Features.of(faces, ~test)
        losses = {penalty: _inner_loss(faces, features, ~test, penalty, folds) for penalty in penalties}
        choice = PenaltyChoice(fold, losses, min(losses, key=losses.__getitem__))
        report(choice)
        scores[test] = features.scores(faces, ~test, test, choice.penalty)
    return scores


@dataclass(frozen=True)
class _Features:
    """Textures (N, S, S) and shapes (N, 468, 2) of all faces, in the mean shape of the training people."""

    textures: Array
    shapes: Array

    @classmethod
    def of(cls, faces: LabelledFaces, train: Booleans) -> _Features:
        known = [points for points, use in zip(faces.landmarks, train, strict=True) if use]
        features = FaceFeatures(mean_shape(known), SIZE)
        textures = [features.texture(p, x) for p, x in zip(faces.pixels, faces.landmarks, strict=True)]
        return cls(np.array(textures), np.array([features.shape(points) for points in faces.landmarks]))

    def scores(self, faces: LabelledFaces, train: Booleans, test: Booleans, penalty: float) -> Array:
        truth = faces.labels[train] == 1
        texture, shape, offset = fit_linear(self.textures[train], self.shapes[train], truth, penalty)
        evidence = (self.textures[test] * texture).sum((1, 2)) + (self.shapes[test] * shape).sum((1, 2))
        return logistic(evidence + offset)


def _inner_loss(faces: LabelledFaces, features: _Features, train: Booleans, penalty: float, folds: int) -> float:
    """Return the log loss of inner folds by person, of the training people alone."""
    scores = np.zeros(len(faces.labels))
    rank = np.searchsorted(np.unique(faces.people[train]), faces.people)
    for fold in range(folds):
        test = train & (rank % folds == fold)
        scores[test] = features.scores(faces, train & ~test, test, penalty)
    return kept_out(scores[train], faces.labels[train]).log_loss
