"""From what was measured to the tables of the report: how good, for whom, and how it follows the intensity."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pixelfes.evaluate.judges.expression import CALLED
from pixelfes.evaluate.judges.skin import skin_tone
from pixelfes.evaluate.run.candidates import Candidate
from pixelfes.evaluate.run.comparison import Comparison
from pixelfes.evaluate.run.intensity_control import control_curve
from pixelfes.evaluate.run.measures import Real, Row
from pixelfes.evaluate.run.people_facts import group_people
from pixelfes.reporting.tables import Cell, Number, Table, count_noun, mean

REAL = "the real photo"
_QUALITY = ("MSE", "PSNR, dB", "SSIM", "called", "mean score", "identity distance", "skin change", "faces lost")
_DIFFERENCES = [
    ("MSE", "mse", 0),
    ("SSIM", "ssim", 3),
    ("mean score", "score", 3),
    ("identity distance", "identity", 3),
    ("skin change", "skin", 2),
]
_QUALITY_NOTE = (
    "Means over kept-out people, with 95 % bootstrap intervals by person. MSE (levels²), PSNR and SSIM: against the same "
    "person's real photo, both detected anew and registered by the mesh, in the face. Called: the share in which the judge "
    "sees the expression (a score above 0.5); a face that is lost counts as not called, and is missing from all other "
    "columns. Identity distance: between output and input. Skin change: of the mean colour of cheeks and forehead, in "
    "levels, in the channel where it is largest."
)


def overall_table(comparison: Comparison) -> Table:
    """Tabulate how good every candidate is."""
    everybody = range(len(comparison.real))
    return Table("overall", "Everybody", _QUALITY_NOTE, ["candidate", *_QUALITY], _quality(comparison, everybody))


def difference_table(comparison: Comparison) -> Table | None:
    """Tabulate how far every candidate is from the first method, person by person; None where there is no method."""
    first = next((candidate for candidate in comparison.of("comparison") if candidate.kind == "method"), None)
    if first is None:
        return None
    rows: list[list[Cell]] = []
    for candidate in comparison.of("comparison"):
        own = comparison.rows(candidate)
        both = list(zip(own, comparison.rows(first)[: len(own)], strict=True))
        people = [row.person for row, _ in both]
        cells = [
            mean([_less(row, other, name) for row, other in both], people, digits) for _, name, digits in _DIFFERENCES
        ]
        if candidate is not first:
            rows.append([candidate.name, *cells])
    note = (
        f"Each candidate less {first.name}, both on the same person; means with 95 % bootstrap intervals by person. An "
        "interval without 0 in it is a difference that another draw of people would show too."
    )
    return Table(
        "differences", f"Beside {first.name}", note, ["candidate", *(title for title, *_ in _DIFFERENCES)], rows
    )


def _less(row: Row, other: Row, name: str) -> float | None:
    first, second = getattr(row, name), getattr(other, name)
    return None if first is None or second is None else float(first - second)


def smile_tables(comparison: Comparison) -> list[Table]:
    """Tabulate the same for people whose real photo shows an open mouth, and for those with a closed one."""
    kinds = [comparison.stated(real.person).smile_mouth for real in comparison.real]
    tables = []
    for kind in sorted({kind for kind in kinds if kind}):
        places = [n for n, own in enumerate(kinds) if own == kind]
        note = f"As above, over the {count_noun(len(places), 'pair')} whose real photo shows the mouth {kind}."
        title = f"Those whose real mouth is {kind}"
        tables.append(Table(f"overall-{kind}", title, note, ["candidate", *_QUALITY], _quality(comparison, places)))
    return tables


def _quality(comparison: Comparison, places: Sequence[int]) -> list[list[Cell]]:
    real = [comparison.real[n] for n in places]
    rows: list[list[Cell]] = [_real_row(real)]
    for candidate in comparison.of("comparison"):
        measured = comparison.rows(candidate)  # of the first folds alone, for some
        rows.append([candidate.name, *quality_cells([measured[n] for n in places if n < len(measured)])])
    return rows


def _real_row(real: Sequence[Real]) -> list[Cell]:
    people = [r.person for r in real]
    called = mean([r.smiling_score > CALLED for r in real], people, 0, True)
    score = mean([r.smiling_score for r in real], people)
    distance = mean([r.distance for r in real], people, 3)
    none = Number(None)
    return [REAL, none, none, none, called, score, distance, none, Number(0, digits=0)]


def quality_cells(rows: Sequence[Row]) -> list[Cell]:
    """Return the cells of `_QUALITY` for some rows."""
    people = [row.person for row in rows]

    def column(name: str, digits: int) -> Number:
        return mean([getattr(row, name) for row in rows], people, digits)

    called = mean([(row.score or 0.0) > CALLED for row in rows], people, 0, True)
    lost = Number(sum(not row.found for row in rows), digits=0)
    measured = [column("mse", 0), column("psnr", 2), column("ssim", 3), called, column("score", 2)]
    return [*measured, column("identity", 3), column("skin", 2), lost]


def judge_table(comparison: Comparison) -> Table:
    """Tabulate what the judge of expression says of real photos of people whom it has not seen."""
    figures = comparison.judge_figures()

    def row(name: str, value: float | None, digits: int = 1, percent: bool = True) -> list[Cell]:
        return [name, Number(value, digits=digits, percent=percent)]

    rows = [
        row("photos, as many before as after", figures.n_photos, 0, False),
        row("accuracy", figures.accuracy),
        row("inputs (before) called", figures.neutral_called),
        row("real photos after called", figures.expressive_called),
        *(row(f"of those, mouth {kind}", share) for kind, share in sorted(figures.called.items())),
        row("pairs of a person in the right order", figures.within_person),
        row("area under the curve", figures.auc, 3, False),
        row("log loss (0.693 knows nothing)", figures.log_loss, 3, False),
    ]
    same, different = [real.distance for real in comparison.real], comparison.different
    rows.append(row("identity distance, a person's two real photos", float(np.mean(same)), 3, False))
    rows.append(row("identity distance, different people", float(np.mean(different)) if different else None, 3, False))
    note = (
        f"Expression: {expression_judge(comparison)}. Identity: {comparison.setup.identity.name}. Both on real photos of the "
        "people kept out; every table that uses a judge has to be read beside these figures."
    )
    return Table("judges", "On real photos", note, ["judges", "figure"], rows)


def expression_judge(comparison: Comparison) -> str:
    """Say which judge of expression was at work."""
    if comparison.setup.expression is not None:
        return f"{comparison.setup.expression.info.name}, given by the user"
    return (
        "a linear classifier on registered texture and shape, trained anew in every fold on its training people alone"
    )


def judge_sentence(comparison: Comparison) -> str:
    """Return the judge's figures in a sentence, to stand beside every use."""
    figures = comparison.judge_figures()
    shares = (figures.accuracy, figures.neutral_called, figures.expressive_called)
    right, before, after = (f"{100 * share:.1f} %" for share in shares)
    return (
        f"The judge of expression on real photos of people it has not seen: {right} right; it sees the expression in {before} "
        f"of the inputs, and in {after} of the real photos after."
    )


