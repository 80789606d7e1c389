"""Regressors from pixels to pixels, on registered images; pure NumPy, in the manner of scikit-learn."""

from __future__ import annotations

from pixelfes.errors import InputError
from pixelfes.regress.base import NotFittedError, PixelRegressor
from pixelfes.regress.full.estimator import Ridge
from pixelfes.regress.kernel.estimator import PixelKernelRidge
from pixelfes.regress.masked.estimator import MaskedRidge
from pixelfes.regress.pixel.estimator import PixelRidge
from pixelfes.regress.sparse.estimator import LocalSparseRidge, SparseRidge

__all__ = [
    "REGRESSORS",
    "LocalSparseRidge",
    "MaskedRidge",
    "NotFittedError",
    "PixelKernelRidge",
    "PixelRegressor",
    "PixelRidge",
    "Ridge",
    "SparseRidge",
    "method_name",
    "regressor_by_name",
]

REGRESSORS: dict[str, type[PixelRegressor]] = {
    "pixel-rr": PixelRidge,
    "pixel-kr": PixelKernelRidge,
    "mr": MaskedRidge,
    "rr": Ridge,
    "omp": SparseRidge,
    "lsrf": LocalSparseRidge,
}
"""The one table from a method's name, as commands and model files write it, to its class."""


def regressor_by_name(name: str) -> type[PixelRegressor]:
    """Look a regressor's class up by its method's name.

    Raises
    ------
    InputError
        For an unknown name; lists those there are.

    Examples
    --------
    >>> regressor_by_name("pixel-rr")(alpha=0.4)
    PixelRidge(alpha=0.4)
    >>> regressor_by_name("pixel-r")
    Traceback (most recent call last):
    pixelfes.errors.InputError: the method must be one of pixel-rr, ...; found 'pixel-r'
    """
    try:
        return REGRESSORS[name]
    except (KeyError, TypeError):
        raise InputError(f"the method must be one of {', '.join(REGRESSORS)}; found {name!r}") from None


def method_name(regressor: PixelRegressor) -> str:
    """Return the name of a regressor's method.

    Raises
    ------
    InputError
        If its class is not in the table.

    Examples
    --------
    >>> method_name(PixelRidge())
    'pixel-rr'
    """
    for name, kind in REGRESSORS.items():
        if type(regressor) is kind:
            return name
    raise InputError(f"a {type(regressor).__name__} has no name in REGRESSORS, and cannot be stored")
