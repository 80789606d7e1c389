"""Control: what the judges say of pictures at rising intensities of the expression."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError
from pixelfes.evaluate.judges.expression import CALLED, ExpressionJudge
from pixelfes.evaluate.judges.identity import IdentityJudge
from pixelfes.face.landmarks import LandmarkProvider

Synthesize: TypeAlias = Callable[[Pixels, Array, float], Pixels]

INTENSITIES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
FALL = 0.01
"""A score that falls by no more than this from one intensity to the next still counts as rising: noise of the landmarks."""

_LEVEL = 1e-9
_SUREST = 1e-6


@dataclass(frozen=True)
class ControlScores:
    """Scores of N people at K intensities; NaN if no face is detected in the picture.

    Attributes
    ----------
    intensities : (K,)
    scores : (N, K)
        Of the expression judge, 0 to 1.
    distances : (N, K), or None
        Identity distance between the picture and the input.
    unchanged : (N,) bool, or None
        Whether intensity 0 returned equal pixels; None where 0 was not among the intensities.
    """

    intensities: Array
    scores: Array
    distances: Array | None
    unchanged: npt.NDArray[np.bool_] | None


@dataclass(frozen=True)
class ControlCurve:
    """The course of the score over the intensity.

    Attributes
    ----------
    intensities, mean : (K,)
        Mean score at each intensity, over the people whose faces were found there.
    called : (K,)
        Share of those called happy.
    found : (K,) int
        How many they are.
    monotone_share : float
        Share of people whose score never falls (by more than `FALL`) from one intensity to the next.
    rising_steps : float
        The same share of single steps.
    linearity : float
        "Control linearity": Pearson correlation of score and intensity, mean over people; a score that never moves counts 0.
    pooled_linearity : float
        The same over all people's scores at once: people that differ at rest lower it.
    linearity_to_full : float
        As ``linearity``, over the intensities from 0 to 1 alone: beyond, a probability has nowhere to rise.
    linearity_of_odds : float
        As ``linearity``, for the log odds ``ln(score / (1 - score))``, which do not saturate (cut off at ±13.8).
    """

    intensities: Array
    mean: Array
    called: Array
    found: npt.NDArray[np.int64]
    monotone_share: float
    rising_steps: float
    linearity: float
    pooled_linearity: float
    linearity_to_full: float
    linearity_of_odds: float


def control_scores(
    synthesize: Synthesize,
    faces: Iterable[tuple[Pixels, Array]],
    provider: LandmarkProvider,
    expression: ExpressionJudge,
    identity: IdentityJudge | None = None,
    intensities: Sequence[float] = INTENSITIES,
) -> ControlScores:
    """Synthesise every face at every intensity, detect it again, and ask the judges.

    Parameters
    ----------
    synthesize : callable
        ``synthesize(pixels, landmarks, intensity) -> pixels`` of the same shape.
    faces : iterable of (pixels, landmarks)
        Photos (H, W, 3) uint8 with the landmarks (468, 3) of the face that is meant; read one after the other.
    provider : LandmarkProvider
        Finds the face in what was made: the largest.
    expression, identity : judges
    intensities : K floats, rising
        0, where it is among them, must return the pixels as they were; ``unchanged`` says whether it does.
    """
    steps = _checked_intensities(intensities)
    scores: list[list[float]] = []
    distances: list[list[float]] = []
    unchanged: list[bool] = []
    for pixels, landmarks in faces:
        pictures = [synthesize(pixels, landmarks, float(step)) for step in steps]
        found = [provider.detect(picture) for picture in pictures]
        judged = list(zip(pictures, found, strict=True))
        scores.append([expression.score(x, f[0]) if f else np.nan for x, f in judged])
        if identity is not None:
            start = identity.embed(pixels, landmarks)
            distances.append([identity.distance(start, identity.embed(x, f[0])) if f else np.nan for x, f in judged])
        unchanged += [np.array_equal(x, pixels) for x, step in zip(pictures, steps, strict=True) if step == 0]
    if not scores:
        raise InputError("a control curve needs at least one face")
    return ControlScores(
        steps,
        np.array(scores),
        np.array(distances) if identity is not None else None,
        np.array(unchanged) if (steps == 0).any() else None,
    )


def control_curve(scores: npt.ArrayLike, intensities: npt.ArrayLike) -> ControlCurve:
    """Say how scores follow the intensity.

    Parameters
    ----------
    scores : (N, K)
        Of N people at K intensities, 0 to 1; NaN where no face was found.
    intensities : (K,), rising

    Raises
    ------
    InputError
        If the shapes do not fit, or the intensities do not rise.

    Examples
    --------
    >>> curve = control_curve([[0.0, 0.5, 1.0]], [0.0, 0.5, 1.0])
    >>> round(curve.linearity, 3), curve.monotone_share
    (1.0, 1.0)
    """
    steps, table = _checked_intensities(intensities), np.asarray(scores, np.float64)
    if table.ndim != 2 or table.shape[1] != len(steps) or not len(table):
        raise InputError(f"scores must have shape (people, {len(steps)}); found {table.shape}")
    found = np.isfinite(table).sum(0)
    with np.errstate(invalid="ignore"):
        mean = np.nansum(table, axis=0) / found
        called = (table > CALLED).sum(0) / found
    falls = [row[np.isfinite(row)] for row in table]
    rises = [np.diff(row) >= -FALL for row in falls if len(row) > 1]
    to_full = steps <= 1
    everywhere = np.broadcast_to(steps, table.shape)
    return ControlCurve(
        intensities=steps,
        mean=mean,
        called=called,
        found=found,
        monotone_share=_mean([float(row.all()) for row in rises]),
        rising_steps=_mean([float(step) for row in rises for step in row]),
        linearity=_mean([_correlation(row, steps) for row in table]),
        pooled_linearity=_correlation(table.ravel(), everywhere.ravel()),
        linearity_to_full=_mean([_correlation(row[to_full], steps[to_full]) for row in table]),
        linearity_of_odds=_mean([_correlation(row, steps) for row in log_odds(table)]),
    )


def log_odds(scores: Array) -> Array:
    """Return ``log(p / (1 - p))`` of scores, kept finite for scores of 0 and 1."""
    likely = np.clip(scores, _SUREST, 1 - _SUREST)
    return np.asarray(np.log(likely / (1 - likely)))


def _checked_intensities(intensities: npt.ArrayLike) -> Array:
    steps = np.asarray(intensities, np.float64)
    if steps.ndim != 1 or len(steps) < 2 or not (np.diff(steps) > 0).all() or not np.isfinite(steps).all():
        raise InputError(f"intensities must be two or more numbers that rise; found {intensities!r}")
    return steps


def _correlation(values: Array, steps: Array) -> float:
    """Return Pearson's correlation over what is finite; NaN for fewer than two values, 0 where they do not move."""
    known = np.isfinite(values)
    if known.sum() < 2:
        return float("nan")
    a, b = (x[known] - x[known].mean() for x in (values, steps))
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > _LEVEL else 0.0


def _mean(values: Sequence[float]) -> float:
    """Return the mean of the numbers among some; NaN where there are none."""
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")
