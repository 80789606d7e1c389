"""The sums of a `PixelKernelRidge`: per level or per feature, whichever the first pairs call for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.images import RegisteredPairs
from pixelfes.regress.kernel.features import MOST_FEATURES, KernelFeatures, eigen_features, few_features
from pixelfes.regress.kernel.kernels import Kernel
from pixelfes.regress.kernel.statistics import FeatureSums, LevelSums
from pixelfes.regress.parameters import Prior

Solver: TypeAlias = Literal["auto", "exact", "features"]

BEYOND_PHOTOS = 2.0
"""End of the levels of features for images that leave [0, 1], as photos divided by their light do; skin is 1 there."""


@dataclass(frozen=True)
class Choice:
    """What a `PixelKernelRidge` regresses on, by its parameters."""

    kernel: Kernel
    solver: Solver
    rank: int | None
    tolerance: float
    prior: Prior

    def features(self, images: AnyArray) -> KernelFeatures | None:
        """Return the features to regress on for inputs like these; None for the kernel itself."""
        photos = images.dtype == np.uint8 or images.max() <= 1
        upper = 1.0 if photos else BEYOND_PHOTOS
        if self.solver == "auto" and (images.dtype == np.uint8 or not self._is_smooth(upper)):
            return None
        return None if self.solver == "exact" else self.features_to(upper)

    def features_to(self, upper: float) -> KernelFeatures:
        """Return the features on levels to here, or raise `InputError` where they are too many or there are none."""
        return few_features(self.kernel, self.tolerance, self.rank, upper)

    def _is_smooth(self, upper: float) -> bool:
        if self.rank is not None or not self.kernel.is_positive:
            return self.kernel.is_positive
        return eigen_features(self.kernel, float(self.tolerance), None, upper).rank <= MOST_FEATURES


class KernelSums:
    """Sums over no pair yet, or those of levels or features.

    Attributes
    ----------
    shape : tuple of int
        Of the maps, (H, W) or (H, W, C).
    part : None, LevelSums or FeatureSums
        None before the first pairs, which decide.
    """

    part: LevelSums | FeatureSums | None

    def __init__(self, choice: Choice, shape: tuple[int, ...]) -> None:
        self._choice = choice
        self.shape = shape
        self.part = None

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add checked pairs, in place, all or none, and return itself."""
        part = self.part
        if part is None:
            features = self._choice.features(pairs.X)
            if features is None:
                part = LevelSums.zeros(self.shape)
            else:
                part = FeatureSums.zeros(features, self._choice.prior, self.shape)
        self.part = part.add_pairs(pairs)
        return self

    def merge(self, other: KernelSums) -> Self:
        """Add other sums, in place, or raise `InputError` where they are others in kind, features or shape."""
        kinds = type(self.part), type(other.part)
        if kinds[0] is not kinds[1]:
            raise InputError(f"sums of one kind can be joined; found {kinds[0].__name__} and {kinds[1].__name__}")
        if self.part is not None:
            others: Any = other.part
            self.part.merge(others)
        return self
