"""Regressors from pixels to pixels of registered images: pure NumPy, with scikit-learn's conventions.

Importing this loads the base class alone; each family of regressors is imported at its first use.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pixelfes.errors import InputError
from pixelfes.regress.base import NotFittedError, PixelRegressor

if TYPE_CHECKING:
    from pixelfes.regress.full import Ridge
    from pixelfes.regress.kernel import PixelKernelRidge
    from pixelfes.regress.masked import MaskedRidge
    from pixelfes.regress.pixel import PixelRidge
    from pixelfes.regress.sparse import LocalSparseRidge, SparseRidge

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

# Method name -> (package of the family, class there).
_METHODS = {
    "pixel-rr": ("pixelfes.regress.pixel", "PixelRidge"),
    "pixel-kr": ("pixelfes.regress.kernel", "PixelKernelRidge"),
    "mr": ("pixelfes.regress.masked", "MaskedRidge"),
    "rr": ("pixelfes.regress.full", "Ridge"),
    "omp": ("pixelfes.regress.sparse", "SparseRidge"),
    "lsrf": ("pixelfes.regress.sparse", "LocalSparseRidge"),
}
_CLASSES = {name: family for family, name in _METHODS.values()}


class _Regressors(Mapping[str, type[PixelRegressor]]):
    """A read-only mapping that imports a class when it is looked up; names alone import nothing."""

    def __getitem__(self, name: str) -> type[PixelRegressor]:
        family, class_name = _METHODS[name]
        regressor: type[PixelRegressor] = getattr(import_module(family), class_name)
        return regressor

    def __iter__(self) -> Iterator[str]:
        return iter(_METHODS)

    def __len__(self) -> int:
        return len(_METHODS)

    def __contains__(self, name: object) -> bool:
        return name in _METHODS


REGRESSORS: Mapping[str, type[PixelRegressor]] = _Regressors()
"""Class of each method, by the name that commands and model files use. Looking a class up imports its family."""


def regressor_by_name(name: str) -> type[PixelRegressor]:
    """Return the regressor class of a method; only its family is imported.

    Raises
    ------
    InputError
        If the name is unknown; the message lists the known ones.

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
    """Return the method name of a regressor's class; nothing is imported.

    Raises
    ------
    InputError
        If the class is not in `REGRESSORS`. A subclass of a class that is does not count.

    Examples
    --------
    >>> method_name(regressor_by_name("pixel-rr")())
    'pixel-rr'
    """
    kind = type(regressor)
    for name in REGRESSORS:
        family, class_name = _METHODS[name]
        if getattr(sys.modules.get(family), class_name, None) is kind:
            return name
    raise InputError(f"a {kind.__name__} has no name in REGRESSORS, and cannot be stored")


def __getattr__(name: str) -> Any:
    if name not in _CLASSES:
        raise AttributeError(f"module 'pixelfes.regress' has no attribute {name!r}")
    value = getattr(import_module(_CLASSES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
