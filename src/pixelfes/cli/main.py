"""The program ``pixelfes``: the list of its commands. The module of a command is imported when the command is used."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer

from pixelfes.cli.grammar.commands import new_group, single_command
from pixelfes.cli.grammar.completion import (
    PROGRAM,
    InstallCompletionOption,
    ShowCompletionOption,
    get_ready,
    with_shell,
)
from pixelfes.cli.grammar.help_pages import HelpfulGroup
from pixelfes.cli.messages import print_error
from pixelfes.version import __version__

_MODULES = {
    "apply": "pixelfes.cli.apply.command",
    "live": "pixelfes.cli.live.command",
    "expressions": "pixelfes.cli.show.expressions",
    "fit": "pixelfes.cli.fit.command",
    "evaluate": "pixelfes.cli.evaluate.command",
    "reproduce": "pixelfes.cli.evaluate.reproduce",
    "export": "pixelfes.cli.export",
    "faces": "pixelfes.cli.show.faces",
    "info": "pixelfes.cli.show.info",
    "people": "pixelfes.cli.people",
    "web": "pixelfes.cli.web",
    "study": "pixelfes.cli.study.commands",
}
"""The module of each command, in the order of the help. It holds a function, or a group, of the command's name."""


_EXAMPLES = """\
pixelfes apply portrait.jpg                    # portrait.smile.jpg
pixelfes apply holiday/ -o smiling/            # every photo of a folder
pixelfes apply portrait.jpg -e surprised       # or any other expression
pixelfes apply clip.mp4                        # clip.smile.mp4
pixelfes live                                  # your camera
pixelfes fit friends/ -o surprise.safetensors  # an expression of your own
pixelfes info surprise.safetensors             # what a model is"""


class _CommandsOnDemand(HelpfulGroup):
    """A group that imports the module of a command when the command is asked for."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: dict[str, Any] = dict.fromkeys(_MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in _MODULES and self.commands[cmd_name] is None:
            self.commands[cmd_name] = _load_command(cmd_name)
        return self.commands.get(cmd_name)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, with_shell(args))


def _load_command(name: str) -> Any:
    found = getattr(import_module(_MODULES[name]), name)
    return typer.main.get_command(found) if isinstance(found, typer.Typer) else single_command(found)


app = new_group(
    "pixelfes",
    "Change the expression of faces in photos, with models that are learnt in seconds from pairs of photos.\n\n"
    "The exit status is 0 if everything asked for was done, 1 if something was not, 2 for wrong usage, and 130 after Ctrl-C. "
    "An existing file is replaced only if this program made it, or with --overwrite; an input never.",
    _EXAMPLES,
    _CommandsOnDemand,
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
    install_completion: InstallCompletionOption = None,
    show_completion: ShowCompletionOption = None,
) -> None:
    """Take the options that stand before a command."""


def run() -> None:
    """Run the program on the arguments of the process, and end the process."""
    get_ready()
    try:
        app(prog_name=PROGRAM)
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
