"""Results as tables."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Sequence

from pixelfes.reporting.bootstrap import Interval
from pixelfes.reporting.tables import NOTHING, Cell, Number, Table
from pixelfes.study.answers.store import Answer
from pixelfes.study.design.study import Study
from pixelfes.study.results.analysis import ParticipantSummary, StudyResults

COLUMNS = (
    "participant", "trial", "kind", "item", "question", "choice", "place", "order", "seconds", "answered_at",
)  # fmt: skip


def result_tables(study: Study, results: StudyResults) -> list[Table]:
    """List the tables of a study's results, most important first."""
    return [
        _standings(results),
        _agreement(results),
        _attention(results),
        _times(results),
        _places(study, results),
        _participants(results),
    ]


def answers_csv(answers: Sequence[Answer]) -> str:
    """Return every answer as a row of CSV; order is the candidates as they stood, choice one of them, place from 1."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for a in answers:
        place = a.order.index(a.choice) + 1
        names = [_plain(text) for text in (a.item, a.question, a.choice)]
        seconds, when = f"{a.milliseconds / 1000:.3f}", a.answered_at.isoformat(timespec="milliseconds")
        order = _plain(";".join(a.order))
        writer.writerow([a.participant + 1, a.trial + 1, a.kind, *names, place, order, seconds, when])
    return stream.getvalue()


def _plain(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _number(interval: Interval, digits: int, percent: bool = False) -> Number:
    if interval.n_people < 2:
        return Number(interval.estimate, digits=digits, percent=percent)
    return Number(interval.estimate, interval.low, interval.high, digits, percent)


def _standings(results: StudyResults) -> Table:
    rows: list[list[Cell]] = [
        [
            result.question,
            s.candidate,
            Number(s.chosen, digits=0),
            _number(s.share, 1, percent=True),
            _number(s.strength, 3),
        ]
        for result in results.questions
        for s in result.standings
    ]
    return Table(
        "shares",
        "How often each was chosen",
        "Of the questions asked the first time, without attention checks. In brackets: 95 % bootstrap intervals, drawn by "
        "participant. Strength: of the model of Bradley and Terry, all together 1.",
        ["Question", "Candidate", "Chosen", "Share", "Strength"],
        rows,
    )


def _agreement(results: StudyResults) -> Table:
    return Table(
        "agreement",
        "Do participants agree?",
        "Krippendorff's alpha of the choices: 1 is full agreement, 0 that of chance.",
        ["Question", "Alpha", "Answers", "Participants"],
        [
            [r.question, Number(r.alpha, digits=3), Number(r.n_answers, digits=0), Number(r.n_participants, digits=0)]
            for r in results.questions
        ],
    )


def _attention(results: StudyResults) -> Table:
    people = results.participants

    def row(name: str, asked: Sequence[int], failed: Sequence[int]) -> list[Cell]:
        share = Number(sum(failed) / sum(asked), digits=1, percent=True) if sum(asked) else Number(None)
        numbers = [sum(asked), sum(failed), sum(n > 0 for n in failed)]
        return [name, *(Number(n, digits=0) for n in numbers), share]

    return Table(
        "attention",
        "Attention checks",
        "A copied input among the pictures was to be found. A question asked again, with the pictures in other places, tells "
        "how steady answers are: two pictures that are equally good may well change places.",
        ["Check", "Asked", "Failed", "Participants who failed", "Share failed"],
        [
            row("copied input not found", [p.copies for p in people], [p.copies_failed for p in people]),
            row(
                "answered otherwise when asked again", [p.repeats for p in people], [p.repeats_changed for p in people]
            ),
        ],
    )


def _times(results: StudyResults) -> Table:
    rows: list[list[Cell]] = []
    for question, seconds in results.seconds.items():
        quarters = statistics.quantiles(seconds, n=4, method="inclusive") if len(seconds) > 1 else [*seconds] * 3
        rows.append([question, *([Number(q, digits=1) for q in quarters] or [Number(None)] * 3)])
    return Table(
        "times",
        "Time per answer",
        "Seconds from the pictures being there to the answer.",
        ["Question", "First quarter within", "Median", "Three quarters within"],
        rows,
    )


def _places(study: Study, results: StudyResults) -> Table:
    letters = [chr(ord("A") + n) for n in range(len(study.candidates))]
    return Table(
        "places",
        "Does the place matter?",
        f"Share chosen of each place; every candidate stands in each equally often, so that {100 / len(letters):.1f} % are "
        "expected where nobody prefers one.",
        ["Question", *letters],
        [
            [r.question, *([_number(place, 1, percent=True) for place in r.places] or [Number(None)] * len(letters))]
            for r in results.questions
        ],
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
        [_participant(person, person.number in results.left_out) for person in results.participants],
    )


def _participant(person: ParticipantSummary, left_out: bool) -> list[Cell]:
    checks = [
        f"{failed} of {asked}" if asked else NOTHING
        for failed, asked in ((person.copies_failed, person.copies), (person.repeats_changed, person.repeats))
    ]
    return [
        Number(person.number + 1, digits=0),
        Number(person.answered, digits=0),
        Number(person.asked, digits=0),
        *checks,
        Number(person.seconds, digits=1),
        "left out" if left_out else "yes",
    ]
