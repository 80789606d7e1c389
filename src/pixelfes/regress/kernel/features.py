"""Eigen-features: the few functions of one number whose inner product is, to a tolerance, a smooth kernel."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.kernel.kernels import Kernel, is_number

LEVELS = 256
EIGHT_BIT = np.arange(LEVELS) / (LEVELS - 1)
"""The levels of an 8-bit image, 0 to 1."""

MOST_FEATURES = 64
"""Beyond this the sums of squares per pixel are more than the levels they replace."""

ROUNDING = 1e-15
"""Eigenvalues below this part of the largest are rounding: features down to it reproduce a kernel as it is."""

LEAST_TOLERANCE = 1e-13
"""Eigenvectors of smaller eigenvalues are another computer's no more."""

FAINT = 1e-10
"""Features of places so far away that they are below this part of their greatest value are 0: no data to build on."""

STEPS = 32 * (LEVELS - 1)
"""Between so many points to the unit, the levels among them, features are linear: off by less than 1e-8 gamma for rbf."""


@dataclass(frozen=True, eq=False)
class KernelFeatures:
    """The leading eigen-features of a kernel on 256 even levels, phi_j(x) = Σ_l k(x, level_l) projection_lj.

    On the levels phi(x) . phi(y) is the Gram matrix cut to its leading eigenvalues; elsewhere this is Nystroem's
    extension, of which ``|phi(x)|^2 <= k(x, x)`` holds everywhere.

    Attributes
    ----------
    kernel : Kernel
    upper : float
        The levels lie evenly from 0 to here.
    projection : array of shape (256, rank), float64
    at_levels : array of shape (256, rank), float64
        The features of the 8-bit levels, 0 to 1, whatever ``upper`` is.
    """

    kernel: Kernel
    upper: float
    projection: AnyArray
    at_levels: AnyArray

    @property
    def rank(self) -> int:
        """Count of the features."""
        return self.projection.shape[1]

    def at(self, x: AnyArray) -> AnyArray:
        """Return the features of images as they are checked: (*x.shape, rank), float64.

        Those of floats are read off a table with `STEPS` points to the unit, linear between them.
        """
        if x.dtype == np.uint8:
            rows: AnyArray = np.take(self.at_levels, x, axis=0)
            return rows
        low, high = int(np.floor(x.min())), int(np.floor(x.max())) + 1
        place = (x.astype(np.float64) - low) * STEPS
        below = place.astype(np.intp)
        place -= below
        if x.size > (high - low) * STEPS // 2:
            table = _table(self, low, high)
            rows, above = np.take(table, below, axis=0), np.take(table, below + 1, axis=0)
        else:  # the same numbers, without those that are not needed
            below += low * STEPS
            rows, above = self._on_grid(below), self._on_grid(below + 1)
        above -= rows
        above *= place[..., np.newaxis]
        rows += above
        return rows

    def _on_grid(self, steps: AnyArray) -> AnyArray:
        """Return the features at whole steps from 0."""
        points = steps.ravel() / STEPS
        levels = np.linspace(0, self.upper, LEVELS)
        phi = np.empty((len(points), self.rank))
        for start in range(0, len(points), 2**12):
            part = slice(start, start + 2**12)
            np.matmul(self.kernel(points[part, np.newaxis], levels), self.projection, out=phi[part])
        phi[np.abs(phi) < FAINT * np.abs(self.at_levels).max(axis=0)] = 0
        return phi.reshape(*steps.shape, self.rank)


@lru_cache(maxsize=8)
def eigen_features(kernel: Kernel, tolerance: float, rank: int | None = None, upper: float = 1.0) -> KernelFeatures:
    """Make the eigen-features of a kernel.

    Parameters
    ----------
    kernel : Kernel
    tolerance : float
        Eigenvalues below this part of the largest are left out.
    rank : None, or int
        At most so many features, in the place of the tolerance; fewer where the kernel has no more.
    upper : float
        End of the interval that the levels divide.

    Returns
    -------
    KernelFeatures
        By descending eigenvalue, each positive at the last level, so that every computer has the same ones.

    Raises
    ------
    InputError
        Where the kernel is not positive semi-definite on the levels.
    """
    levels = np.linspace(0, upper, LEVELS)
    values, vectors = np.linalg.eigh(kernel(levels[:, np.newaxis], levels))
    if values[0] < -1e-12 * np.abs(values).max():
        raise InputError(
            f"the {kernel.name} kernel is not positive semi-definite with these parameters, so that it has no "
            "features: use solver='exact'"
        )
    kept = values > max(values[-1], 0) * (tolerance if rank is None else LEAST_TOLERANCE)
    values, vectors = values[kept][::-1][:rank], vectors[:, kept][:, ::-1][:, :rank]
    vectors = vectors * np.where(vectors[-1] < 0, -1.0, 1.0)
    projection = np.ascontiguousarray(vectors / np.sqrt(values))
    at_levels = kernel(EIGHT_BIT[:, np.newaxis], levels) @ projection if upper != 1 else vectors * np.sqrt(values)
    at_levels = np.ascontiguousarray(at_levels)
    projection.flags.writeable = at_levels.flags.writeable = False
    return KernelFeatures(kernel, upper, projection, at_levels)


def check_features(tolerance: object, rank: object) -> None:
    """Raise `InputError` unless they are an estimator's tolerance and rank."""
    if not is_number(tolerance) or not LEAST_TOLERANCE <= tolerance <= 1:  # type: ignore[operator]
        found = reprlib.repr(tolerance)
        raise InputError(f"tolerance must be a number from {LEAST_TOLERANCE:g} to 1; found {found}")
    whole = isinstance(rank, int | np.integer) and not isinstance(rank, bool)
    if rank is not None and not (whole and 1 <= rank <= LEVELS):  # type: ignore[operator]
        raise InputError(f"rank must be None, or a whole number from 1 to {LEVELS}; found {reprlib.repr(rank)}")


def few_features(kernel: Kernel, tolerance: float, rank: int | None, upper: float) -> KernelFeatures:
    """Make the features of `eigen_features`, or raise `InputError` where the tolerance asks for more than `MOST_FEATURES`."""
    features = eigen_features(kernel, float(tolerance), None if rank is None else int(rank), upper)
    if rank is None and features.rank > MOST_FEATURES:
        raise InputError(
            f"the {kernel.name} kernel needs {features.rank} features for a tolerance of {tolerance:g}, and more than "
            f"{MOST_FEATURES} are no gain: give a rank, or use solver='exact'"
        )
    return features


@lru_cache(maxsize=2)
def _table(features: KernelFeatures, low: int, high: int) -> AnyArray:
    table = features._on_grid(np.arange(low * STEPS, high * STEPS + 2))
    table.flags.writeable = False
    return table
