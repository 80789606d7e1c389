"""Options that several commands share, and the text forms of lists."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from pixelfes.errors import InputError

DeviceOption = StrEnum("DeviceOption", ["auto", "cpu", "cuda"])
SmallFacesOption: TypeAlias = Annotated[
    bool, typer.Option("--small-faces", help="Also find faces down to 25 pixels in large photos; takes longer.")
]


def split_list(text: str) -> list[str]:
    """Split a list at its commas.

    Examples
    --------
    >>> split_list("pixel-rr, mr,")
    ['pixel-rr', 'mr']
    """
    return [name.strip() for name in text.split(",") if name.strip()]


def split_named_values(
    options: Sequence[str], option: str, value: str, *, name_from_path: bool = False
) -> dict[str, str]:
    """Split options of the form NAME=VALUE.

    Parameters
    ----------
    options : list of str
    option, value : str
        The option's name and the name of its VALUE, for messages.
    name_from_path : bool
        Whether a VALUE without NAME is allowed; it is a path, whose stem becomes the name.

    Raises
    ------
    InputError
        If an option has another form, or two options have the same name.

    Examples
    --------
    >>> split_named_values(["mr=out/mr", "models/rr.safetensors"], "--models", "MODEL", name_from_path=True)
    {'mr': 'out/mr', 'rr': 'models/rr.safetensors'}
    """
    found: dict[str, str] = {}
    for text in options:
        name, equals, rest = (part.strip() for part in text.partition("="))
        if not equals and name_from_path:
            name, rest = Path(text).stem.strip(), text.strip()
        if not name or not rest:
            raise InputError(f"{option} must be {'[NAME=]' if name_from_path else 'NAME='}{value}, not {text!r}")
        if name in found:
            raise InputError(f"{option} names {name} twice")
        found[name] = rest
    return found
