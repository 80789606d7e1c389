"""Kernels of two numbers, with scikit-learn's names and parameters."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.regress.parameters import is_number

KernelName: TypeAlias = Literal["linear", "polynomial", "rbf", "laplacian", "sigmoid"]

_LARGEST_VALUE = 1e100
"""Greatest magnitude of a kernel's value: sums of squares of larger ones would overflow."""


@dataclass(frozen=True)
class Kernel:
    """One of scikit-learn's kernels, for samples that are a single number.

    Attributes
    ----------
    name : {"linear", "polynomial", "rbf", "laplacian", "sigmoid"}
        ``x y``, ``(gamma x y + coef0)^degree``, ``exp(-gamma (x - y)^2)``, ``exp(-gamma |x - y|)`` and
        ``tanh(gamma x y + coef0)``.
    gamma, degree, coef0 : float

    Examples
    --------
    >>> levels = np.array([0.0, 0.5, 1.0])
    >>> Kernel("rbf", gamma=10.0)(levels[:, None], levels).round(3)
    array([[1.   , 0.082, 0.   ],
           [0.082, 1.   , 0.082],
           [0.   , 0.082, 1.   ]])
    """

    name: KernelName
    gamma: float = 1.0
    degree: float = 3.0
    coef0: float = 1.0

    @classmethod
    def checked(cls, name: Any, gamma: Any, degree: Any, coef0: Any) -> Kernel:
        """Return the kernel of an estimator's parameters, or raise `InputError`. gamma None is 1, one over one feature."""
        if not isinstance(name, str) or name not in get_args(KernelName):
            raise InputError(f"kernel must be one of {', '.join(get_args(KernelName))}; found {reprlib.repr(name)}")
        gamma = 1.0 if gamma is None else gamma
        for parameter, value, least in (("gamma", gamma, 0), ("degree", degree, 0), ("coef0", coef0, -np.inf)):
            if not is_number(value) or not np.isfinite(value) or value < least:
                asked = "a finite number" + (" >= 0" if least == 0 else "")
                raise InputError(f"{parameter} must be {asked}; found {reprlib.repr(value)}")
        return cls(name, float(gamma), float(degree), float(coef0))  # type: ignore[arg-type]

    @property
    def is_positive(self) -> bool:
        """Whether all its Gram matrices are known to be positive semi-definite."""
        if self.name == "polynomial":
            return self.coef0 >= 0 and self.degree == int(self.degree)
        return self.name != "sigmoid"

    def __call__(self, x: AnyArray, y: AnyArray) -> AnyArray:
        """Return the kernel of x and y, which broadcast against each other.

        Raises
        ------
        InputError
            If a polynomial is not a number (a fractional power of a negative one), or beyond 1e100.
        """
        if self.name in ("rbf", "laplacian"):
            values: AnyArray = np.subtract(x, y)
            (np.square if self.name == "rbf" else np.abs)(values, out=values)
            values *= -self.gamma
            np.exp(values, out=values)
            return values
        values = np.multiply(x, y)
        if self.name == "linear":
            return values
        with np.errstate(over="ignore"):
            values *= self.gamma
            values += self.coef0
        if self.name == "sigmoid":
            np.tanh(values, out=values)
            return values
        with np.errstate(all="ignore"):
            np.power(values, self.degree, out=values)
        if not (np.abs(values) <= _LARGEST_VALUE).all():
            asked = f"degree={self.degree:g}, gamma={self.gamma:g}, coef0={self.coef0:g}"
            raise InputError(f"the polynomial kernel with {asked} is not a number, or too large, on these images")
        return values
