"""What is needed beside the core: packages of an extra, imported where they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pixelfes.errors import MissingDependencyError


def extra_module(name: str, package: str, extra: str, user: str) -> Any:
    """Import a module that an extra brings.

    Parameters
    ----------
    name : str
        Of the module.
    package, extra : str
        What brings it.
    user : str
        Who needs it, to begin the sentence with.

    Raises
    ------
    MissingDependencyError
        Where it is not installed; names the package and the extra.

    Examples
    --------
    >>> extra_module("nowhere", "nowhere-bin", "study", "a study")
    Traceback (most recent call last):
    pixelfes.errors.MissingDependencyError: a study needs nowhere-bin: pip install "pixelfes[study]"
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise missing(package, extra, user) from error


def missing(package: str, extra: str, user: str) -> MissingDependencyError:
    """Return the error that says what to install."""
    return MissingDependencyError(f'{user} needs {package}: pip install "pixelfes[{extra}]"')
