"""The regressions as the papers set them: the prior zero, the penalty 0.4, and MR with maps of its own for each channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.evaluate.paper.crops import Crops
from pixelfes.regress import MaskedRidge, PixelKernelRidge, PixelRegressor, PixelRidge, Ridge

LAMBDA = 0.4
_WHITE = 255

METHODS: Mapping[str, Callable[[], PixelRegressor]] = {
    "RR": lambda: Ridge(alpha=LAMBDA, channels="separate", prior="zero"),
    "MR": lambda: MaskedRidge(alpha=LAMBDA, channels="separate", prior="zero"),
    "Pixel-RR": lambda: PixelRidge(alpha=LAMBDA, prior="zero"),
    "Pixel-KR": lambda: PixelKernelRidge(alpha=LAMBDA, prior="zero", solver="exact"),
}
"""By the paper's names. MR's released code has a regression for each channel; Pixel-RR's one for all of them."""


def kept_out_pictures(
    crops: Crops, fit: Callable[[], PixelRegressor], folds: int, seed: int = 0
) -> Iterator[tuple[AnyArray, AnyArray]]:
    """Fit on some people and yield the positions of the others and the pictures made of them, 0 to 1, fold by fold."""
    names = sorted(set(crops.people))
    place = {names[n]: i for i, n in enumerate(np.random.default_rng(seed).permutation(len(names)))}
    fold_of = np.array([place[name] % folds for name in crops.people])
    for fold in range(folds):
        test = np.flatnonzero(fold_of == fold)
        regressor = fit().fit(crops.X[fold_of != fold], crops.T[fold_of != fold])
        yield test, np.clip(regressor.predict(crops.X[test]), 0, 1)


def kept_out_errors(crops: Crops, fit: Callable[[], PixelRegressor], folds: int, seed: int = 0) -> AnyArray:
    """Return the mean squared error of every pair in levels of 255, (N,), by fits that have not seen the person."""
    errors = np.empty(len(crops))
    for test, made in kept_out_pictures(crops, fit, folds, seed):
        errors[test] = errors_of(made, crops.T[test])
    return errors


def copy_errors(crops: Crops) -> AnyArray:
    """Return the errors of the inputs themselves, as `kept_out_errors` does."""
    return errors_of(unit(crops.X), crops.T)


def errors_of(made: AnyArray, targets: AnyArray) -> AnyArray:
    """Return the mean squared differences of pictures, (N,), in levels of 255."""
    off = _WHITE * (made.astype(np.float64) - unit(targets))
    mean: AnyArray = np.square(off).reshape(len(off), -1).mean(axis=1)
    return mean


def unit(images: AnyArray) -> AnyArray:
    """Return images as float64 with 1 for white."""
    return images / _WHITE if images.dtype == np.uint8 else images.astype(np.float64)
