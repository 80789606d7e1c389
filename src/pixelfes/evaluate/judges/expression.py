"""Judges of expression: whatever says how likely a face shows the expression, and how far such a judge can be trusted.

A judge that calls neutral faces happy proves nothing by calling outputs happy: `kept_out` measures on real photos what share
it calls happy of either kind, and every use of a judge is to show these figures beside its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError

CALLED = 0.5
"""A face whose score is above this counts as called happy (or whatever the expression is)."""

_SUREST = 1e-6


@dataclass(frozen=True)
class KeptOut:
    """Scores of a judge on real photos of people it has not seen.

    Attributes
    ----------
    n_photos : int
    accuracy : float
        Share of photos on the right side of 0.5.
    auc : float
        Share of pairs of an expressive and a neutral photo (of anybody) that it puts into the right order; ties count half.
    log_loss : float
        Mean of -ln of the probability that it gave to what was true; ln 2 = 0.693 for one that knows nothing.
    neutral_called, expressive_called : float
        Share of neutral and of expressive photos that it calls happy.
    within_person : float, or None
        Share of people whose expressive photos all score above all their neutral ones: what counts where input and output
        are one person's. None where it is not known whose photo is whose.
    called : dict
        The same share by kind of photo, e.g. ``{"open": 1.0, "closed": 0.7}``.
    """

    n_photos: int
    accuracy: float
    auc: float
    log_loss: float
    neutral_called: float
    expressive_called: float
    within_person: float | None = None
    called: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class JudgeInfo:
    """Facts about a judge.

    Attributes
    ----------
    name : str
    expression : str
        What it looks for.
    kept_out : KeptOut, or None
        None if it was not measured.
    training_data, licence, attribution : str
    """

    name: str
    expression: str = "happy"
    kept_out: KeptOut | None = None
    training_data: str = ""
    licence: str = ""
    attribution: str = ""


class ExpressionJudge(Protocol):
    """A judge of an expression: its facts, and the score of a face."""

    @property
    def info(self) -> JudgeInfo:
        """The judge's facts."""
        ...  # pragma: no cover

    def score(self, pixels: Pixels, landmarks: Array) -> float:
        """Return the probability, 0 to 1, that a face shows the expression.

        Parameters
        ----------
        pixels : (H, W, 3) uint8
            RGB.
        landmarks : (468, 3), image pixels
            The face in these pixels; detected again on every picture that is judged.
        """
        ...  # pragma: no cover


def kept_out(
    scores: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    people: Sequence[Hashable] | None = None,
    kinds: Sequence[str | None] | None = None,
) -> KeptOut:
    """Measure a judge by its scores of photos whose truth is known.

    Parameters
    ----------
    scores : (N,)
        Probabilities, 0 to 1; of people that the judge has not seen.
    labels : (N,)
        1 for expressive, 0 for neutral; both must be there.
    people : N names, optional
        The person of each photo.
    kinds : N names, optional
        Kinds of photos to count apart; None for a photo of no kind.

    Raises
    ------
    InputError
        If the scores are not probabilities, or the labels are not zeros and ones.

    Examples
    --------
    >>> kept_out([0.2, 0.6, 0.7, 0.9], [0, 0, 1, 1]).neutral_called
    0.5
    """
    given, truth = np.asarray(scores, np.float64), check_labels(labels)
    if given.shape != truth.shape or not ((given >= 0) & (given <= 1)).all():
        raise InputError(f"scores must be {len(truth)} numbers from 0 to 1; found an array of shape {given.shape}")
    called = given > CALLED
    likely = np.clip(np.where(truth, given, 1 - given), _SUREST, 1)
    happy, neutral = given[truth], given[~truth]
    order = np.sign(happy[:, None] - neutral)
    names = [None] * len(truth) if kinds is None else list(kinds)
    members = {name: [n for n, kind in enumerate(names) if kind == name] for name in dict.fromkeys(names) if name}
    return KeptOut(
        n_photos=len(truth),
        accuracy=float((called == truth).mean()),
        auc=float((order.mean() + 1) / 2),
        log_loss=float(-np.log(likely).mean()),
        neutral_called=float(called[~truth].mean()),
        expressive_called=float(called[truth].mean()),
        within_person=None if people is None else _within_person(given, truth, people),
        called={name: float(called[places].mean()) for name, places in members.items()},
    )


def _within_person(scores: Array, truth: npt.NDArray[np.bool_], people: Sequence[Hashable]) -> float | None:
    if len(people) != len(truth):
        raise InputError(f"there must be a person for each of {len(truth)} photos; found {len(people)}")
    rises = []
    for name in dict.fromkeys(people):
        own = np.array([person == name for person in people])
        happy, neutral = scores[own & truth], scores[own & ~truth]
        if len(happy) and len(neutral):
            rises.append(float(happy.min() > neutral.max()))
    return float(np.mean(rises)) if rises else None


def check_labels(labels: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Return labels as truth values (N,).

    Raises
    ------
    InputError
        If they are not a row of zeros and ones, or are all the same.
    """
    given: npt.NDArray[Any] = np.asarray(labels)
    if given.ndim != 1 or given.dtype.kind not in "biuf" or not np.isin(given, (0, 1)).all():
        raise InputError("labels must be zeros (neutral) and ones (expressive) in a row")
    truth = given.astype(np.bool_)
    if truth.all() or not truth.any():
        raise InputError("labels must have both neutral (0) and expressive (1) faces")
    return truth
