"""Which facial actions a C program has: a macro for each, and what depends on them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

import numpy as np

from pixelfes.arrays import Array
from pixelfes.expression.actions import mixing
from pixelfes.expression.actions.action_set import GRID_SIZE, ActionSet, sideless
from pixelfes.expression.actions.draw import eyes, mouth
from pixelfes.face.appearance.mouth_view import LOWER_INNER, UPPER_INNER
from pixelfes.face.topology import LEFT_EYE, RIGHT_EYE

_WIDTH = 116


def action_words(actions: ActionSet) -> dict[str, str]:
    """Return what the header says of the actions."""
    macros = [
        f"#ifndef {choice(name)}\n#define {choice(name)} PIXELFES_DEFAULT\n#endif" for name in stored_names(actions)
    ]
    places = [f"    PIXELFES_{plain_name(name)}," for name in actions.names]
    return {
        "CHOICE": "\n".join(macros),
        "PLACES": "\n".join(places),
        "STORED": str(GRID_SIZE),
        "OPENING": any_of(_parting(actions)),
        "LIDS": any_of(_of_eyes(actions)),
    }


def plain_name(name: str) -> str:
    """Return the name of an action as C has it.

    >>> plain_name("mouthSmile_L"), plain_name("jawOpen")
    ('MOUTH_SMILE_L', 'JAW_OPEN')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def stored_names(actions: ActionSet) -> list[str]:
    """Return what is stored: one name for an action and its mirror image."""
    return [sideless(name) for name in actions.names if not is_mirrored(name)]


def is_mirrored(name: str) -> bool:
    """Return whether an action is stored as the mirror image of another."""
    return name.endswith(("_R", "Right"))


def choice(name: str) -> str:
    """Return the macro that says whether a stored action is compiled."""
    return f"PIXELFES_HAS_{plain_name(name)}"


def any_of(names: Iterable[str]) -> str:
    """Return the condition that any of some stored actions is compiled."""
    text = " || ".join(choice(name) for name in dict.fromkeys(names))
    return " \\\n    ".join(textwrap.wrap(text, _WIDTH))


def when(condition: str, parts: Iterable[str]) -> list[str]:
    """Return source that is compiled only under a condition."""
    return [f"#if {condition}", *parts, "#endif"]


def largest_sizes(actions: ActionSet) -> Array:
    """Return the largest size that each action is drawn with, (K,)."""
    return np.array([mixing.CAPS.get(sideless(name), mixing.CAP) for name in actions.names])


def _parting(actions: ActionSet) -> list[str]:
    """Return the stored actions that may part the lips, or close them, by enough to be drawn."""
    upper, lower = (actions.displacement[:, list(line), 1] for line in (UPPER_INNER, LOWER_INNER))
    return _at_least(actions, np.abs(lower - upper).max(1), mouth.OPENED)


def _of_eyes(actions: ActionSet) -> list[str]:
    """Return the stored actions that may move a lid or the iris by enough to be drawn."""
    outlines = actions.displacement[:, [*LEFT_EYE, *RIGHT_EYE], :2]
    return _at_least(actions, np.abs(outlines).max((1, 2)), eyes.STILL)


def _at_least(actions: ActionSet, moves: Array, least: float) -> list[str]:
    """Return the stored actions that move something by this much at their largest size; ``moves`` is of size 1."""
    largest = moves * largest_sizes(actions)
    names = (sideless(name) for name, move in zip(actions.names, largest, strict=True) if move >= least)
    return [name for name in dict.fromkeys(names) if name in stored_names(actions)]
