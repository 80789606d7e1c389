"""The regressors as parts of an ONNX graph: from a registered crop to the affine map of every pixel around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.export.fixed_maps import fixed_maps, is_fixed, with_channel
from pixelfes.export.kernel_levels import factors, level_changes
from pixelfes.export.onnx.graph import END, Graph, Value
from pixelfes.regress import MaskedRidge, PixelKernelRidge, PixelRegressor, PixelRidge, Ridge, SparseRidge

Maps = tuple[Value, Value]


def constant(graph: Graph, array: AnyArray) -> Value:
    """Return a float32 constant."""
    return graph.value(array.astype(np.float32))


def regressor_maps(graph: Graph, regressor: PixelRegressor, crop: Value) -> Maps:
    """Return weight and bias around a crop; see `PixelRegressor.local_affine`.

    Parameters
    ----------
    crop : Value
        The registered crop, float32 (S, S, 3), whole levels from 0 to 255.

    Returns
    -------
    weight, bias : Value
        float32, of a shape that broadcasts to that of the crop; bias 1 for 255.

    Raises
    ------
    InputError
        For a regressor that cannot be exported.
    """
    for kind, part in _PARTS.items():
        if isinstance(regressor, kind):
            return part(graph, regressor, crop)
    raise InputError(f"a {type(regressor).__name__} cannot be exported to ONNX")


def _of_pixel(graph: Graph, regressor: PixelRegressor, crop: Value) -> Maps:
    weight, bias = fixed_maps(regressor, "grid")
    return constant(graph, weight), constant(graph, bias)


def _of_sparse(graph: Graph, regressor: SparseRidge, crop: Value) -> Maps:
    if is_fixed(regressor):
        return _of_pixel(graph, regressor, crop)
    x = crop / 255.0
    by_pixel = x.shaped(-1, 3)
    predicted = constant(graph, with_channel(regressor.bias_))
    for f in range(regressor.indices_.shape[2]):
        seen = by_pixel.take(graph.value(regressor.indices_[..., f]))
        predicted = predicted + seen * constant(graph, with_channel(regressor.weight_[:, :, f]))
    return graph.value(1.0, np.float32), predicted - x


def _of_windows(graph: Graph, regressor: MaskedRidge, crop: Value) -> Maps:
    x, r, side = crop / 255.0, regressor.r, regressor.bias_.shape[0]
    reach = r // 2
    padding = np.array([reach, reach, 0, reach, reach, 0], np.int64)
    padded = graph.op("Pad", x, padding)
    predicted = constant(graph, with_channel(regressor.bias_))
    for row in range(r):
        for column in range(r):
            part = padded.part(row, row + side, 0).part(column, column + side, 1)
            predicted = predicted + part * constant(graph, with_channel(regressor.weight_[row, column]))
    weight = constant(graph, with_channel(regressor.weight_.sum((0, 1))))
    return weight, predicted - weight * x


def _of_kernel(graph: Graph, regressor: PixelKernelRidge, crop: Value) -> Maps:
    coefficients, functions = factors(level_changes(regressor))
    if coefficients.ndim == 3:
        coefficients = coefficients[:, :, np.newaxis]
    features = constant(graph, np.ascontiguousarray(functions.T)).take(crop.to(np.int64))  # (S, S, 3, r)
    return graph.value(1.0, np.float32), (features * constant(graph, coefficients)).sum(3)


def _of_all(graph: Graph, regressor: Ridge, crop: Value) -> Maps:
    side = crop / 255.0
    x = side.shaped(-1, 3).turned(1, 0).wider(1)  # (3, 1, P)
    state = regressor.state_arrays()

    def by_model(array: AnyArray, middle: int) -> AnyArray:
        return np.ascontiguousarray(np.moveaxis(array.reshape(middle, -1, int(np.prod(array.shape[3:]))), 2, 0))

    if "basis" in state:
        n = len(state["basis"])
        basis, coefficients = by_model(state["basis"], n), by_model(state["coefficients"], n)
        constants = np.ascontiguousarray(state["constant"].reshape(n, -1).T[:, np.newaxis])
        inner = x @ constant(graph, np.ascontiguousarray(basis.swapaxes(1, 2))) + constant(graph, constants)
        predicted = inner @ constant(graph, coefficients)
    else:
        weight = by_model(state["weight"], len(state["weight"]))
        predicted = x @ constant(graph, weight) + constant(graph, by_model(state["bias"][np.newaxis], 1))
    predicted = predicted + x if regressor.prior == "identity" else predicted
    shape = state["basis"].shape[1:3] if "basis" in state else state["bias"].shape[:2]
    return graph.value(1.0, np.float32), predicted.turned(2, 1, 0).shaped(*shape, 3) - side


_PARTS: dict[type[PixelRegressor], Callable[[Graph, Any, Value], Maps]] = {
    PixelRidge: _of_pixel,
    PixelKernelRidge: _of_kernel,
    MaskedRidge: _of_windows,
    SparseRidge: _of_sparse,
    Ridge: _of_all,
}


def box_blur(graph: Graph, picture: Value) -> Value:
    """Return the mean over 5 x 5 pixels of a picture (S, S), mirrored at its border without the border itself."""
    padded = graph.op("Pad", picture, np.array([2, 2, 2, 2], np.int64), mode="reflect")
    for axis in (0, 1):
        ends = [k - 4 if k < 4 else END for k in range(5)]
        parts = [padded.part(k, ends[k], axis) for k in range(5)]
        padded = sum(parts[1:], parts[0])
    return padded / 25.0
