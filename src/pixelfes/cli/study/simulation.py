"""A simulated study: answers drawn with known strengths, and whether the results find these strengths."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pixelfes.cli.grammar.options import split_named_values
from pixelfes.cli.messages import progress_bars
from pixelfes.cli.study.results import ResultOptions, analyse_answers, check_packages, print_results

if TYPE_CHECKING:
    from pixelfes.study.answers.store import AnswerStore
    from pixelfes.study.design.study import Study
    from pixelfes.study.results.analysis import StudyResults


@dataclass(frozen=True)
class DrawOptions:
    """How answers are drawn: strengths as NAME=NUMBER, the number of participants, and the share of careless ones."""

    strengths: Sequence[str]
    participants: int
    careless: float
    seed: int


def run_simulation(report: ResultOptions, database: str | None, options: DrawOptions) -> None:
    """Draw answers, report their results, and print them beside the known strengths."""
    check_packages()
    report.check()
    from pixelfes.study.answers.simulation import normalised_strengths, simulate
    from pixelfes.study.design.study import read_study

    study = read_study(report.folder)
    known = normalised_strengths(study, _numbers(options.strengths))
    with _open_store(study, database) as store, progress_bars() as show:

        def done(number: int) -> None:
            show("participants", number, options.participants)

        simulate(store, known, options.participants, careless=options.careless, seed=options.seed, on_progress=done)
        found = analyse_answers(study, store, report)
    print_results(study, found, report)
    _print_known_strengths(known, found)
    if options.careless and not report.attentive_only:
        typer.echo(
            "Careless participants draw all shares together; --attentive-only leaves out those whom the checks catch."
        )


@contextmanager
def _open_store(study: Study, database: str | None) -> Iterator[AnswerStore]:
    """Give a database for simulated answers, by default one that is deleted at the end."""
    from pixelfes.study.answers.database import sqlite_url
    from pixelfes.study.answers.store import AnswerStore

    with (
        tempfile.TemporaryDirectory(prefix="pixelfes-study-") as name,
        closing(AnswerStore(study, database or sqlite_url(Path(name) / "simulated.sqlite3"), simulated=True)) as store,
    ):
        yield store


def _numbers(options: Sequence[str]) -> dict[str, float]:
    return {name: _number(name, text) for name, text in split_named_values(options, "--strength", "NUMBER").items()}


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise typer.BadParameter(f"{name}={text}: {text!r} is not a number", param_hint="'--strength'") from error


def _print_known_strengths(known: Mapping[str, float], results: StudyResults) -> None:
    """Print for each question and candidate the known strength, the estimate, and whether the interval holds it."""
    typer.echo("\nKnown strengths, and the estimates:")
    for result in results.questions:
        for standing in result.standings:
            found, true = standing.strength, known[standing.candidate]
            inside = "inside" if found.low <= true <= found.high else "OUTSIDE"
            typer.echo(
                f"- {result.question}, {standing.candidate}: {true:.3f}; found {found.estimate:.3f} "
                f"({found.low:.3f} to {found.high:.3f}), {inside} the interval"
            )
