"""Furrows of the skin: pairs of a soft dark line and its lit edges, between the brows and on the forehead.

A furrow is a factor at each pixel, like all shading: its logarithm adds to that of the actions. Children and blurred photos
get none.

Convention: places are canonical, in the frame of `pixelfes.face.alignment.mean_face`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from pixelfes.arrays import Array, Floats
from pixelfes.expression.actions.action_set import skin_registration
from pixelfes.face.mesh import MeshRegistration

STEPS = 24
STEPS_OF_DEPTH = 100
LIT_EDGE, EDGE_AT, EDGE_WIDTH = 0.35, 2.2, 1.3
"""Brightness of the edges in units of the darkness of the line; where they are, and how wide, in widths of the line."""


@dataclass(frozen=True)
class Furrow:
    """A furrow of one side of the face.

    Attributes
    ----------
    action : str
        The action that folds the skin, without its side.
    line : tuple of (x, y)
        Corners of the line, on the person's left side, x > 0; a smooth curve goes through them.
    width : float
    depth : float
        Logarithm of its darkness where the action has the size 1.
    """

    action: str
    line: tuple[tuple[float, float], ...]
    width: float
    depth: float

    @property
    def crosses_middle(self) -> bool:
        """Whether it is a line across the middle, of which each side has its half."""
        return self.line[0][0] == 0


FURROWS = (
    Furrow("browDown", ((0.075, -0.33), (0.062, -0.25), (0.070, -0.165)), 0.014, 0.17),
    Furrow("browDown", ((0.022, -0.28), (0.020, -0.22), (0.024, -0.17)), 0.009, 0.07),
    Furrow("browDown", ((0.30, -0.17), (0.52, -0.20), (0.75, -0.15)), 0.050, 0.17),  # the shade of a brow over the eye
    Furrow("noseSneer", ((0.0, -0.065), (0.05, -0.060), (0.095, -0.040)), 0.010, 0.16),
    Furrow("noseSneer", ((0.0, -0.015), (0.06, -0.008), (0.105, 0.012)), 0.009, 0.11),
    Furrow("browInnerUp", ((0.0, -0.47), (0.15, -0.49), (0.30, -0.48)), 0.014, 0.06),
    Furrow("browInnerUp", ((0.0, -0.56), (0.15, -0.58), (0.30, -0.57)), 0.015, 0.05),
    Furrow("browOuterUp", ((0.22, -0.51), (0.38, -0.53), (0.52, -0.48)), 0.014, 0.05),
)


def furrow_shading(sizes: Mapping[str, float], registration: MeshRegistration) -> Floats:
    """Return the logarithm of the furrows of actions of these sizes, on the model grid (S, S)."""
    total = np.zeros((registration.size, registration.size), np.float32)
    for furrow, sides in zip(FURROWS, furrow_pictures(registration.size), strict=True):
        for side, picture in zip(("_L", "_R"), sides, strict=True):
            size = sizes.get(f"{furrow.action}{side}", 0.0)
            if size > 0:
                total += np.float32(furrow.depth * size) * picture
    return total


@cache
def furrow_pictures(size: int) -> list[tuple[Floats, Floats]]:
    """Return each furrow of depth 1 on the model grid, of the person's left and of the right side."""
    return [(picture, picture[:, ::-1]) for picture in (_picture(furrow, size) for furrow in FURROWS)]


def _picture(furrow: Furrow, size: int) -> Floats:
    """Return a furrow of depth 1 on the person's left side, (S, S), in whole steps of a hundredth: exports store bytes."""
    registration = skin_registration(size)
    curve = furrow_curve(furrow, registration)
    rows, columns = np.mgrid[:size, :size].astype(np.float64)
    offsets = np.stack([columns, rows], axis=-1)[:, :, None] - curve
    distances = np.sqrt((offsets**2).sum(-1))
    nearest = distances.argmin(2)
    away = distances.min(2) / (furrow.width * grid_scale(registration))
    along = np.sin(np.pi * np.clip((nearest + 0.5) / len(curve), 0, 1)) ** 0.7
    profile = -np.exp(-(away**2) / 2) + LIT_EDGE * np.exp(-(((away - EDGE_AT) / EDGE_WIDTH) ** 2) / 2)
    if furrow.crosses_middle:
        along = np.sin(np.pi / 2 * (1 + np.clip((nearest + 0.5) / len(curve), 0, 1))) ** 0.7
        middle = float(registration.on_grid(np.zeros((1, 2)))[0, 0])
        profile = profile * np.clip(0.5 + columns - middle, 0, 1)
    return np.asarray(np.round(STEPS_OF_DEPTH * profile * along) / STEPS_OF_DEPTH, np.float32)


def furrow_curve(furrow: Furrow, registration: MeshRegistration) -> Array:
    """Return the curve (STEPS, 2) of a furrow of the person's left side on the model grid."""
    return registration.on_grid(_curve(furrow))


def grid_scale(registration: MeshRegistration) -> float:
    """Return the distance between the eyes on the model grid, in its pixels."""
    return float(registration.on_grid(np.array([[1.0, 0.0]]))[0, 0] - registration.on_grid(np.zeros((1, 2)))[0, 0])


def _curve(furrow: Furrow) -> Array:
    """Return a smooth curve (STEPS, 2) through the three corners of a furrow."""
    start, middle, end = (np.array(corner) for corner in furrow.line)
    control = 2 * middle - (start + end) / 2
    t = np.linspace(0, 1, STEPS)[:, None]
    return np.asarray((1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end)
