"""The results of a study: the database of its answers, the report, and the tables that are printed."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pixelfes.cli.messages import printable
from pixelfes.cli.outputs import check_report_folder, check_writable

if TYPE_CHECKING:
    from pixelfes.study.answers.store import AnswerStore
    from pixelfes.study.design.study import Study
    from pixelfes.study.results.analysis import StudyResults

_N_PRINTED_TABLES = 3  # shares, agreement, attention


@dataclass(frozen=True)
class ResultOptions:
    """The study's folder, the report's folder (None for no report), whose answers count, and what may be replaced."""

    folder: Path
    output: Path | None
    attentive_only: bool
    overwrite: bool = False

    def check(self) -> None:
        """Raise an error if the report cannot be written."""
        if self.output is not None:
            check_report_folder(self.output, self.folder, "study", self.overwrite)
            check_writable(self.output)


def run_results(options: ResultOptions, database: str | None) -> None:
    """Analyse the answers so far, write the report if it has a folder, and print the main tables."""
    from pixelfes.study.design.study import read_study

    check_packages()
    options.check()
    study = read_study(options.folder)
    with closing(open_store(study, options.folder, database, make=False)) as store:
        found = analyse_answers(study, store, options)
    print_results(study, found, options)


def check_packages() -> None:
    """Raise `MissingDependencyError` if a package of the extra "study" is not installed."""
    from pixelfes.extras import extra_module

    for name in ("sqlalchemy", "alembic", "jinja2", "fastapi", "uvicorn"):
        extra_module("study", name)


def open_store(study: Study, folder: Path, database: str | None, *, make: bool = True) -> AnswerStore:
    """Open the database of the answers, by default the SQLite file in the study's folder."""
    from pixelfes.study.answers.database import sqlite_url
    from pixelfes.study.answers.store import AnswerStore
    from pixelfes.study.design.study import DATABASE_FILE

    return AnswerStore(study, database or sqlite_url(folder / DATABASE_FILE), make=make)


def analyse_answers(study: Study, store: AnswerStore, options: ResultOptions) -> StudyResults:
    """Analyse the answers, and write the report if it has a folder."""
    from pixelfes.study.design.wording import read_study_texts
    from pixelfes.study.results.analysis import analyse
    from pixelfes.study.results.report import write_study_report

    people, answers = store.read_answers()
    results = analyse(study, people, answers, attentive_only=options.attentive_only, simulated=store.simulated)
    if options.output is not None:
        write_study_report(study, read_study_texts(options.folder, study.questions), results, answers, options.output)
    return results


def print_results(study: Study, results: StudyResults, options: ResultOptions) -> None:
    """Print the main tables, and the path of the report if there is one."""
    from pixelfes.study.results.report import summary_sentence, warning_sentences
    from pixelfes.study.results.result_tables import result_tables

    typer.echo("\n\n".join([summary_sentence(study, results), *warning_sentences(results)]))
    for table in result_tables(study, results)[:_N_PRINTED_TABLES]:
        typer.echo(f"\n{table.markdown()}", nl=False)
    if options.output is not None:
        typer.echo(f"\nreport: {printable(options.output / 'index.html')}")
