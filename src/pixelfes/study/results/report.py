"""The report of a study: one self-contained HTML file, Markdown, a chart, and tables as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pixelfes.file_writing import write_file
from pixelfes.reporting.style_sheets import REPORT, TOKENS
from pixelfes.reporting.tables import Cell, Number, Table, count_noun, has_interval, is_failed
from pixelfes.study.answers.store import Answer
from pixelfes.study.design.study import Study
from pixelfes.study.design.wording import Texts, question_text
from pixelfes.study.page_files import static_file, template_environment
from pixelfes.study.results.analysis import StudyResults
from pixelfes.study.results.bar_chart import bar_chart
from pixelfes.study.results.result_tables import answers_csv, result_tables
from pixelfes.version import __version__


def write_study_report(
    study: Study, texts: Texts, results: StudyResults, answers: Sequence[Answer], folder: Path
) -> list[Path]:
    """Write index.html, report.md, chart.svg, answers.csv and tables/, each file completely or not at all.

    Returns
    -------
    list of Path
        The files written, index.html first.
    """
    contents = {
        "index.html": html_report(study, texts, results),
        "report.md": markdown_report(study, texts, results),
        "answers.csv": answers_csv(answers),
        **{f"tables/{table.name}.csv": table.csv() for table in result_tables(study, results)},
    }
    if chart := bar_chart(results.questions, standalone=True):
        contents["chart.svg"] = chart
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        write_file(folder / name, text.encode())
    return [folder / name for name in contents]


def html_report(study: Study, texts: Texts, results: StudyResults) -> str:
    """Return the report as one HTML file."""
    template = template_environment().get_template("report.html.jinja")
    style = "\n".join(static_file(name).decode() for name in (TOKENS, REPORT, "results.css", "chart.css"))
    return str(template.render(style=style, version=__version__, **_template_values(study, texts, results)))


def html_fragment(study: Study, texts: Texts, results: StudyResults) -> str:
    """Return the body of the report, for the organiser's page."""
    template = template_environment().get_template("results_body.html.jinja")
    return str(template.render(**_template_values(study, texts, results)))


def markdown_report(study: Study, texts: Texts, results: StudyResults) -> str:
    """Return the report as Markdown. It shows the chart from a file chart.svg in the same folder."""
    values = _template_values(study, texts, results)
    lines = [f"# {study.title}", "", values["summary"], ""]
    for warning in values["warnings"]:
        lines += [f"**{warning}**", ""]
    if values["chart"]:
        lines += ["![Share of choices of each candidate](chart.svg)", ""]
    lines += [f"- **{name}**: {text}" for name, text in values["questions"]]
    return "\n".join([*lines, ""]) + "\n" + "\n".join(table.markdown() for table in values["tables"])


def _template_values(study: Study, texts: Texts, results: StudyResults) -> dict[str, Any]:
    tables = result_tables(study, results) if results.participants else []
    return {
        "title": study.title,
        "summary": summary_sentence(study, results),
        "warnings": warning_sentences(results),
        "questions": [(name, question_text(texts, name, study.expression)) for name in study.questions],
        "chart": bar_chart(results.questions),
        "intervals": any(has_interval(cell) for table in tables for row in table.rows for cell in row),
        "tables": tables,
        "cells": _cells,
    }


def summary_sentence(study: Study, results: StudyResults) -> str:
    """Return one sentence with the numbers of participants, answers, items and candidates."""
    finished = sum(participant.finished for participant in results.participants)
    return (
        f"{count_noun(len(results.participants), 'participant')}, {finished} of them to the end, gave "
        f"{count_noun(results.n_answers, 'answer')} on {count_noun(len(study.items), 'item')} of "
        f"{count_noun(len(study.candidates), 'candidate')}."
    )


def warning_sentences(results: StudyResults) -> list[str]:
    """Return what readers must know first: whether answers are simulated, and which participants are left out."""
    sentences = []
    if results.simulated:
        sentences.append("Simulated answers: nobody has been asked.")
    if missed := [person.number + 1 for person in results.participants if person.copies_failed]:
        who = f"participant{'s' * (len(missed) > 1)} {', '.join(map(str, missed))}"
        done = "Left out, because they missed" if results.left_out else "Counted, although they missed"
        sentences.append(f"{done} a copied input: {who}.")
    return sentences


def _cells(table: Table) -> list[list[tuple[str, str, str]]]:
    """Return the cells of each row as (text, interval, CSS classes)."""
    return [[_cell(cell) for cell in row] for row in table.rows]


def _cell(cell: Cell) -> tuple[str, str, str]:
    classes = " ".join(["n"] * isinstance(cell, Number) + ["failed"] * is_failed(cell))
    if isinstance(cell, str):
        return cell, "", classes
    value, _, interval = cell.text.partition(" (")
    return value, f"({interval}" if interval else "", classes
