"""The names of facial actions: ARKit's, with ``_L`` and ``_R`` for the person's own sides, and FACS numbers.

An action without a side means both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

from pixelfes.errors import InputError
from pixelfes.expression.actions.action_set import shipped_actions, sideless

NOT_DRAWN = {"tongueOut": "a tongue that is put out cannot be drawn yet"}
FACS: dict[int, dict[str, float]] = {
    1: {"browInnerUp": 1},
    2: {"browOuterUp": 1},
    4: {"browDown": 1},
    5: {"eyeWide": 1},
    6: {"cheekSquint": 1},
    7: {"eyeSquint": 1},
    9: {"noseSneer": 1},
    10: {"mouthUpperUp": 1},
    12: {"mouthSmile": 1},
    14: {"mouthDimple": 1},
    15: {"mouthFrown": 1},
    16: {"mouthLowerDown": 1},
    17: {"mouthShrugLower": 1},
    18: {"mouthPucker": 1},
    20: {"mouthStretch": 1},
    22: {"mouthFunnel": 1},
    23: {"mouthPress": 0.6, "mouthRollLower": 0.3, "mouthRollUpper": 0.3},
    24: {"mouthPress": 1},
    25: {"mouthLowerDown": 0.3, "mouthUpperUp": 0.2},
    26: {"jawOpen": 0.25},
    27: {"jawOpen": 0.45},
    28: {"mouthRollLower": 1, "mouthRollUpper": 1},
    29: {"jawForward": 1},
    30: {"jawLeft": 1},
    34: {"cheekPuff": 1},
    43: {"eyeBlink": 1},
    45: {"eyeBlink": 1},
    46: {"eyeBlink_L": 1},
    61: {"eyeLookOut_L": 1, "eyeLookIn_R": 1},
    62: {"eyeLookOut_R": 1, "eyeLookIn_L": 1},
    63: {"eyeLookUp": 1},
    64: {"eyeLookDown": 1},
}
"""The actions of each action unit of FACS at its full strength.

References
----------
P. Ekman, W. Friesen, J. Hager, "Facial Action Coding System", 2002.
"""
_UNIT = re.compile(r"AU0?(\d+)", re.IGNORECASE)


@cache
def action_names() -> tuple[str, ...]:
    """Return the names of the actions without their sides, in order."""
    return tuple(dict.fromkeys(sideless(name) for name in shipped_actions().names))


def sides_of(name: str) -> tuple[str, ...]:
    """Return the names of the two sides of an action, or none if it is symmetric."""
    sides = (f"{name}_L", f"{name}_R")
    return sides if sides[0] in shipped_actions().index else ()


def actions_of(name: str) -> dict[str, float] | None:
    """Return the drawn actions, each with its share, that a name means; None if it is no name of an action.

    Raises
    ------
    InputError
        If the name is that of an action that cannot be drawn, or of an unknown unit of FACS.

    Examples
    --------
    >>> actions_of("mouthSmileLeft"), actions_of("browDown"), actions_of("AU26")
    ({'mouthSmile_L': 1.0}, {'browDown_L': 1.0, 'browDown_R': 1.0}, {'jawOpen': 0.25})
    """
    unit = _UNIT.fullmatch(name.strip())
    if unit:
        number = int(unit[1])
        if number not in FACS:
            raise InputError(f"AU{number} cannot be drawn; the units are {', '.join(f'AU{n}' for n in FACS)}")
        return _summed(FACS[number].items())
    known = _known(name)
    if known in NOT_DRAWN:
        raise InputError(f"{known}: {NOT_DRAWN[known]}")
    return _summed([(known, 1.0)]) if known else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean ...?`` if a known name is close to a name, else nothing."""
    by_key = {_key(one): one for one in known}
    close = get_close_matches(_key(name), by_key, n=1, cutoff=0.6)
    return f"; did you mean {by_key[close[0]]!r}?" if close else ""


def _summed(items: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return shares with both sides for names without one."""
    drawn = shipped_actions().index
    return {
        one: float(share) for name, share in items for one in ([name] if name in drawn else [f"{name}_L", f"{name}_R"])
    }


def _known(name: str) -> str:
    """Return the action's own spelling of a name, "" if there is none; case, spaces and the form of the side do not count."""
    return _spellings().get(_key(name), "")


@cache
def _spellings() -> dict[str, str]:
    found = {_key(name): name for name in (*action_names(), *NOT_DRAWN)}
    for name in shipped_actions().names:
        found[_key(name)] = name
        if name.endswith(("_L", "_R")):
            found[_key(f"{sideless(name)}{'Left' if name.endswith('_L') else 'Right'}")] = name
    return found


def _key(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()
