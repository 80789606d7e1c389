"""The report: one HTML file that needs nothing else, and the tables as CSV and Markdown beside it."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from itertools import groupby
from pathlib import Path

from pixelfes.evaluate.report.cost_tables import cost_table, curve_table, parameter_table, settings_table, stage_table
from pixelfes.evaluate.report.drawing import Figure
from pixelfes.evaluate.report.picture_sheets import picture_figures
from pixelfes.evaluate.report.plots import plots
from pixelfes.evaluate.report.result_tables import (
    control_table,
    difference_table,
    fairness_table,
    judge_sentence,
    judge_table,
    lost_faces,
    overall_table,
    smile_tables,
)
from pixelfes.evaluate.run.candidates import TITLES
from pixelfes.evaluate.run.comparison import Comparison
from pixelfes.extras import extra_module
from pixelfes.file_writing import write_file
from pixelfes.loading import load_model
from pixelfes.reporting.style_sheets import REPORT, TOKENS, style_sheet
from pixelfes.reporting.tables import Cell, Table, count_noun
from pixelfes.version import __version__

_WIDE_TEXT = 40


@dataclass(frozen=True)
class Section:
    """A section of the report."""

    name: str
    title: str
    sentences: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    lists: list[tuple[str, list[str]]] = field(default_factory=list)
    judged: bool = False


@dataclass(frozen=True)
class _Cell:
    text: str
    interval: str = ""
    kind: str = ""


@dataclass(frozen=True)
class _Part:
    """A table, or the rows of one candidate of a long one."""

    summary: str
    shown: bool
    columns: list[tuple[str, bool]]
    rows: list[list[_Cell]]


def write_report(
    comparison: Comparison, folder: Path, others: Path | None = None, more: Sequence[Section] = ()
) -> list[Path]:
    """Write ``index.html``, ``tables/`` and ``figures/``; each file whole or not at all.

    Parameters
    ----------
    comparison : Comparison
    folder : Path
        Made where it is missing; files of an earlier report are replaced.
    others : Path, optional
        A folder of faces from elsewhere, to be shown as every model changes them.
    more : list of Section, optional
        Sections before the last one.

    Returns
    -------
    list of Path
        What was written, the report first.
    """
    listed = list_sections(comparison, others)
    sections = [*listed[:-1], *more, listed[-1]]
    contents: dict[str, bytes] = {"index.html": _html(comparison, sections).encode()}
    for section in sections:
        for table in section.tables:
            contents[f"tables/{table.name}.csv"] = table.csv().encode()
            contents[f"tables/{table.name}.md"] = _with_judge(comparison, section, table).encode()
        for figure in section.figures:
            contents[f"figures/{figure.name}.{'png' if figure.kind == 'png' else 'jpg'}"] = figure.data
    for name in ("tables", "figures"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        write_file(folder / name, data)
    return [folder / name for name in contents]


def _with_judge(comparison: Comparison, section: Section, table: Table) -> str:
    text = table.markdown()
    return f"{text}\n{judge_sentence(comparison)}\n" if section.judged else text


def list_sections(comparison: Comparison, others: Path | None = None) -> list[Section]:
    """Bring tables and figures of a comparison into their order."""
    drawn = {figure.name: figure for figure in plots(comparison)}
    pictures, notes = picture_figures(comparison, others)
    shown = {figure.name: figure for figure in pictures}
    smiles = smile_tables(comparison)
    mouths = [] if smiles else ["Nobody states whether the real mouths are open or closed, so there is no such split."]
    people = [] if comparison.facts else ["There is no people.csv beside the pairs: only the tone of skin is known."]
    curves, differences = curve_table(comparison), difference_table(comparison)
    quality = [overall_table(comparison), *([differences] if differences else []), *smiles]

    def of(*names: str) -> list[Figure]:
        return [figures[name] for name in names for figures in (drawn, shown) if name in figures]

    sections = [
        Section("quality", "How good", mouths, quality, of("trade-off"), judged=True),
        Section(
            "pictures", "Pictures", [], [], of("in-dataset", "mouths", "out-of-dataset", "portrait", "portrait-mouths")
        ),
        Section("judges", "The judges", [], [judge_table(comparison)]),
        Section("control", "Control", [], [control_table(comparison)], of("control"), judged=True),
        Section("fairness", "For whom", people, [fairness_table(comparison)], judged=True),
        Section(
            "cost",
            "Cost",
            [],
            [cost_table(comparison), stage_table(comparison), parameter_table(comparison)],
            of("model-size", "maps"),
        ),
        Section("curves", "Fewer pairs", [], [curves] if curves else [], of("learning-curve"), judged=True),
        Section(
            "settings",
            "How it was done",
            _method(comparison),
            [settings_table(comparison)],
            lists=_lists(comparison, notes),
        ),
    ]
    return [s for s in sections if s.tables or s.figures]


def _method(comparison: Comparison) -> list[str]:
    setup = comparison.setup
    sentences = [_split_sentence(comparison)]
    networks = [candidate for candidate in comparison.candidates if candidate.kind == "network"]
    if networks:
        sentences.append(
            "Networks are trained anew in every fold, for the steps that stand in their rows (updates of the critic; the "
            "generator has one in five; the papers have 200,000 and more)."
        )
    if networks and networks[0].folds is not None and networks[0].folds < setup.n_folds:
        sentences.append(
            f"They took part in {networks[0].folds} of the folds alone: their rows are of fewer people, and only the "
            "differences person by person compare like with like."
        )
    if any(candidate.kind == "file" for candidate in comparison.candidates):
        sentences.append("Model files are judged as they are, by the judges of the folds.")
    return sentences


def _split_sentence(comparison: Comparison) -> str:
    setup, n = comparison.setup, len({real.person for real in comparison.real})
    if setup.test_people:
        learnt_from = len({person.name for person in comparison.folds[0].split.train})
        return (
            f"{n} people, who were named, were kept out: methods and the judge of expression learnt from the {learnt_from} "
            "others, once. The intensity is 1 unless it says so."
        )
    return (
        f"{n} people were judged, in {setup.n_folds} of {setup.folds} folds by person (seed {setup.seed}): in every fold "
        "methods and the judge of expression learnt from the same people, and were tried on the others. The intensity is 1 "
        "unless it says so."
    )


def _lists(comparison: Comparison, notes: list[str]) -> list[tuple[str, list[str]]]:
    lists = [
        ("Pairs that could not be used", [f"{skipped.name}: {skipped.reason}" for skipped in comparison.skipped]),
        ("Faces lost", [f"{name}: {', '.join(people)}" for name, people in lost_faces(comparison)]),
        ("Photos from elsewhere", notes),
    ]
    return [(f"{title} ({len(items)})", items or ["none"]) for title, items in lists if items or title != lists[2][0]]


def warnings_of(comparison: Comparison) -> list[str]:
    """Return the sentences that have to stand at the top."""
    sentences = []
    if comparison.left_out:
        sentences.append("A quick look, not the whole comparison. " + " ".join(comparison.left_out))
    if comparison.skipped:
        sentences.append(f"{count_noun(len(comparison.skipped), 'pair')} could not be used: see the list below.")
    for candidate in (c for c in comparison.of("comparison") if c.kind == "file"):
        sentences.append(f"{candidate.name}: {seen_before(candidate.file, comparison.title)}")
    return sentences


def seen_before(file: str, title: str) -> str:
    """Say whether a model may have seen the people, by what it says of its training data."""
    stated = load_model(file).info_.training_data
    if not stated:
        return "does not say what it was trained on; it may have seen these people."
    words = [word for word in re.split(r"\W+", title.lower()) if len(word) > 3]
    if any(word in stated.lower() for word in words):
        return f"was trained on a set of the same name ({stated}): it has most likely seen these people, which flatters it."
    return f"was trained on: {stated}. Whether these people are among them is not known."


def _html(comparison: Comparison, sections: Sequence[Section]) -> str:
    jinja = extra_module("judge", "jinja2")
    text = (files("pixelfes.evaluate.report") / "report.html.jinja").read_text(encoding="utf-8")
    template = jinja.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)
    n = len({real.person for real in comparison.real})
    lead = (
        f"{len(comparison.of('comparison'))} ways to make an expression, tried on {n} people and judged by pixels, expression, "
        f"identity and skin; no method has learnt from those it is tried on. {judge_sentence(comparison)}"
    )
    return str(
        template.render(
            style=style_sheet(TOKENS, REPORT),
            title=comparison.title,
            lead=lead,
            warnings=warnings_of(comparison),
            sections=sections,
            judge=judge_sentence(comparison),
            encoded=lambda figure: base64.b64encode(figure.data).decode(),
            parts=parts_of,
            version=__version__,
            seconds=f"{comparison.seconds:.0f}",
        )
    )


def parts_of(table: Table) -> list[_Part]:
    """Return a table as one part; one of several rows a candidate, as a part for each."""
    columns = list(zip(table.columns, table.numeric(), strict=True))
    names = [str(row[0]) for row in table.rows]
    if len(set(names)) == len(names):
        return [_Part("", True, columns, [[_cell(cell) for cell in row] for row in table.rows])]
    parts = [
        _Part(name, False, columns[1:], [[_cell(cell) for cell in row[1:]] for row in rows])
        for name, rows in groupby(table.rows, key=lambda row: str(row[0]))
    ]
    baselines = {TITLES["copy"], TITLES["average"]}
    first = next((n for n, part in enumerate(parts) if part.summary not in baselines), 0)
    return [replace(part, shown=n == first) for n, part in enumerate(parts)]


def _cell(cell: Cell) -> _Cell:
    if isinstance(cell, str):
        return _Cell(cell, kind="wrap" if len(cell) > _WIDE_TEXT else "")
    text, _, interval = cell.text.partition(" (")
    return _Cell(text, f"({interval}" if interval else "", "n")
