"""The report of a study: one HTML file that needs nothing else, Markdown, a chart, and tables as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pixelfes.extras import extra_module
from pixelfes.file_writing import write_file
from pixelfes.reporting.tables import Number, Table
from pixelfes.study.answers.store import Answer
from pixelfes.study.design.study import Study
from pixelfes.study.design.wording import Texts, fill, question_text
from pixelfes.study.results.analysis import StudyResults
from pixelfes.study.results.bar_chart import bar_chart
from pixelfes.study.results.result_tables import answers_csv, result_tables
from pixelfes.version import __version__


def templates() -> Any:
    """Return the environment of the templates; all that they fill in is escaped."""
    jinja = extra_module("study", "jinja2")
    environment = jinja.Environment(
        loader=jinja.PackageLoader("pixelfes.study"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja.StrictUndefined,
    )
    environment.filters["fill"] = fill
    return environment


def write_report(
    study: Study, texts: Texts, results: StudyResults, answers: Sequence[Answer], folder: Path
) -> list[Path]:
    """Write index.html, report.md, chart.svg, answers.csv and tables/; each file whole or not at all.

    Returns
    -------
    list of Path
        What was written, the report first.
    """
    contents = {
        "index.html": html_report(study, texts, results),
        "report.md": markdown_report(study, texts, results),
        "answers.csv": answers_csv(answers),
        **{f"tables/{table.name}.csv": table.csv() for table in result_tables(study, results)},
    }
    if chart := bar_chart(results.questions, alone=True):
        contents["chart.svg"] = chart
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        write_file(folder / name, text.encode())
    return [folder / name for name in contents]


def html_report(study: Study, texts: Texts, results: StudyResults) -> str:
    """Return the report as one HTML file."""
    style = (files("pixelfes") / "study" / "static" / "results.css").read_text(encoding="utf-8")
    page = templates().get_template("report.html.jinja")
    return str(page.render(style=style, **_said(study, texts, results), version=__version__))


def html_fragment(study: Study, texts: Texts, results: StudyResults) -> str:
    """Return what stands in the report's body, for the organiser's page."""
    return str(templates().get_template("results_body.html.jinja").render(**_said(study, texts, results)))


def markdown_report(study: Study, texts: Texts, results: StudyResults) -> str:
    """Return the report as Markdown, with the chart beside it."""
    said = _said(study, texts, results)
    lines = [f"# {study.title}", "", said["lead"], ""]
    for warning in said["warnings"]:
        lines += [f"**{warning}**", ""]
    if said["chart"]:
        lines += ["![Share chosen of each candidate](chart.svg)", ""]
    lines += [f"- **{name}**: {text}" for name, text in said["questions"]]
    return "\n".join([*lines, ""]) + "\n" + "\n".join(table.markdown() for table in said["tables"])


def _said(study: Study, texts: Texts, results: StudyResults) -> dict[str, Any]:
    return {
        "title": study.title,
        "lead": summary_sentence(study, results),
        "warnings": warning_sentences(results),
        "questions": [(name, question_text(texts, name, study.expression)) for name in study.questions],
        "chart": bar_chart(results.questions),
        "tables": result_tables(study, results),
        "cells": _cells,
    }


def summary_sentence(study: Study, results: StudyResults) -> str:
    """Say in one sentence what there is."""
    finished = sum(person.finished for person in results.participants)
    return (
        f"{_count(len(results.participants), 'participant')}, {finished} of them to the end, gave "
        f"{_count(results.n_answers, 'answer')} on {_count(len(study.items), 'item')} of "
        f"{_count(len(study.candidates), 'candidate')}."
    )


def warning_sentences(results: StudyResults) -> list[str]:
    """Say what has to stand at the top."""
    sentences = []
    if results.simulated:
        sentences.append("Simulated answers: nobody has been asked.")
    if results.left_out:
        numbers = ", ".join(str(number + 1) for number in results.left_out)
        sentences.append(f"Left out, for copied inputs not found: participant {numbers}.")
    return sentences


def _count(n: int, name: str) -> str:
    """Return a number and a name.

    >>> _count(1, "item"), _count(2, "item")
    ('1 item', '2 items')
    """
    return f"{n} {name}" if n == 1 else f"{n} {name}s"


def _cells(table: Table) -> list[list[tuple[str, str, bool]]]:
    """Return rows of (text, interval, whether it is a number)."""
    rows = []
    for row in table.rows:
        cells = []
        for cell in row:
            text, _, interval = (cell.text if isinstance(cell, Number) else cell).partition(" (")
            number = isinstance(cell, Number)
            cells.append(
                (text, f"({interval}", True) if number and interval else (text if number else str(cell), "", number)
            )
        rows.append(cells)
    return rows
