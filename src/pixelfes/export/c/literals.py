"""Tables and numbers as C source."""

from __future__ import annotations

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError

_WIDTH = 118
_HALF_BITS = 24
_LARGEST_HALF = 64.0
_TYPES = {
    "uint8": "uint8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "int8": "int8_t",
    "float64": "double",
}


def number(name: str, value: float) -> str:
    """Return a definition of a number: whole, or with every digit of double precision.

    >>> number("REACH", 1.25), number("COUNT", 3)
    ('#define REACH 1.25', '#define COUNT 3')
    """
    text = repr(value) if isinstance(value, int) else repr(float(value))
    return f"#define {name} {text if value >= 0 else f'({text})'}"


def table(name: str, array: AnyArray) -> str:
    """Return the definition of a constant array of the shape and type of this one."""
    kind = _TYPES[array.dtype.name]
    sides = "".join(f"[{side}]" for side in array.shape)
    return f"static const {kind} {name}{sides} = {_braced(array)};"


def halves(name: str, array: AnyArray) -> str:
    """Return a table of numbers rounded to IEEE half precision, as their bits.

    Raises
    ------
    InputError
        If a number is too large.
    """
    if np.abs(array).max() >= _LARGEST_HALF:
        raise InputError(f"the model cannot be exported to C: its {name.lower()} has numbers beyond {_LARGEST_HALF:g}")
    return table(name, array.astype(np.float16).view(np.uint16))


def fixed(name: str, array: AnyArray) -> str:
    """Return a table, of halves if those are exact or else 32 bits, and a macro ``NAME_AT(i)``: its i-th number as a double."""
    flat = np.ascontiguousarray(array, np.float64).ravel()
    largest = float(np.abs(flat).max())
    if largest < _LARGEST_HALF and np.array_equal(flat.astype(np.float16).astype(np.float64), flat):
        scale = 2.0**-_HALF_BITS
        return halves(name, flat) + f"\n#define {name}_AT(i) (half({name}[i]) * {scale!r})"
    bits = 30 - max(0, int(np.ceil(np.log2(largest + 1e-300))))
    whole = np.rint(flat * 2.0**bits).astype(np.int32)
    return table(name, whole) + f"\n#define {name}_AT(i) ({name}[i] * {2.0**-bits!r})"


def scaled_halves(name: str, array: AnyArray) -> str:
    """Return a table of halves in units of a power of two, and a macro like that of `fixed`.

    Small numbers lose up to ``2**-25`` units.
    """
    flat = np.ascontiguousarray(array, np.float64).ravel()
    bits = max(0, int(np.ceil(np.log2(float(np.abs(flat).max()) / _LARGEST_HALF + 1e-300))) + 1)
    scale = 2.0 ** (bits - _HALF_BITS)
    return halves(name, flat / 2.0**bits) + f"\n#define {name}_AT(i) (half({name}[i]) * {scale!r})"


def _braced(array: AnyArray) -> str:
    if array.ndim > 1:
        return "{\n" + ",\n".join(_braced(part) for part in array) + "}"
    items = [repr(value) for value in array.tolist()]
    lines, line = [], ""
    for item in items:
        if len(line) + len(item) > _WIDTH:
            lines.append(line)
            line = ""
        line += item + ","
    return "{" + "\n".join([*lines, line.rstrip(",")]) + "}"
