"""The one core under all linear regressors: small normal equations, one system per pixel, solved for all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray

NEGLIGIBLE = 1e-10
"""A pivot below this part of its own diagonal is rounding: that unknown counts as not determined."""

TINY = 1e-300
"""A pivot below this has no reciprocal to multiply with: it counts as not determined too."""

BLOCK = 2**12
"""Systems that are eliminated at a time: few enough to stay in the processor's cache."""


def solve_normal_equations(
    gram: AnyArray | Sequence[Sequence[AnyArray]],
    moment: AnyArray | Sequence[AnyArray],
    penalty: npt.ArrayLike | Sequence[npt.ArrayLike],
    prior: npt.ArrayLike | Sequence[npt.ArrayLike] | None = None,
    scale: AnyArray | Sequence[npt.ArrayLike] | None = None,
) -> AnyArray:
    """Coefficients of penalised least squares from its sums, by LDL' elimination of one unknown after another.

    Minimises, for every pixel by itself, ``1/2 ||A c - t||^2 + 1/2 Σ_j penalty_j (c_j - prior_j)^2``, that is solves
    ``(gram + diag(penalty)) c = moment + penalty * prior`` with gram = A'A and moment = A't. All arguments are
    indexed by unknown first; whatever stands behind that index broadcasts against the pixels.

    Parameters
    ----------
    gram : array of shape (k, k, *shape), or k sequences of k arrays, float64
        Positive semi-definite; only ``gram[i][j]`` with i <= j is read.
    moment : array of shape (k, *shape), or k arrays of that shape, float64
    penalty : float, or k of them, each a float or an array that broadcasts against ``shape``
        >= 0. Where it is infinite the unknown keeps its prior.
    prior : None, float, or k of them, as penalty
        Where the penalty pulls; None is 0.
    scale : None, or k of them, as penalty
        Diagonal against which a pivot is negligible: where the sums are those of a whole with a part taken out,
        that of the whole, whose rounding they carry. None is gram's own.

    Returns
    -------
    array of shape (k, *shape), float64
        Finite. An unknown that the data and the penalty leave open, given those before it, keeps its prior: with
        the bias first, a pixel that never varies keeps the weight and gets the mean residual as bias.

    Examples
    --------
    >>> x, t = np.linspace(0, 1, 50), np.linspace(0.2, 1.7, 50)
    >>> sums = [[np.array(50.0), x.sum()], [None, x @ x]]
    >>> solve_normal_equations(sums, [t.sum(), x @ t], 0.0).round(6)
    array([0.2, 1.5])
    """
    k, shape = len(moment), np.shape(moment[0])
    pixels = shape or (1,)
    penalties = _per_unknown(penalty, k)
    scales = [gram[j][j] for j in range(k)] if scale is None else _per_unknown(scale, k)
    priors = None if prior is None else _per_unknown(prior, k)
    solution = np.empty((k, *pixels))
    for block in _blocks(pixels, k):
        upper = {(i, j): _cut(gram[i][j], pixels, block) for i in range(k) for j in range(i, k)}
        rest = [_cut(m, pixels, block) for m in moment]
        centre = None if priors is None else [_cut(p, pixels, block) for p in priors]
        if centre is not None:
            rest = [_residual(m, upper, centre, i) for i, m in enumerate(rest)]
        least = []
        for j in range(k):
            extra = _cut(penalties[j], pixels, block)
            upper[j, j] = upper[j, j] + extra
            least.append(_least(_cut(scales[j], pixels, block) + extra))
        steps = solution[:, block]
        _eliminate(upper, rest, least, steps)
        if centre is not None:
            for j in range(k):
                steps[j] += centre[j]
    return solution.reshape(k, *shape)


def _eliminate(
    upper: dict[tuple[int, int], AnyArray], rest: list[AnyArray], least: list[AnyArray], out: AnyArray
) -> None:
    """Solve into ``out``; the pivots are overwritten, everything else in ``upper`` and ``rest`` is only replaced."""
    k = len(rest)
    for j in range(k):
        pivot = upper[j, j]
        if not (determined := pivot > least[j]).all():
            np.putmask(pivot, ~determined, np.inf)
        inverse = upper[j, j] = np.divide(1.0, pivot, out=pivot)
        for i in range(j + 1, k):
            factor = upper[j, i] * inverse
            for m in range(i, k):
                upper[i, m] = _less(upper[i, m], factor * upper[j, m])
            rest[i] = _less(rest[i], factor * rest[j])
    for j in reversed(range(k)):
        value = rest[j]
        for i in range(j + 1, k):
            value = _less(value, upper[j, i] * out[i])
        np.multiply(value, upper[j, j], out=out[j])


def _less(value: AnyArray, product: AnyArray) -> AnyArray:
    return np.subtract(value, product, out=product)


def _least(diagonal: AnyArray) -> AnyArray:
    diagonal *= NEGLIGIBLE
    diagonal += TINY
    return diagonal


def _residual(moment: AnyArray, upper: dict[tuple[int, int], AnyArray], prior: list[AnyArray], i: int) -> AnyArray:
    for j, p in enumerate(prior):
        if p.any():
            moment = moment - upper[min(i, j), max(i, j)] * p
    return moment


def _cut(value: npt.ArrayLike, pixels: tuple[int, ...], block: slice) -> AnyArray:
    array = np.asarray(value)
    return (array if array.shape == pixels else np.broadcast_to(array, pixels))[block]


def _blocks(pixels: tuple[int, ...], k: int) -> Iterator[slice]:
    # Two unknowns leave so few temporaries that cutting would cost more than it saves.
    step = pixels[0] if k == 2 else max(1, BLOCK // max(1, int(np.prod(pixels[1:]))))
    for start in range(0, pixels[0], step):
        yield slice(start, start + step)


def _per_unknown(values: Any, k: int) -> Sequence[npt.ArrayLike]:
    if not isinstance(values, list | tuple) and np.ndim(values) == 0:
        return [values] * k
    if len(values) != k:
        raise ValueError(f"{k} unknowns need one value for all or one for each; found {len(values)}")
    return list(values)
