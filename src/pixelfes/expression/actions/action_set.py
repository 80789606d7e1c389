"""The facial actions that the package ships: where each moves the points of a face, and how it shades skin.

Convention: displacements are canonical, in the frame of `pixelfes.face.alignment.mean_face`; shadings are on the model grid
of `skin_registration`. An action of size 1 is the extreme of the sculpted head that it was measured on. L and R are the
person's own left and right.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Self

import numpy as np

from pixelfes.arrays import Array, Floats
from pixelfes.assets import asset_bytes
from pixelfes.errors import ModelError
from pixelfes.face.alignment import mean_face, mirrored
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.topology import N_POINTS
from pixelfes.tensor_file import FileKind, check_names, checked_array, checked_header, naming, read_tensor_file

EXPRESSIONS_FILE = FileKind("file of facial actions", "pixelfes-expressions", largest=2**24)
SHADING_UNIT = 0.22 / 127
"""What a step of the stored shading means, as a logarithm."""
GRID_SIZE = 56
LEAST_STEP = 2e-4
"""Displacement of a point, distances between the eyes, below which it stays where it is: noise that exports would store."""
_LARGEST_STEP = 1.0
"""Largest displacement of a point by an action, distances between the eyes."""


@dataclass(frozen=True)
class ActionHeader:
    """The metadata of the file; ``actions`` are names, with a star if they have a left and a right side."""

    format_version: int
    actions: str
    licence: str
    attribution: str
    package_version: str


@dataclass(frozen=True)
class ActionSet:
    """Displacement and shading of facial actions.

    Attributes
    ----------
    names : tuple of str
        "jawOpen", "browDown_L", "browDown_R", ...
    displacement : (K, 468, 3) float64, canonical
    shading : (K, 56, 56) float32
        Logarithm of the factor of skin.
    """

    names: tuple[str, ...]
    displacement: Array
    shading: Floats

    @classmethod
    def from_file(cls, source: str | Path | bytes, name: str = "") -> Self:
        """Read an untrusted file, or its bytes.

        Raises
        ------
        ModelError
            If it is not a valid file of actions; the message names what is wrong.
        """
        with naming(EXPRESSIONS_FILE, name or source):
            values, arrays = read_tensor_file(EXPRESSIONS_FILE, source)
            stored = checked_header(values, ActionHeader).actions.split()
            check_names(arrays, ("displacement", "shading"), "it")
            if not 0 < len(stored) <= 200 or len(set(stored)) < len(stored):
                raise ModelError("its names of actions are missing, or not unique")
            shape = (len(stored), N_POINTS, 3)
            displacement = checked_array(arrays, "displacement", shape, largest=_LARGEST_STEP).astype(np.float64)
            displacement[np.abs(displacement).max(2) < LEAST_STEP] = 0
            shading = checked_array(arrays, "shading", (len(stored), GRID_SIZE, GRID_SIZE), dtypes=(np.int8,))
        return cls._with_right_sides(stored, displacement, shading.astype(np.float32) * np.float32(SHADING_UNIT))

    @classmethod
    def _with_right_sides(cls, stored: list[str], displacement: Array, shading: Floats) -> Self:
        names, moves, shades = [], [], []
        for name, move, shade in zip(stored, displacement, shading, strict=True):
            left, right = _sides(name)
            names.append(left)
            moves.append(move)
            shades.append(shade)
            if right:
                names.append(right)
                moves.append(mirrored(move))
                shades.append(shade[:, ::-1])
        return cls(tuple(names), np.array(moves), np.array(shades))

    @cached_property
    def index(self) -> dict[str, int]:
        """The row of each action."""
        return {name: row for row, name in enumerate(self.names)}


def sideless(name: str) -> str:
    """Return the name of an action without its side.

    Examples
    --------
    >>> sideless("mouthSmile_L"), sideless("jawOpen")
    ('mouthSmile', 'jawOpen')
    """
    return name[:-2] if name.endswith(("_L", "_R")) else name


def _sides(stored: str) -> tuple[str, str]:
    """Return the names of an action and of its mirror image, which is empty if it is symmetric."""
    if stored.endswith("*"):
        return f"{stored[:-1]}_L", f"{stored[:-1]}_R"
    return stored, stored.replace("Left", "Right") if stored.endswith("Left") else ""


@cache
def shipped_actions() -> ActionSet:
    """Return the actions that the package ships; their file is read once."""
    return ActionSet.from_file(asset_bytes("expressions.safetensors"), "expressions")


@cache
def skin_registration(size: int = GRID_SIZE) -> MeshRegistration:
    """Return the registration of shadings: the mean neutral face, nothing magnified; 56 is the size that is stored."""
    return MeshRegistration(mean_face(), size, is_magnified=False)
