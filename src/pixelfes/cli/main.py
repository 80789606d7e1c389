"""The program ``pixelfes``: joins the commands. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from pixelfes.cli.apply import apply
from pixelfes.cli.evaluate import evaluate
from pixelfes.cli.export import export
from pixelfes.cli.fit import fit
from pixelfes.cli.info import info
from pixelfes.cli.messages import complain, reported
from pixelfes.cli.people import people
from pixelfes.cli.study import study
from pixelfes.cli.web import web
from pixelfes.version import __version__

app = typer.Typer(
    name="pixelfes",
    help="Change the expression of faces in photos, with models that are learnt in seconds from pairs of photos.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: answers twice as fast
    pretty_exceptions_enable=False,
)
for command in (apply, fit, evaluate, export, info, people, web):
    app.command()(reported(command))
app.add_typer(study)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"pixelfes {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it and exit.")
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
        complain(error.strerror)
        sys.exit(1)
    finally:
        _flush_stdout()


def _flush_stdout() -> None:
    """Write what stdout still holds, or drop it where it cannot be written: at the very end Python would complain."""
    try:
        typer.echo(nl=False)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
