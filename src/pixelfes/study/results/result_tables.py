"""The results as tables."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Sequence

from pixelfes.reporting.bootstrap import Interval
from pixelfes.reporting.tables import NOTHING, Cell, FailedText, Number, Table, has_interval
from pixelfes.study.answers.store import Answer
from pixelfes.study.design.study import Study
from pixelfes.study.results.analysis import ParticipantSummary, StudyResults

_CSV_COLUMNS = (
    "participant", "trial", "kind", "item", "question", "choice", "place", "order", "seconds", "answered_at",
)  # fmt: skip

_INTERVALS = " In brackets: 95 % bootstrap intervals by participant."


def result_tables(study: Study, results: StudyResults) -> list[Table]:
    """Return the tables of a study's results, the most important first."""
    return [
        _standings(results),
        _agreement(results),
        _attention_checks(results),
        _times(results),
        _positions(study, results),
        _participants(results),
    ]


def answers_csv(answers: Sequence[Answer]) -> str:
    """Return all answers as CSV, one row each.

    ``order`` lists the options from the first position to the last, ``choice`` is one of them, and ``place`` is its
    position from 1.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_CSV_COLUMNS)
    for answer in answers:
        writer.writerow(_csv_row(answer))
    return stream.getvalue()


def _csv_row(answer: Answer) -> list[object]:
    return [
        answer.participant + 1,
        answer.trial + 1,
        answer.kind,
        _no_formula(answer.item),
        _no_formula(answer.question),
        _no_formula(answer.choice),
        answer.order.index(answer.choice) + 1,
        _no_formula(";".join(answer.order)),
        f"{answer.milliseconds / 1000:.3f}",
        answer.answered_at.isoformat(timespec="milliseconds"),
    ]


def _no_formula(text: str) -> str:
    """Return a text that spreadsheets do not read as a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _number(interval: Interval, digits: int, percent: bool = False) -> Number:
    """Return an estimate with its interval; one without a width says nothing, and is left out."""
    if interval.n_people < 2 or interval.low == interval.high:
        return Number(interval.estimate, digits=digits, percent=percent)
    return Number(interval.estimate, interval.low, interval.high, digits, percent)


def _standings(results: StudyResults) -> Table:
    rows: list[list[Cell]] = [
        [
            result.question,
            standing.candidate,
            Number(standing.chosen, digits=0),
            _number(standing.share, 1, percent=True),
            _number(standing.strength, 3),
        ]
        for result in results.questions
        for standing in result.standings
    ]
    return Table(
        "shares",
        "How often each candidate was chosen",
        "First answers only, without attention checks. Strengths are those of the Bradley-Terry model; their sum is 1."
        + (_INTERVALS if any(has_interval(cell) for row in rows for cell in row) else ""),
        ["Question", "Candidate", "Chosen", "Share", "Strength"],
        rows,
    )


def _agreement(results: StudyResults) -> Table:
    return Table(
        "agreement",
        "Agreement between participants",
        "Krippendorff's alpha of the choices: 1 for full agreement, 0 for chance.",
        ["Question", "Alpha", "Answers", "Participants"],
        [
            [r.question, Number(r.alpha, digits=3), Number(r.n_answers, digits=0), Number(r.n_participants, digits=0)]
            for r in results.questions
        ],
    )


def _attention_checks(results: StudyResults) -> Table:
    summaries = results.participants
    return Table(
        "attention",
        "Attention checks",
        "Participants had to find a copied input among the pictures. A question asked again, with the pictures in other "
        "positions, shows how consistent answers are; between two equally good pictures, answers may well change.",
        ["Check", "Asked", "Failed", "Participants who failed", "Share failed"],
        [
            _check_row("copied input not found", [(s.copies, s.copies_failed) for s in summaries], failures=True),
            _check_row("answered otherwise when asked again", [(s.repeats, s.repeats_changed) for s in summaries]),
        ],
    )


def _check_row(name: str, counts: Sequence[tuple[int, int]], *, failures: bool = False) -> list[Cell]:
    """Return the row of an attention check, from how often each participant was asked and failed."""
    asked, failed = sum(n for n, _ in counts), sum(n for _, n in counts)
    who_failed = sum(n > 0 for _, n in counts)
    stands_out = failures and failed > 0
    share = Number(failed / asked, digits=1, percent=True, failed=stands_out) if asked else Number(None)
    marked = [Number(n, digits=0, failed=stands_out) for n in (failed, who_failed)]
    return [name, Number(asked, digits=0), *marked, share]


def _times(results: StudyResults) -> Table:
    rows: list[list[Cell]] = []
    for question, seconds in results.seconds_by_question.items():
        quartiles = statistics.quantiles(seconds, n=4, method="inclusive") if len(seconds) > 1 else [*seconds] * 3
        rows.append([question, *([Number(q, digits=1) for q in quartiles] or [Number(None)] * 3)])
    return Table(
        "times",
        "Time per answer",
        "Seconds from showing the pictures to the answer.",
        ["Question", "First quarter within", "Median", "Three quarters within"],
        rows,
    )


def _positions(study: Study, results: StudyResults) -> Table:
    letters = [chr(ord("A") + n) for n in range(len(study.candidates))]
    rows: list[list[Cell]] = []
    for result in results.questions:
        shares = [_number(share, 1, percent=True) for share in result.position_shares]
        rows.append([result.question, *(shares or [Number(None)] * len(letters))])
    return Table(
        "places",
        "Preference for positions",
        f"Share of choices of each position. Every candidate stands in each position equally often, so each share is "
        f"{100 / len(letters):.1f} % if nobody prefers a position.",
        ["Question", *letters],
        rows,
    )


def _participants(results: StudyResults) -> Table:
    return Table(
        "participants",
        "Participants",
        "In the order of consent.",
        [
            "Participant",
            "Answered",
            "Of",
            "Copied inputs not found",
            "Answered otherwise again",
            "Median seconds",
            "Counted",
        ],
        [_participant_row(summary, summary.number in results.left_out) for summary in results.participants],
    )


def _participant_row(summary: ParticipantSummary, left_out: bool) -> list[Cell]:
    missed = _of(summary.copies_failed, summary.copies)
    return [
        Number(summary.number + 1, digits=0),
        Number(summary.answered, digits=0),
        Number(summary.asked, digits=0),
        FailedText(missed) if summary.copies_failed else missed,
        _of(summary.repeats_changed, summary.repeats),
        Number(summary.seconds, digits=1),
        FailedText("left out") if left_out else "yes",
    ]


def _of(failed: int, asked: int) -> str:
    return f"{failed} of {asked}" if asked else NOTHING
