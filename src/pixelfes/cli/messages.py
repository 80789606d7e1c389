"""What commands say on standard error: every error in one sentence, and progress where somebody looks on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec

import typer

from pixelfes.errors import PixelfesError

P = ParamSpec("P")


def printable(text: object) -> str:
    r"""Return text in one line, with nothing in it that could steer a terminal: names and models come from anybody.

    Examples
    --------
    >>> printable("two\nlines, and \x1b[31mred")
    'two lines, and �[31mred'
    """
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(str(text).splitlines()))


def complain(sentence: object) -> None:
    """Say on standard error what is wrong."""
    typer.echo(f"pixelfes: {printable(sentence)}", err=True)


def reported(command: Callable[P, None]) -> Callable[P, None]:
    """Wrap a command so that it ends with one sentence and a status where it fails: 1, or 130 for Ctrl-C."""

    @wraps(command)
    def reporting(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except PixelfesError as error:
            complain(error)
            raise typer.Exit(1) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            complain(f"{error.filename}: {error.strerror}" if error.filename else error.strerror or error)
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            complain("interrupted")
            raise typer.Exit(130) from error

    return reporting


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function ``show(stage, done, total)`` that draws a bar a stage, if standard error is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    # A descriptor of its own: the detector silences descriptor 2 while it works, and the bars would go with it.
    with (
        os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding=sys.stderr.encoding) as stream,
        Progress(console=Console(file=stream), transient=True, redirect_stdout=False, redirect_stderr=False) as bars,
    ):
        tasks = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage)
            bars.update(tasks[stage], completed=done, total=total)

        yield show
