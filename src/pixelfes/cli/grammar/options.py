"""Options that several commands share, and the text forms of lists."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

DeviceOption = StrEnum("DeviceOption", ["auto", "cpu", "cuda"])

SmallFacesOption: TypeAlias = Annotated[
    bool, typer.Option("--small-faces", help="Also find faces down to 25 pixels in large photos; takes longer.")
]
QuietOption: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print only results and errors: no summary and no progress.")
]
VerboseOption: TypeAlias = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Also print what was found, how long it took, and the causes of an error."),
]
OverwriteOption: TypeAlias = Annotated[
    bool, typer.Option("--overwrite", help="Replace existing files, also those that this program did not make.")
]
ModelOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--model", "-m", metavar="MODEL", help="A shipped model's name, or a model file.", show_default="smile"
    ),
]
ModelArgument: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="[MODEL]", help="The same as --model MODEL.", show_default=False)
]
NoCacheOption: TypeAlias = Annotated[
    bool, typer.Option("--no-cache", help="Neither store landmarks and results nor use those of an earlier run.")
]

DEFAULT_MODEL = "smile"

_MOST_NAME_BYTES = 2**20


def checked_intensity(value: float) -> float:
    """Return an intensity; one out of range is wrong usage."""
    from pixelfes.errors import InputError
    from pixelfes.expression.base import check_intensity

    try:
        check_intensity(value)
    except InputError as error:
        raise typer.BadParameter(str(error)) from error
    return value


def chosen_model(argument: str | None, option: str | None) -> str:
    """Return the model that was named as an argument or as an option; naming two is wrong usage."""
    if argument is not None and option is not None:
        raise typer.BadParameter(f"the model is {argument} already", param_hint="'--model'")
    return argument or option or DEFAULT_MODEL


def check_names(names: Sequence[str], known: Sequence[str]) -> None:
    """Raise a usage error if a name is unknown."""
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise typer.BadParameter(f"{unknown!r} is none of {', '.join(known)}")


def split_list(text: str) -> list[str]:
    """Split a list at its commas.

    Examples
    --------
    >>> split_list("pixel-rr, mr,")
    ['pixel-rr', 'mr']
    """
    return [name.strip() for name in text.split(",") if name.strip()]


def read_names(text: str | None) -> list[str]:
    """Return the names of a list with commas, or of a text file with one a line; none for None.

    Raises
    ------
    InputError
        If the file cannot be read, is not text, or is too large.

    Examples
    --------
    >>> read_names("003, 021")
    ['003', '021']
    """
    if text is None:
        return []
    path = Path(text)
    if path.suffix != ".txt" and not path.is_file():
        return split_list(text)
    from pixelfes.errors import InputError
    from pixelfes.file_reading import read_regular_file

    try:
        data = read_regular_file(path, _MOST_NAME_BYTES)
        names = [line.strip() for line in data.decode("utf-8-sig").splitlines()]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise InputError(f"{path}: this is no text file with one name a line") from None
    if len(data) > _MOST_NAME_BYTES:
        raise InputError(f"{path}: a list of names has {_MOST_NAME_BYTES} bytes at most")
    return [name for name in names if name]


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

    An option of another form, and two of the same name, are wrong usage.

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
            raise _misused(option, f"{option} must be {'[NAME=]' if name_from_path else 'NAME='}{value}, not {text!r}")
        if name in found:
            raise _misused(option, f"{option} names {name} twice")
        found[name] = rest
    return found


def _misused(option: str, sentence: str) -> typer.BadParameter:
    return typer.BadParameter(sentence, param_hint=f"'{option}'")
