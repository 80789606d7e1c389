"""A mix: facial actions, a learned expression and neutral, each with a size; and how people write one.

``"sad:0.6 + wink"``, ``"AU6+12"``, ``{"browInnerUp": 0.8, "jawOpen": 0.2}``. A name is a preset (`presets.toml`), an
action, or a unit of FACS. A number after a colon is its size, 1 by default.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import Any, TypeAlias

from pixelfes.errors import InputError
from pixelfes.expression.actions.gaze import gaze_actions
from pixelfes.expression.actions.mixing import LARGEST_WEIGHT
from pixelfes.expression.actions.names import action_names, actions_of, suggestion

NEUTRAL_FROM = 0.6
"""Intensity from which on what a face shows is taken back wholly."""


@dataclass(frozen=True)
class Mix:
    """What a face is to show.

    Attributes
    ----------
    actions : dict from the name of a drawn action, with its side, to its size
    base : float
        Intensity of the learned expression: the smile, or that of a model of your own.
    neutral : float
        Share of what the face shows that is taken back first, 0 to 1.
    label : str
        How it was asked for.

    Examples
    --------
    >>> mix = expression("wink", 0.5) + expression("smile")
    >>> mix.base, mix.actions["eyeBlink_L"], mix.label
    (1.0, 0.5, 'wink:0.5 + smile')
    """

    actions: dict[str, float] = field(default_factory=dict)
    base: float = 0.0
    neutral: float = 0.0
    label: str = ""

    def __add__(self, other: Mix) -> Mix:
        """Return both: sizes add, and of neutral the larger counts."""
        names = dict.fromkeys((*self.actions, *other.actions))
        return Mix(
            {name: self.actions.get(name, 0.0) + other.actions.get(name, 0.0) for name in names},
            self.base + other.base,
            max(self.neutral, other.neutral),
            " + ".join(label for label in (self.label, other.label) if label),
        )

    def scaled(self, factor: float) -> Mix:
        """Return the mix at an intensity; what is taken back first is taken back wholly from `NEUTRAL_FROM` on."""
        actions = {name: factor * size for name, size in self.actions.items()}
        neutral = min(1.0, factor / NEUTRAL_FROM) * self.neutral
        return replace(self, actions=actions, base=factor * self.base, neutral=neutral)


ExpressionLike: TypeAlias = Mix | str | Mapping[str, float]
"""A mix, its text, or sizes by name."""


@dataclass(frozen=True)
class Preset:
    """An expression with a name.

    Attributes
    ----------
    name : str
    mix : Mix
    is_experimental : bool
        Whether it does not look right on every face.
    """

    name: str
    mix: Mix
    is_experimental: bool = False


@cache
def presets() -> dict[str, Preset]:
    """Return the presets by name, in the order of their file."""
    text = (files("pixelfes.expression.actions") / "presets.toml").read_text(encoding="utf-8")
    return {name: _preset(name, entry) for name, entry in tomllib.loads(text).items()}


def expression(name: str, intensity: float = 1.0) -> Mix:
    """Return an expression by the name of a preset, an action or a unit of FACS.

    Raises
    ------
    InputError
        If there is no such name; the message suggests one that is close.

    Examples
    --------
    >>> expression("surprised", 0.5).actions["jawOpen"]
    0.2
    """
    size = _size(name, intensity)
    known = {_plain(one): preset for one, preset in presets().items()}
    wanted = _plain(name)
    if wanted in known:
        preset = known[wanted]
        return replace(preset.mix.scaled(size), label=_label(preset.name, size))
    actions = actions_of(name)
    if actions is None:
        close = suggestion(name, [*presets(), *action_names()])
        raise InputError(
            f"{name.strip()!r} is no expression and no facial action{close}; pixelfes expressions lists them"
        )
    return Mix({one: size * share for one, share in actions.items()}, label=_label(name.strip(), size))


def parse_mix(text: str) -> Mix:
    """Return the mix that a text like ``"sad:0.6 + wink"`` or ``"AU6+12"`` asks for.

    Raises
    ------
    InputError
        If a name is unknown, or a size is no number.
    """
    mix, unit = Mix(), False
    for term in text.split("+"):
        name, _, size = (part.strip() for part in term.partition(":"))
        if not name:
            raise InputError(f"{text!r} has an empty part; write names with +, like 'sad:0.6 + wink'")
        if unit and name.isdecimal():
            name = f"AU{name}"
        unit = re.fullmatch(r"AU\d+", name, re.IGNORECASE) is not None
        mix = mix + expression(name, _number(name, size) if size else 1.0)
    return mix


def parse_setting(text: str) -> Mix:
    """Return the mix of one ``NAME=SIZE``, or of ``gaze=LEFT,UP`` in degrees.

    Raises
    ------
    InputError
        If it is something else.

    Examples
    --------
    >>> parse_setting("gaze=16,0").actions
    {'eyeLookOut_L': 0.5, 'eyeLookIn_R': 0.5}
    """
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not value:
        raise InputError(f"{text!r} is no setting; write NAME=SIZE, like mouthSmile_L=0.4, or gaze=12,-5")
    if name == "gaze":
        angles = value.split(",")
        if len(angles) != 2:
            raise InputError(f"gaze needs two angles, to the person's left and up, like gaze=12,-5; found {value!r}")
        return gaze_mix(_number("gaze", angles[0]), _number("gaze", angles[1]))
    return expression(name, _number(name, value))


def gaze_mix(left: float, up: float) -> Mix:
    """Return the mix of looking this far to the person's left and up, degrees."""
    return Mix(gaze_actions(left, up), label=f"gaze:{left:g},{up:g}")


def mix_of(wanted: ExpressionLike, gaze: tuple[float, float] | None = None) -> Mix:
    """Return a mix as one, whatever form it was given in.

    Raises
    ------
    InputError
        If it is of another kind, or a name or a size in it is wrong.
    """
    if isinstance(wanted, str):
        mix = parse_mix(wanted)
    elif isinstance(wanted, Mapping):
        mix = sum((expression(name, size) for name, size in wanted.items()), Mix())
    elif isinstance(wanted, Mix):
        mix = wanted
    else:
        raise InputError(f"an expression must be a text, sizes by name or a Mix; found {type(wanted).__name__}")
    return mix if gaze is None else mix + gaze_mix(*_pair(gaze))


def _pair(gaze: Any) -> tuple[float, float]:
    if not isinstance(gaze, tuple | list) or len(gaze) != 2:
        raise InputError(f"gaze must be two angles, to the person's left and up; found {gaze!r}")
    return gaze[0], gaze[1]


def _preset(name: str, entry: Mapping[str, Any]) -> Preset:
    actions: dict[str, float] = {}
    for action, size in entry.get("actions", {}).items():
        for drawn, share in (actions_of(action) or {}).items():
            actions[drawn] = actions.get(drawn, 0.0) + share * size
    mix = Mix(actions, float(entry.get("base", 0)), float(entry.get("neutral", 0)), name)
    return Preset(name, mix, bool(entry.get("experimental", False)))


def _size(name: str, size: object) -> float:
    if (
        isinstance(size, bool)
        or not isinstance(size, int | float)
        or not isfinite(size)
        or not 0 <= size <= LARGEST_WEIGHT
    ):
        raise InputError(f"the size of {name} must be a number from 0 to {LARGEST_WEIGHT:g}; found {size!r}")
    return float(size)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"the size of {name} must be a number; found {text.strip()!r}") from error


def _label(name: str, size: float) -> str:
    return name if size == 1 else f"{name}:{size:g}"


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).lower()
