"""A grid model as C: what its templates need to know."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.export.c.literals import number, table
from pixelfes.export.fixed_maps import fixed_maps, is_fixed, with_channel
from pixelfes.export.kernel_levels import level_changes
from pixelfes.expression.synthesis import Learned
from pixelfes.face.grid import GridRegistration
from pixelfes.regress import MaskedRidge, PixelKernelRidge, PixelRegressor, SparseRidge

_LEVEL_BITS = 6
"""Levels have so many fractional bits in the code."""
_FEWEST_BITS = 7
_EXACT_ENOUGH = 1.2
"""Steps of a pixel, in levels, up to which 8 bits give its every level to within one, at intensity 1.5 too."""
_STEP_BITS = 20
_FARTHEST = 511.0


def grid_parts(learned: Learned) -> tuple[str, ...]:
    """Return the names of the templates that make the source of a grid model, in order."""
    return ("fixed_point", "smooth", "grid/magnitudes", _kind(learned.regressor), "grid/row_by_row")


def grid_tables(learned: Learned) -> list[str]:
    """Return the constants of a fitted grid model, as C definitions.

    Raises
    ------
    InputError
        For a model that cannot be exported.
    """
    registration, regressor = learned.registration, learned.regressor
    if not isinstance(registration, GridRegistration):
        raise InputError("the model has no grid registration")
    ramp = registration.face_mask[len(registration.face_mask) // 2]
    kind = _kind(regressor)
    if kind == "grid/affine":
        tables = _affine(*fixed_maps(regressor, "grid"))
    elif isinstance(regressor, MaskedRidge):
        tables = _windows(regressor)
    elif isinstance(regressor, SparseRidge):
        tables = _fields(regressor)
    elif isinstance(regressor, PixelKernelRidge):
        tables = _table(regressor)
    return [table("RAMP", np.rint(ramp * (1 << 15)).astype(np.uint16)), *tables]


def _kind(regressor: PixelRegressor) -> str:
    if is_fixed(regressor):
        return "grid/affine"
    for kind, name in ((MaskedRidge, "windows"), (SparseRidge, "few_pixels"), (PixelKernelRidge, "level_table")):
        if isinstance(regressor, kind):
            return f"grid/{name}"
    raise InputError(
        f"a {type(regressor).__name__} cannot be exported to C: every pixel of it observes the whole face, which is too "
        "many numbers for a microcontroller"
    )


def _affine(weight: AnyArray, bias: AnyArray) -> list[str]:
    return [number("MAPS", weight.shape[2]), *_scaled("WEIGHT", weight - 1), *_levels(bias)]


def _windows(regressor: MaskedRidge) -> list[str]:
    weight = np.moveaxis(regressor.weight_.reshape(*regressor.weight_.shape[:4], -1), (0, 1), (-2, -1))
    bias = with_channel(regressor.bias_)
    return [
        number("MAPS", bias.shape[2]),
        number("WINDOW", regressor.r),
        *_scaled("WEIGHT", weight, np.abs(weight).sum((-2, -1)).max()),
        *_scaled("GAIN", weight.sum((-2, -1)) - 1),
        *_levels(bias),
    ]


def _fields(regressor: SparseRidge) -> list[str]:
    weight = np.moveaxis(regressor.weight_.reshape(*regressor.weight_.shape[:3], -1), 2, -1)
    indices, bias = regressor.indices_, with_channel(regressor.bias_)
    kind = np.uint16 if indices.max() < 1 << 16 else np.uint32
    return [
        number("MAPS", bias.shape[2]),
        number("FIELD", indices.shape[2]),
        table("INDEX", indices.astype(kind).ravel()),
        *_scaled("WEIGHT", weight, np.abs(weight).sum(-1).max()),
        *_levels(bias),
    ]


def _table(regressor: PixelKernelRidge) -> list[str]:
    """Return what every pixel makes of every level: steps of its own from a lowest of its own, 8 bits where those will do."""
    values = 255 * level_changes(regressor) + np.arange(256)
    low, high = np.floor(values.min(-1)), np.ceil(values.max(-1))
    if np.abs([low, high]).max() > _FARTHEST:
        raise InputError("the model cannot be exported to C: its kernel takes levels too far away")
    kind, most = (np.uint8, 255) if (high - low).max() / 255 <= _EXACT_ENOUGH else (np.uint16, 65535)
    step = np.maximum(np.ceil((high - low) / most * (1 << _STEP_BITS)), 1)
    entries = (values - low[..., np.newaxis]) / (step[..., np.newaxis] / (1 << _STEP_BITS))
    return [
        number("MAPS", int(np.prod(values.shape[2:-1]))),
        table("LOW", (low * (1 << _LEVEL_BITS)).astype(np.int16).ravel()),
        table("STEP", step.astype(np.uint32).ravel()),
        number("STEP_BITS", _STEP_BITS - _LEVEL_BITS),
        table("TABLE", np.rint(entries).astype(kind).ravel()),
    ]


def _scaled(name: str, array: AnyArray, sums: float = 0.0) -> list[str]:
    """Return a table in 16 bits, with as many fractional bits as its numbers and the sums of levels times them leave."""
    largest = max(float(np.abs(array).max()), 1e-9)
    bits = min(15, int(np.floor(np.log2(32767 / largest))), int(np.floor(np.log2(2**30 / 255 / max(sums, largest)))))
    if bits < _FEWEST_BITS:
        raise InputError(f"the model cannot be exported to C: its {name.lower()} has numbers up to {largest:.3g}")
    whole = np.rint(array * 2.0**bits).astype(np.int16)
    return [number(f"{name}_BITS", bits), table(name, whole.ravel())]


def _levels(bias: AnyArray) -> list[str]:
    scaled = np.rint(bias * 255 * (1 << _LEVEL_BITS))
    if np.abs(scaled).max() > np.iinfo(np.int16).max:
        raise InputError("the model cannot be exported to C: its bias goes beyond two times white")
    return [table("BIAS", scaled.astype(np.int16).ravel())]
