"""Completion of commands, options and choices in the user's shell."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from importlib import import_module
from pathlib import PurePath
from typing import Annotated, Any, TypeAlias

import typer

PROGRAM = "pixelfes"
VARIABLE = "_PIXELFES_COMPLETE"
"""The environment variable by which a shell asks for completions."""
FLAGS = ("--install-completion", "--show-completion")

Shell = StrEnum("Shell", ["bash", "zsh", "fish", "powershell", "pwsh"])


def with_shell(arguments: Sequence[str]) -> list[str]:
    """Return the arguments of the program, with the shell in use if a completion flag names none.

    Examples
    --------
    >>> with_shell(["--show-completion", "zsh"])
    ['--show-completion', 'zsh']
    """
    found = list(arguments)
    return [*found, _shell_in_use()] if found and found[-1] in FLAGS else found


def get_ready() -> None:
    """Teach the parser what the scripts of the shells send, if this process was started by one."""
    if VARIABLE in os.environ:
        _typer_completion().completion_init()


def _typer_completion() -> Any:
    """Return Typer's module, whose functions are not in its stubs."""
    return import_module("typer.completion")


def _shell_in_use() -> str:
    try:
        return str(import_module("shellingham").detect_shell()[0])
    except Exception:  # no package, or no shell among the parents
        return PurePath(os.environ.get("SHELL", "")).name


def _show(shell: Shell | None) -> None:
    if shell is not None:
        made = _typer_completion().get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=str(shell))
        typer.echo(made)
        raise typer.Exit


def _install(shell: Shell | None) -> None:
    if shell is not None:
        _, path = _typer_completion().install(shell=str(shell), prog_name=PROGRAM, complete_var=VARIABLE)
        typer.echo(f"completion for {shell} is in {path}; it works in the next terminal")
        raise typer.Exit


InstallCompletionOption: TypeAlias = Annotated[
    Shell | None,
    typer.Option(
        FLAGS[0],
        callback=_install,
        is_eager=True,
        help="Complete commands, options and choices with the tabulator key in this shell, and exit.",
        show_default="the shell in use",
    ),
]
ShowCompletionOption: TypeAlias = Annotated[
    Shell | None,
    typer.Option(
        FLAGS[1],
        callback=_show,
        is_eager=True,
        help="Print the script that does so, and exit.",
        show_default="the shell in use",
    ),
]
