"""What the answers say: shares and strengths with intervals, agreement, attention, time."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array
from pixelfes.reporting.bootstrap import DRAWS, LEVEL, Interval, bootstrap_mean, drawn_again
from pixelfes.study.answers.store import Answer, Participant
from pixelfes.study.design.study import COPIED_INPUT, Study
from pixelfes.study.results.agreement import krippendorff_alpha
from pixelfes.study.results.strengths import bradley_terry


@dataclass(frozen=True)
class Standing:
    """How a candidate stands in one question: times chosen, share of choices, strength of Bradley and Terry."""

    candidate: str
    chosen: int
    share: Interval
    strength: Interval


@dataclass(frozen=True)
class QuestionResult:
    """What came out of one question.

    Attributes
    ----------
    question : str
    n_answers, n_participants : int
    standings : list of Standing
        In the study's order of candidates; empty without answers.
    alpha : float, or None
        Krippendorff's, between participants.
    places : list of Interval
        Share chosen of each place, first to last: 1 / K each where nobody prefers a place.
    """

    question: str
    n_answers: int
    n_participants: int
    standings: list[Standing]
    alpha: float | None
    places: list[Interval]


@dataclass(frozen=True)
class ParticipantSummary:
    """How one participant did: questions answered, checks asked and failed, median time of an answer in seconds."""

    number: int
    answered: int
    asked: int
    copies: int
    copies_failed: int
    repeats: int
    repeats_changed: int
    seconds: float | None

    @property
    def finished(self) -> bool:
        """Whether every question has its answer."""
        return self.answered == self.asked


@dataclass(frozen=True)
class StudyResults:
    """All that is told of a study; ``left_out`` are participants not counted in questions and times.

    Attributes
    ----------
    seconds : dict
        Question to the times of its answers, in seconds.
    """

    questions: list[QuestionResult]
    participants: list[ParticipantSummary]
    left_out: list[int]
    seconds: dict[str, list[float]]
    simulated: bool

    @property
    def n_answers(self) -> int:
        """How many answers there are, attention checks included."""
        return sum(person.answered for person in self.participants)


def analyse(
    study: Study,
    people: Sequence[Participant],
    answers: Sequence[Answer],
    *,
    attentive_only: bool = False,
    simulated: bool = False,
    draws: int = DRAWS,
    seed: int = 0,
) -> StudyResults:
    """Work out what answers say.

    Only questions asked the first time count: attention checks and repeats do not.

    Parameters
    ----------
    study, people, answers
        The study, and what its store returns.
    attentive_only : bool
        Leave out whoever has failed to find a copied input.
    simulated : bool
        Whether answers were drawn.
    draws, seed : int
        As of `bootstrap_mean`.
    """
    attention = _attention(people, answers)
    left_out = [person.number for person in attention if attentive_only and person.copies_failed]
    counted = [a for a in answers if a.kind == "item" and a.participant not in set(left_out)]
    questions = [
        _question(study, question, [a for a in counted if a.question == question], draws, seed)
        for question in study.questions
    ]
    seconds = {q: [a.milliseconds / 1000 for a in counted if a.question == q] for q in study.questions}
    return StudyResults(questions, attention, left_out, seconds, simulated)


def _question(study: Study, question: str, answers: list[Answer], draws: int, seed: int) -> QuestionResult:
    if not answers:
        return QuestionResult(question, 0, 0, [], None, [])
    people = [answer.participant for answer in answers]
    strengths = strength_intervals(study.candidates, answers, draws=draws, seed=seed)
    standings = []
    for candidate, strength in zip(study.candidates, strengths, strict=True):
        chosen = [answer.choice == candidate for answer in answers]
        standings.append(
            Standing(candidate, sum(chosen), bootstrap_mean(chosen, people, draws=draws, seed=seed), strength)
        )
    units = defaultdict(list)
    for answer in answers:
        units[answer.item].append(answer.choice)
    places = [
        bootstrap_mean([a.order.index(a.choice) == place for a in answers], people, draws=draws, seed=seed)
        for place in range(len(study.candidates))
    ]
    return QuestionResult(question, len(answers), len(set(people)), standings, krippendorff_alpha(dict(units)), places)


def strength_intervals(
    candidates: Sequence[str], answers: Sequence[Answer], *, draws: int = DRAWS, seed: int = 0
) -> list[Interval]:
    """Return the strength of each candidate, all together 1, with its bootstrap interval by participant."""
    offers = sorted({frozenset(answer.order) for answer in answers}, key=sorted)
    people = list(dict.fromkeys(answer.participant for answer in answers))
    person, offer = ({name: n for n, name in enumerate(names)} for names in (people, offers))
    column = {name: n for n, name in enumerate(candidates)}
    wins = np.zeros((len(people), len(offers), len(candidates)))
    for answer in answers:
        wins[person[answer.participant], offer[frozenset(answer.order)], column[answer.choice]] += 1
    offered = np.array([[name in names for name in candidates] for names in offers])
    found = bradley_terry(wins.sum(0), offered)
    again = np.concatenate(
        [bradley_terry(_sums(wins, drawn), offered) for drawn in drawn_again(len(people), draws, seed)]
    )
    low, high = np.percentile(again, [50 * (1 - LEVEL), 50 * (1 + LEVEL)], axis=0)
    return [Interval(float(e), float(a), float(b), len(people)) for e, a, b in zip(found, low, high, strict=True)]


def _sums(wins: Array, drawn: npt.NDArray[np.int64]) -> Array:
    """Return the wins of people drawn again, (D, S, K), from those of each, (P, S, K), and who is drawn, (D, P)."""
    times = np.stack([np.bincount(row, minlength=len(wins)) for row in drawn]).astype(np.float64)
    return (times @ wins.reshape(len(wins), -1)).reshape(len(drawn), *wins.shape[1:])


def _attention(people: Sequence[Participant], answers: Sequence[Answer]) -> list[ParticipantSummary]:
    of: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        of[answer.participant].append(answer)
    return [_attention_of(person, of[person.number]) for person in people]


def _attention_of(person: Participant, answers: Sequence[Answer]) -> ParticipantSummary:
    first = {(a.item, a.question): a.choice for a in answers if a.kind == "item"}
    copies = [a for a in answers if a.kind == "copy"]
    repeats = [a for a in answers if a.kind == "repeat"]
    return ParticipantSummary(
        person.number,
        len(answers),
        len(person.plan),
        len(copies),
        sum(a.choice != COPIED_INPUT for a in copies),
        len(repeats),
        sum(a.choice != first[a.item, a.question] for a in repeats),
        statistics.median(a.milliseconds / 1000 for a in answers) if answers else None,
    )
