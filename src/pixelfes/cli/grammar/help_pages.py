"""The help of commands: one layout, with choices and defaults as people type them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

_EXAMPLES = re.compile(r"\n+Examples\n-+\n")


def split_docstring(command: Callable[..., Any]) -> tuple[str, str]:
    """Return the text of a command's docstring, and its examples: a command line in each line."""
    text, *examples = _EXAMPLES.split(inspect.getdoc(command) or "", maxsplit=1)
    return text.strip(), "".join(examples).strip()


def paragraphs(text: str | None) -> list[str]:
    r"""Return the paragraphs of a text, each in one line.

    Examples
    --------
    >>> paragraphs("One\ntwo.\n\nThree.")
    ['One two.', 'Three.']
    """
    return [" ".join(part.split()) for part in (text or "").split("\n\n") if part.strip()]


@dataclass(frozen=True)
class ParameterFacts:
    """What a user needs to know of an argument or option.

    Attributes
    ----------
    names : tuple of str
        Short name first; of an argument, its metavar.
    value : str
        What follows the name: a metavar, or the choices; empty for a switch.
    help : str
    default : str
        As it is typed; empty if there is none.
    limits : str
        "1 to 100"; empty if there are none.
    environment : str
        The variable that sets it, if there is one.
    is_required, is_argument : bool
    """

    names: tuple[str, ...]
    value: str
    help: str
    default: str
    limits: str
    environment: str
    is_required: bool
    is_argument: bool

    @property
    def title(self) -> str:
        """Names and value: "-o, --output PATH"."""
        return " ".join(filter(None, (", ".join(self.names), self.value)))

    @property
    def notes(self) -> list[str]:
        """What stands in brackets after the help."""
        return [
            *([f"default: {self.default}"] if self.default else []),
            *([self.limits] if self.limits else []),
            *([f"or by the environment: {self.environment}"] if self.environment else []),
            *(["required"] if self.is_required else []),
        ]

    @property
    def usage(self) -> str:
        """Its part of the usage line, if a command cannot do without it."""
        if self.is_argument:
            return self.names[0] if self.is_required or self.names[0].startswith("[") else f"[{self.names[0]}]"
        return f"{self.names[0]} {self.value}" if self.is_required else ""


def parameters_of(command: Any, context: Any) -> list[ParameterFacts]:
    """Return the facts of a command's arguments and options that are not hidden, in the order of the help."""
    shown = [parameter for parameter in command.get_params(context) if not getattr(parameter, "hidden", False)]
    return sorted(map(_facts, shown), key=lambda facts: not facts.is_argument)


def commands_below(command: Any, context: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any, Any]]:
    """Yield a command and all below it, in the order of the help: its path without the program, itself, and its context."""
    yield " ".join(path), command, context
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        inner = command.get_command(context, name)
        inner_context = inner.context_class(inner, info_name=name, parent=context)
        yield from commands_below(inner, inner_context, (*path, name))


def _facts(parameter: Any) -> ParameterFacts:
    is_argument = parameter.param_type_name == "argument"
    names = (parameter.metavar or parameter.name.upper(),) if is_argument else _in_order(parameter.opts)
    is_switch = is_argument or getattr(parameter, "is_flag", False)
    environment = getattr(parameter, "envvar", None)
    return ParameterFacts(
        names,
        "" if is_switch else parameter.metavar or "|".join(choices_of(parameter)) or "VALUE",
        " ".join((parameter.help or "").split()),
        "" if parameter.required else _default(parameter),
        _limits(parameter),
        environment if isinstance(environment, str) else ", ".join(environment or ()),
        bool(parameter.required),
        is_argument,
    )


def _in_order(names: list[str]) -> tuple[str, ...]:
    """Return the names of an option, short ones first."""
    return tuple(sorted(names, key=lambda name: name.startswith("--")))


def choices_of(parameter: Any) -> list[str]:
    """Return the choices of a parameter; none if it takes other values. Newer Typers keep them in another place."""
    kind = getattr(parameter, "type_descriptor", None) or parameter.type
    return [str(getattr(choice, "value", choice)) for choice in getattr(kind, "choices", None) or ()]


def _default(parameter: Any) -> str:
    shown, value = parameter.show_default, parameter.default
    if isinstance(shown, str):
        return shown
    if shown is False or isinstance(value, bool) or not isinstance(value, str | int | float | Path | Enum):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value.value if isinstance(value, Enum) else value)


def _limits(parameter: Any) -> str:
    kind = getattr(parameter, "type", None)
    low, high = (getattr(parameter, name, None) for name in ("min", "max"))
    low, high = (
        (getattr(kind, "min", None) if low is None else low),
        (getattr(kind, "max", None) if high is None else high),
    )
    if low is not None and high is not None:
        return f"{low:.10g} to {high:.10g}"
    return f"{low:.10g} or more" if low is not None else ""


def _usage_parts(command: Any, context: Any) -> Iterator[str]:
    facts = parameters_of(command, context)
    yield from (one.usage for one in facts if one.usage)
    if hasattr(command, "list_commands"):
        yield "COMMAND ..."
    elif any(not one.is_argument and not one.is_required for one in facts):
        yield "[OPTIONS]"


def usage_of(command: Any, context: Any) -> str:
    """Return what follows the command's name: "PAIRS -o MODEL [OPTIONS]"."""
    return " ".join(_usage_parts(command, context))


def _write_help(command: Any, context: Any, formatter: Any) -> None:
    """Write the parts of a help page in their order, each with its heading."""
    formatter.write_usage(context.command_path, usage_of(command, context))
    for paragraph in paragraphs(command.help):
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(paragraph)
    if command.epilog:
        with formatter.section("Examples"):
            formatter.write("".join(f"  {line}\n" for line in command.epilog.splitlines()))
    facts = parameters_of(command, context)
    for heading, is_argument in (("Arguments", True), ("Options", False)):
        _write_rows(formatter, heading, [_row(one) for one in facts if one.is_argument == is_argument])
    if hasattr(command, "list_commands"):
        commands = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
        _write_rows(formatter, "Commands", [(name, paragraphs(one.help)[0]) for name, one in commands])


def _row(facts: ParameterFacts) -> tuple[str, str]:
    notes = "; ".join(facts.notes)
    return facts.title, f"{facts.help}  [{notes}]" if notes else facts.help


def _write_rows(formatter: Any, heading: str, rows: list[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(heading):
            formatter.write_dl(rows)


class _OwnLayout:
    """What a command and a group do in the same way."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page."""
        _write_help(self, ctx, formatter)

    def get_usage(self, ctx: Any) -> str:
        """Return the line that errors start with."""
        return f"Usage: {ctx.command_path} {usage_of(self, ctx)}"


class HelpfulCommand(_OwnLayout, TyperCommand):
    """A command whose help has our layout."""


class HelpfulGroup(_OwnLayout, TyperGroup):
    """A group whose help has our layout."""
