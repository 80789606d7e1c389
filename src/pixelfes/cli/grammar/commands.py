"""Commands of one grammar: each has -h, -q, -v and examples, and the same errors and exit statuses."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from pixelfes.cli.grammar.help_pages import HelpfulCommand, HelpfulGroup, split_docstring
from pixelfes.cli.grammar.options import QuietOption, VerboseOption
from pixelfes.cli.messages import report_errors, speaking

HELP_NAMES = {"help_option_names": ["-h", "--help"]}
_COMMON: dict[str, Any] = {"quiet": QuietOption, "verbose": VerboseOption}


def new_group(name: str, text: str, examples: str = "", kind: type[HelpfulGroup] = HelpfulGroup) -> typer.Typer:
    """Return an empty group of commands.

    Parameters
    ----------
    name, text : str
        What its help calls it, and says first.
    examples : str
        Command lines, one in each line.
    kind : type, optional
        The group's class.
    """
    return typer.Typer(
        name=name,
        cls=kind,
        help=text,
        epilog=examples,
        no_args_is_help=True,
        add_completion=False,  # the program has options of its own for it
        rich_markup_mode=None,  # plain help is twice as fast
        pretty_exceptions_enable=False,
        context_settings=HELP_NAMES,
    )


def add_command(group: typer.Typer, command: Callable[..., None]) -> None:
    """Add a function as a command of its name.

    Its docstring is the help. The section "Examples" holds command lines.
    """
    text, examples = split_docstring(command)
    group.command(command.__name__, cls=HelpfulCommand, help=text, epilog=examples, context_settings=HELP_NAMES)(
        _with_common_options(command)
    )


def single_command(command: Callable[..., None]) -> Any:
    """Return a function as a command that can stand anywhere."""
    group = new_group(command.__name__, "")
    add_command(group, command)
    return typer.main.get_command(group)


def _with_common_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that all have, where it has none of that name; they hold while it runs."""
    signature = inspect.signature(command, eval_str=True)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
        for name, annotation in _COMMON.items()
        if name not in signature.parameters
    ]
    reporting = report_errors(command)

    @wraps(command)
    def with_options(**values: Any) -> None:
        quiet, verbose = values["quiet"], values["verbose"]
        if quiet and verbose:
            raise typer.BadParameter("it cannot be combined with --quiet", param_hint="'--verbose'")
        with speaking(quiet=quiet, verbose=verbose):
            reporting(**{name: values[name] for name in signature.parameters})

    given = [*signature.parameters.values(), *added]
    with_options.__signature__ = signature.replace(parameters=given)  # type: ignore[attr-defined]
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in given}
    return with_options