def control_table(comparison: Comparison) -> Table:
    """Tabulate how the score follows the intensity."""
    steps = comparison.setup.intensities
    columns = ["candidate", "people", *(f"score at {step:g}" for step in steps)]
    columns += [
        "never falls",
        "linearity",
        "linearity 0 to 1",
        "linearity of odds",
        "identity at 0.5",
        "identity at 1.5",
    ]
    columns += ["0 changes nothing"]
    rows: list[list[Cell]] = []
    for candidate in comparison.of("comparison"):
        scores = comparison.control(candidate)
        if scores is None:
            continue
        curve = control_curve(scores.scores, scores.intensities)
        cells: list[Cell] = [candidate.name, Number(len(scores.scores), digits=0)]
        cells += [Number(_finite(value)) for value in curve.mean]
        cells.append(Number(_finite(curve.monotone_share), digits=0, percent=True))
        linear = (curve.linearity, curve.linearity_to_full, curve.linearity_of_odds)
        cells += [Number(_finite(value)) for value in linear]
        cells += [_identity_at(scores.distances, scores.intensities, step) for step in (0.5, 1.5)]
        unchanged = scores.unchanged
        cells.append(Number(None if unchanged is None else float(unchanged.mean()), digits=0, percent=True))
        rows.append(cells)
    note = (
        "Mean score of the judge of expression at each intensity, on some of the kept-out people. Never falls: the share of "
        "people whose score falls nowhere by more than 0.01. Linearity: correlation of score and intensity, mean over people "
        "(of odds: of the log odds, which do not saturate). The last column is the share of people whose pixels intensity 0 "
        "left as they were."
    )
    return Table("control", "Scores by intensity", note, columns, rows)


