"""Eigen-features: a few functions of one number whose inner product approximates a smooth kernel."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.kernel.kernels import Kernel
from pixelfes.regress.parameters import is_number, is_whole_number

N_LEVELS = 256
"""Number of levels of an 8-bit image."""

LEVEL_VALUES = np.arange(N_LEVELS) / (N_LEVELS - 1)
"""The values of these levels, 0 to 1."""

MOST_FEATURES = 64
"""With more features, a pixel needs more sums than with levels."""

EIGENVALUE_ROUNDING = 1e-15
"""Eigenvalues below this part of the largest are rounding. Features down to it reproduce the kernel."""

_LEAST_TOLERANCE = 1e-13
"""Below this part of the largest eigenvalue, eigenvectors are not reproducible across machines."""

_FAINT = 1e-10
"""A feature is 0 where it is below this part of its greatest value: so far away there are no data."""

_STEPS_PER_UNIT = 32 * (N_LEVELS - 1)
"""Features are tabulated at this many points per unit, which include the levels, and are linear between them.

The error is below 1e-8 gamma for the rbf kernel.
"""


@dataclass(frozen=True, eq=False)
class KernelFeatures:
    """The leading eigen-features of a kernel on 256 evenly spaced levels.

    phi_j(x) = Σ_l k(x, level_l) projection_lj. On the levels, phi(x) . phi(y) is the Gram matrix reduced to its leading
    eigenvalues. Elsewhere this is Nystroem's extension, and ``|phi(x)|^2 <= k(x, x)`` holds everywhere.

    Attributes
    ----------
    kernel : Kernel
    upper : float
        The levels are evenly spaced from 0 to this.
    projection : array of shape (256, rank), float64
    at_levels : array of shape (256, rank), float64
        The features of the 8-bit levels, 0 to 1, for any ``upper``.
    """

    kernel: Kernel
    upper: float
    projection: AnyArray
    at_levels: AnyArray

    @property
    def rank(self) -> int:
        """Number of features."""
        return int(self.projection.shape[1])

    def at(self, x: AnyArray) -> AnyArray:
        """Return the features of the values of checked images, (*x.shape, rank), float64.

        For floats they are interpolated linearly between points of a grid, `_STEPS_PER_UNIT` per unit.
        """
        if x.dtype == np.uint8:
            rows: AnyArray = np.take(self.at_levels, x, axis=0)
            return rows
        low, high = int(np.floor(x.min())), int(np.floor(x.max())) + 1
        fraction = (x.astype(np.float64) - low) * _STEPS_PER_UNIT
        below = fraction.astype(np.intp)
        fraction -= below
        if x.size > (high - low) * _STEPS_PER_UNIT // 2:
            tabulated = _tabulated(self, low, high)
            rows, above = np.take(tabulated, below, axis=0), np.take(tabulated, below + 1, axis=0)
        else:  # the same values, computed only where needed
            below += low * _STEPS_PER_UNIT
            rows, above = self._on_grid(below), self._on_grid(below + 1)
        above -= rows
        above *= fraction[..., np.newaxis]
        rows += above
        return rows

    def _on_grid(self, steps: AnyArray) -> AnyArray:
        """Return the features at whole steps of the grid, counted from 0."""
        points = steps.ravel() / _STEPS_PER_UNIT
        levels = np.linspace(0, self.upper, N_LEVELS)
        phi = np.empty((len(points), self.rank))
        for start in range(0, len(points), 2**12):
            part = slice(start, start + 2**12)
            np.matmul(self.kernel(points[part, np.newaxis], levels), self.projection, out=phi[part])
        phi[np.abs(phi) < _FAINT * np.abs(self.at_levels).max(axis=0)] = 0
        return phi.reshape(*steps.shape, self.rank)


@lru_cache(maxsize=8)
def eigen_features(kernel: Kernel, tolerance: float, rank: int | None = None, upper: float = 1.0) -> KernelFeatures:
    """Return the eigen-features of a kernel.

    Parameters
    ----------
    kernel : Kernel
    tolerance : float
        Eigenvalues below this part of the largest are left out.
    rank : None, or int
        Number of features, in place of the tolerance. There are fewer if the kernel has no more.
    upper : float
        End of the interval from 0 that the levels divide.

    Returns
    -------
    KernelFeatures
        By descending eigenvalue. Each is positive at the last level, so that the signs are the same on every machine.

    Raises
    ------
    InputError
        If the kernel is not positive semi-definite on the levels.
    """
    levels = np.linspace(0, upper, N_LEVELS)
    values, vectors = np.linalg.eigh(kernel(levels[:, np.newaxis], levels))
    if values[0] < -1e-12 * np.abs(values).max():
        raise InputError(
            f"the {kernel.name} kernel is not positive semi-definite with these parameters, so it has no features: "
            "use solver='exact'"
        )
    kept = values > max(values[-1], 0) * (tolerance if rank is None else _LEAST_TOLERANCE)
    values, vectors = values[kept][::-1][:rank], vectors[:, kept][:, ::-1][:, :rank]
    vectors = vectors * np.where(vectors[-1] < 0, -1.0, 1.0)
    projection = np.ascontiguousarray(vectors / np.sqrt(values))
    at_levels = kernel(LEVEL_VALUES[:, np.newaxis], levels) @ projection if upper != 1 else vectors * np.sqrt(values)
    at_levels = np.ascontiguousarray(at_levels)
    projection.flags.writeable = at_levels.flags.writeable = False
    return KernelFeatures(kernel, upper, projection, at_levels)


def check_features(tolerance: object, rank: object) -> None:
    """Raise `InputError` unless the tolerance and the rank of an estimator are valid."""
    if not is_number(tolerance) or not _LEAST_TOLERANCE <= tolerance <= 1:  # type: ignore[operator]
        found = reprlib.repr(tolerance)
        raise InputError(f"tolerance must be a number from {_LEAST_TOLERANCE:g} to 1; found {found}")
    if rank is not None and not (is_whole_number(rank) and 1 <= rank <= N_LEVELS):  # type: ignore[operator]
        raise InputError(f"rank must be None, or a whole number from 1 to {N_LEVELS}; found {reprlib.repr(rank)}")


def few_features(kernel: Kernel, tolerance: float, rank: int | None, upper: float) -> KernelFeatures:
    """Return `eigen_features`; raise `InputError` if the tolerance needs more than `MOST_FEATURES`."""
    features = eigen_features(kernel, float(tolerance), None if rank is None else int(rank), upper)
    if rank is None and features.rank > MOST_FEATURES:
        raise InputError(
            f"the {kernel.name} kernel needs {features.rank} features for a tolerance of {tolerance:g}, and more than "
            f"{MOST_FEATURES} bring no gain: give a rank, or use solver='exact'"
        )
    return features


@lru_cache(maxsize=2)
def _tabulated(features: KernelFeatures, low: int, high: int) -> AnyArray:
    """Return the features at all grid points from ``low`` to ``high``, read-only."""
    values = features._on_grid(np.arange(low * _STEPS_PER_UNIT, high * _STEPS_PER_UNIT + 2))
    values.flags.writeable = False
    return values
