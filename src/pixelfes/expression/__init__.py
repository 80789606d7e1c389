"""Models of expressions: registration and regression brought together, fitted, stored, and applied to photos.

``pixelfes.expression("angry", 0.7)`` names an expression; see `pixelfes.expression.actions.mix.expression`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixelfes.expression.actions.mix import Mix


class _Room(ModuleType):
    """A module that can be called."""

    def __call__(self, name: str, intensity: float = 1.0) -> Mix:
        from pixelfes.expression.actions.mix import expression

        return expression(name, intensity)


sys.modules[__name__].__class__ = _Room
