"""Shared style sheets: the tokens of colour, type and spacing of page, study and reports, and the look of reports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

TOKENS, REPORT = "tokens.css", "report.css"
Scheme: TypeAlias = Literal["light", "dark"]
SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")
_BLOCK = re.compile(r":root \{(.*?)\}", re.DOTALL)
_TOKEN = re.compile(r"--([a-z0-9-]+): ([^;]+);")


def style_sheet(*names: str) -> str:
    """Return shared style sheets, one after the other."""
    return "\n".join((files("pixelfes") / "reporting" / name).read_text(encoding="utf-8") for name in names)


@cache
def token_values(scheme: Scheme) -> dict[str, str]:
    """Return the value of each token in a theme, for drawings that have no style sheet.

    Examples
    --------
    >>> token_values("light")["accent"], token_values("dark")["accent"]
    ('#c2410c', '#fb923c')
    """
    light, dark, _ = (dict(_TOKEN.findall(block)) for block in _BLOCK.findall(style_sheet(TOKENS)))
    return light if scheme == "light" else light | dark


def with_values(style: str, values: Mapping[str, str]) -> str:
    """Return a style sheet with the values of tokens where it uses them, for viewers that know no tokens.

    Examples
    --------
    >>> with_values(".bar { fill: var(--accent); }", token_values("light"))
    '.bar { fill: #c2410c; }'
    """
    return re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: values[found[1]], style)
