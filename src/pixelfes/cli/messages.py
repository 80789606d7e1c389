"""Messages of the commands: an error in one sentence, and progress bars on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

import typer

from pixelfes.errors import PixelfesError
from pixelfes.extras import explained

if TYPE_CHECKING:
    from pixelfes.expression.pairs_to_faces import Skipped

P = ParamSpec("P")


def printable(text: object) -> str:
    r"""Return text in one line, without characters that could control a terminal.

    Names of files and texts in models may come from anybody.

    Examples
    --------
    >>> printable("two\nlines, and \x1b[31mred")
    'two lines, and �[31mred'
    """
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(str(text).splitlines()))


def print_error(sentence: object) -> None:
    """Print a sentence to standard error, after the program's name."""
    typer.echo(f"pixelfes: {printable(sentence)}", err=True)


def print_skipped(skipped: Iterable[Skipped]) -> None:
    """Print to standard error which pairs were left out, and why."""
    for pair in skipped:
        print_error(f"left out {pair.name}: {pair.reason}")


def report_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Wrap a command: an error ends it with one sentence and status 1, Ctrl-C with status 130."""

    @wraps(command)
    def reporting(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except PixelfesError as error:
            print_error(error)
            raise typer.Exit(1) from error
        except ModuleNotFoundError as error:
            missing = explained(error)
            if missing is None:
                raise
            print_error(missing)
            raise typer.Exit(1) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            print_error(f"{error.filename}: {error.strerror}" if error.filename else error.strerror or error)
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            print_error("interrupted")
            raise typer.Exit(130) from error

    return reporting


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function ``show(stage, done, total)`` that draws one bar per stage, if standard error is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bars:
        tasks = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage)
            bars.update(tasks[stage], completed=done, total=total)

        yield show