def _identity_at(
    distances: np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None, steps: object, step: float
) -> Number:
    places = np.flatnonzero(np.isclose(np.asarray(steps), step))
    if distances is None or not len(places) or not np.isfinite(distances[:, places[0]]).any():
        return Number(None)
    return Number(float(np.nanmean(distances[:, places[0]])), digits=3)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def fairness_table(comparison: Comparison) -> Table:
    """Tabulate for whom every candidate works: by what people state, and by the measured tone of skin."""
    real = comparison.real
    facts = {r.person: comparison.stated(r.person) for r in real}
    tones = {"skin tone, measured": [skin_tone(r.skin_angle) for r in real]}
    groups = group_people([r.person for r in real], facts, tones)
    rows: list[list[Cell]] = []
    for candidate in comparison.of("comparison"):
        measured = comparison.rows(candidate)
        for title, members in groups.items():
            for name, places in members.items():
                own = [n for n in places if n < len(measured)]
                if own:
                    cells = _fairness_cells([measured[n] for n in own], [real[n] for n in own])
                    rows.append([candidate.name, title, name, Number(len(own), digits=0), *cells])
    columns = ["candidate", "property", "group", "pairs", "called", "inputs called", "real photos called"]
    columns += ["mean score", "MSE", "identity distance", "skin change", "change of L*", "faces lost"]
    note = (
        "Ethnicity, gender and age as people state them"
        + ("" if comparison.facts else " (there is no people.csv beside these pairs, so nobody states anything)")
        + ". The tone of skin is measured on the input, and depends on light and camera as well. Change of L*: of the mean "
        "colour of skin, after minus before: above 0 is lighter. Groups are small: look at the intervals."
    )
    return Table("fairness", "By group", note, columns, rows)


def _fairness_cells(rows: Sequence[Row], real: Sequence[Real]) -> list[Cell]:
    people = [row.person for row in rows]

    def column(of: Callable[[Row], float | None], digits: int) -> Number:
        return mean([of(row) for row in rows], people, digits)

    called = mean([(row.score or 0.0) > CALLED for row in rows], people, 0, True)
    shares = [
        Number(float(np.mean([getattr(r, name) > CALLED for r in real])), digits=0, percent=True)
        for name in ("neutral_score", "smiling_score")
    ]
    measured = [column(lambda row: row.score, 2), column(lambda row: row.mse, 0), column(lambda row: row.identity, 3)]
    change = [column(lambda row: row.skin, 2), column(lambda row: row.lightness, 2)]
    return [called, *shares, *measured, *change, Number(sum(not row.found for row in rows), digits=0)]


def lost_faces(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """Return the candidates in whose pictures faces were not found any more, and of whom."""
    lost: list[tuple[Candidate, list[str]]] = [
        (candidate, [row.person for row in comparison.rows(candidate) if not row.found])
        for candidate in comparison.candidates
    ]
    return [(candidate.name, people) for candidate, people in lost if people]
