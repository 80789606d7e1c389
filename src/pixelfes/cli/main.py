"""The program ``pixelfes``: the list of its commands. The module of a command is imported when the command is used."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pixelfes.cli.messages import print_error, report_errors
from pixelfes.version import __version__

_MODULES = {
    "apply": "pixelfes.cli.apply.command",
    "fit": "pixelfes.cli.fit.command",
    "evaluate": "pixelfes.cli.evaluate.command",
    "export": "pixelfes.cli.export",
    "faces": "pixelfes.cli.faces",
    "info": "pixelfes.cli.info",
    "people": "pixelfes.cli.people",
    "web": "pixelfes.cli.web",
    "study": "pixelfes.cli.study.commands",
}
"""The module of each command, in the order of the help. It holds a function, or a group, of the command's name."""


class _CommandsOnDemand(TyperGroup):
    """A group that imports the module of a command when the command is asked for."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: dict[str, Any] = dict.fromkeys(_MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in _MODULES and self.commands[cmd_name] is None:
            self.commands[cmd_name] = _load_command(cmd_name)
        return self.commands.get(cmd_name)


def _load_command(name: str) -> Any:
    found = getattr(import_module(_MODULES[name]), name)
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name)(report_errors(found))
    return typer.main.get_command(single)


app = typer.Typer(
    name="pixelfes",
    cls=_CommandsOnDemand,
    help="Change the expression of faces in photos, with models that are learnt in seconds from pairs of photos.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help is twice as fast
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"pixelfes {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def run() -> None:
    """Run the program on the arguments of the process, and end the process."""
    try:
        app(prog_name="pixelfes")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        print_error(error.strerror)
        sys.exit(1)
    finally:
        _flush_stdout()


def _flush_stdout() -> None:
    """Write what stdout still holds; drop it if that fails, because Python would print an error at exit."""
    try:
        typer.echo(nl=False)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
