"""Messages of the commands: an error in one sentence, progress bars on a terminal, and how much is said at all."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

import typer

from pixelfes.errors import ChoiceError, PixelfesError

if TYPE_CHECKING:
    from pixelfes.expression.pairs_to_faces import Skipped

P = ParamSpec("P")


class Verbosity(Enum):
    """How much a command says."""

    QUIET = "results and errors"
    NORMAL = "and summaries and progress"
    VERBOSE = "and what was found, times, and the causes of errors"


_verbosity: ContextVar[Verbosity] = ContextVar("_verbosity", default=Verbosity.NORMAL)


@contextmanager
def speaking(*, quiet: bool, verbose: bool) -> Iterator[None]:
    """Set how much is said; if much, end with the seconds that the command took."""
    before = _verbosity.set(Verbosity.QUIET if quiet else Verbosity.VERBOSE if verbose else Verbosity.NORMAL)
    start = time.perf_counter()
    try:
        yield
    finally:
        note(f"took {time.perf_counter() - start:.2f} s")
        _verbosity.reset(before)


def say(text: str) -> None:
    """Print a summary to standard output, unless asked to be quiet."""
    if _verbosity.get() != Verbosity.QUIET:
        typer.echo(text)


def note(sentence: object) -> None:
    """Print a sentence to standard error if asked to say much."""
    if _verbosity.get() == Verbosity.VERBOSE:
        print_error(sentence)


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
    """Wrap a command: an error ends it with one sentence and status 1, a wrong choice with 2, Ctrl-C with status 130."""

    @wraps(command)
    def reporting(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except BrokenPipeError:
            raise
        except (PixelfesError, ImportError, OSError) as error:
            print_error(_sentence(error))
            _print_causes(error)
            raise typer.Exit(2 if isinstance(error, ChoiceError) else 1) from error
        except KeyboardInterrupt as error:
            print_error("interrupted")
            raise typer.Exit(130) from error

    return reporting


def _sentence(error: PixelfesError | ImportError | OSError) -> object:
    """Return the sentence of an error; raise an import error again if it is about no package of an extra."""
    if isinstance(error, PixelfesError):
        return error
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror or error
    from pixelfes.extras import missing_extra

    missing = missing_extra(error)
    if missing is None:
        raise error
    return missing


def _print_causes(error: BaseException | None) -> None:
    """Print an error and each of its causes, with the place in the code, if asked to say much."""
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        where = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
        note(f"cause: {type(error).__name__}: {error}{where}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function ``show(stage, done, total)`` that draws one bar per stage, if standard error is a terminal.

    If asked to say much, the stages are listed at the end with their seconds.
    """
    stages: dict[str, _Stage] = {}
    with _bars() as draw:

        def show(stage: str, done: int, total: int) -> None:
            stages.setdefault(stage, _Stage()).reach(done)
            draw(stage, done, total)

        yield show
    for name, stage in stages.items():
        note(f"{name}: {stage.done} in {stage.seconds:.2f} s")


class _Stage:
    """How far a stage is, and since when it runs."""

    def __init__(self) -> None:
        self.start, self.done, self.seconds = time.perf_counter(), 0, 0.0

    def reach(self, done: int) -> None:
        self.done, self.seconds = done, time.perf_counter() - self.start


@contextmanager
def _bars() -> Iterator[Callable[[str, int, int], None]]:
    if sys.stderr is None or not sys.stderr.isatty() or _verbosity.get() == Verbosity.QUIET:
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
