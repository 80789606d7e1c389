"""Predictions of ridge regression on all pixels, and the matrix that its dual form avoids."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.regress.full.sums import as_images, as_samples
from pixelfes.regress.parameters import Prior

_VALUES_PER_STACK = 2**22
"""Values of images that are predicted at a time."""

_MATRIX_ROWS = 2**10
"""Rows of the matrix that are formed at a time."""


def predict_dual(
    images: AnyArray, basis: AnyArray, constant: AnyArray, coefficients: AnyArray, prior: Prior = "zero"
) -> AnyArray:
    """Return Σ_n (basis_n · image + constant_n) coefficients_n for every checked image, plus it with prior "identity".

    Parameters
    ----------
    images : array of shape (N, H, W) or (N, H, W, C)
        uint8 is divided by 255.
    basis, constant, coefficients : arrays of shape (n, H, W), (n,) and (n, H, W)
        For separate channels (n, H, W, C), (n, C) and (n, H, W, C).
    prior : {"zero", "identity"}

    Returns
    -------
    array of the shape of the images, float64 for float64 inputs and float32 otherwise
    """
    by_basis, by_coefficients, constants = _by_model(basis), _by_model(coefficients), _constants_by_model(constant)
    return _predict(
        images, basis.shape[1:], lambda x: (x @ by_basis.transpose(0, 2, 1) + constants) @ by_coefficients, prior
    )


def predict_primal(images: AnyArray, weight: AnyArray, bias: AnyArray, prior: Prior = "zero") -> AnyArray:
    """Return weight' image + bias for every checked image, plus the image with the prior "identity".

    Parameters
    ----------
    images : array of shape (N, H, W) or (N, H, W, C)
        uint8 is divided by 255.
    weight, bias : arrays of shape (H W, H, W) and (H, W), or (H W, H, W, C) and (H, W, C)
    prior : {"zero", "identity"}

    Returns
    -------
    array of the shape of the images, float64 for float64 inputs and float32 otherwise
    """
    matrix, constants = _by_model(weight), _by_model(bias[np.newaxis])
    return _predict(images, bias.shape, lambda x: x @ matrix + constants, prior)


def _predict(
    images: AnyArray, shape: tuple[int, ...], learnt: Callable[[AnyArray], AnyArray], prior: Prior
) -> AnyArray:
    """Apply a function of samples (M, n, P) to images, several at a time."""
    out = np.empty(images.shape, np.float64 if images.dtype == np.float64 else np.float32)
    step = max(1, _VALUES_PER_STACK // images[0].size)
    for start in range(0, len(images), step):
        result = out[start : start + step]
        x = as_samples(images[start : start + step], shape, np.float64)
        predicted = learnt(x)
        if prior == "identity":
            predicted += x
        result[...] = as_images(predicted, result.shape, shape)
    return out


def matrix_of_dual(
    basis: AnyArray, constant: AnyArray, coefficients: AnyArray, dtype: npt.DTypeLike
) -> tuple[AnyArray, AnyArray]:
    """Form the matrices and biases of M regressions that `predict_dual` applies, without the prior's part.

    Returns
    -------
    weight, bias : arrays of shape (M, P, P) and (M, 1, P)
        The matrix is of ``dtype``, the bias float64.
    """
    by_basis, by_coefficients = _by_model(basis), _by_model(coefficients)
    weight = np.empty((len(by_basis), by_basis.shape[2], by_basis.shape[2]), dtype)
    for b, c, out in zip(by_basis, by_coefficients, weight, strict=True):
        for start in range(0, len(out), _MATRIX_ROWS):
            out[start : start + _MATRIX_ROWS] = b[:, start : start + _MATRIX_ROWS].T @ c
    return weight, _constants_by_model(constant) @ by_coefficients


def matrix_of_primal(weight: AnyArray, bias: AnyArray, dtype: npt.DTypeLike) -> tuple[AnyArray, AnyArray]:
    """Return the matrices and biases that `predict_primal` applies, as `matrix_of_dual` does."""
    return _by_model(weight).astype(dtype), _by_model(bias[np.newaxis]).astype(dtype)


def _by_model(arrays: AnyArray) -> AnyArray:
    """Return a view of arrays (n, H, W) or (n, H, W, C) as (M, n, H W)."""
    return np.moveaxis(arrays.reshape(len(arrays), -1, int(np.prod(arrays.shape[3:]))), 2, 0)


def _constants_by_model(constant: AnyArray) -> AnyArray:
    """Return a view of constants (n,) or (n, C) as (M, 1, n)."""
    return constant.reshape(len(constant), -1).T[:, np.newaxis]
