"""Statistics of the answers: shares and strengths with intervals, agreement, attention checks, time."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pixelfes.arrays import Array, Booleans, Indices
from pixelfes.reporting.bootstrap import DRAWS, LEVEL, Interval, bootstrap_mean, drawn_again
from pixelfes.study.answers.store import Answer, Participant
from pixelfes.study.design.study import COPIED_INPUT, Study
from pixelfes.study.results.agreement import krippendorff_alpha
from pixelfes.study.results.strengths import bradley_terry


@dataclass(frozen=True)
class Standing:
    """The result of a candidate for one question: number of choices, share of choices, Bradley-Terry strength."""

    candidate: str
    chosen: int
    share: Interval
    strength: Interval


@dataclass(frozen=True)
class QuestionResult:
    """The results of one question.

    Attributes
    ----------
    question : str
    n_answers, n_participants : int
    standings : list of Standing
        In the study's order of candidates; empty without answers.
    alpha : float, or None
        Krippendorff's alpha between participants.
    position_shares : list of Interval
        Share of choices of each position, first to last. It is 1 / K if nobody prefers a position.
    """

    question: str
    n_answers: int
    n_participants: int
    standings: list[Standing]
    alpha: float | None
    position_shares: list[Interval]


@dataclass(frozen=True)
class ParticipantSummary:
    """One participant: questions answered and asked, attention checks made and failed, median seconds per answer."""

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
        """Whether every question has an answer."""
        return self.answered == self.asked


@dataclass(frozen=True)
class StudyResults:
    """The results of a study.

    Attributes
    ----------
    questions : list of QuestionResult
    participants : list of ParticipantSummary
    left_out : list of int
        Numbers of the participants whose answers do not count in questions and times.
    seconds_by_question : dict
        Question to the times of its answers, in seconds.
    simulated : bool
    """

    questions: list[QuestionResult]
    participants: list[ParticipantSummary]
    left_out: list[int]
    seconds_by_question: dict[str, list[float]]
    simulated: bool

    @property
    def n_answers(self) -> int:
        """Number of all answers, attention checks included."""
        return sum(participant.answered for participant in self.participants)


def analyse(
    study: Study,
    participants: Sequence[Participant],
    answers: Sequence[Answer],
    *,
    attentive_only: bool = False,
    simulated: bool = False,
    draws: int = DRAWS,
    seed: int = 0,
) -> StudyResults:
    """Compute the results of a study.

    Only the first answer to each question counts. Attention checks and repeated questions do not.

    Parameters
    ----------
    study, participants, answers
        The study, and what its `AnswerStore.read_answers` returns.
    attentive_only : bool
        Whether to leave out participants who missed a copied input.
    simulated : bool
        Whether the answers are simulated.
    draws, seed : int
        Number of bootstrap draws, and their seed; see `bootstrap_mean`.
    """
    summaries = _summaries(participants, answers)
    left_out = [summary.number for summary in summaries if attentive_only and summary.copies_failed]
    counted = [answer for answer in answers if answer.kind == "item" and answer.participant not in left_out]
    by_question = {name: [answer for answer in counted if answer.question == name] for name in study.questions}
    questions = [_question_result(study, name, given, draws, seed) for name, given in by_question.items()]
    seconds = {name: [answer.milliseconds / 1000 for answer in given] for name, given in by_question.items()}
    return StudyResults(questions, summaries, left_out, seconds, simulated)


def _question_result(study: Study, question: str, answers: list[Answer], draws: int, seed: int) -> QuestionResult:
    if not answers:
        return QuestionResult(question, 0, 0, [], None, [])
    participants = [answer.participant for answer in answers]

    def share(chosen: Iterable[bool]) -> Interval:
        return bootstrap_mean(list(chosen), participants, draws=draws, seed=seed)

    standings = [
        Standing(
            candidate,
            sum(answer.choice == candidate for answer in answers),
            share(answer.choice == candidate for answer in answers),
            strength,
        )
        for candidate, strength in zip(
            study.candidates, strength_intervals(study.candidates, answers, draws=draws, seed=seed), strict=True
        )
    ]
    chosen_positions = [answer.order.index(answer.choice) for answer in answers]
    position_shares = [
        share(chosen == position for chosen in chosen_positions) for position in range(len(study.candidates))
    ]
    choices_by_item = defaultdict(list)
    for answer in answers:
        choices_by_item[answer.item].append(answer.choice)
    alpha = krippendorff_alpha(choices_by_item)
    return QuestionResult(question, len(answers), len(set(participants)), standings, alpha, position_shares)


def strength_intervals(
    candidates: Sequence[str], answers: Sequence[Answer], *, draws: int = DRAWS, seed: int = 0
) -> list[Interval]:
    """Return the strength of each candidate, with sum 1, and its bootstrap interval by participant."""
    wins, offered = _wins(candidates, answers)
    estimates = bradley_terry(wins.sum(0), offered)
    resampled = np.concatenate(
        [bradley_terry(_resampled_wins(wins, drawn), offered) for drawn in drawn_again(len(wins), draws, seed)]
    )
    low, high = np.percentile(resampled, [50 * (1 - LEVEL), 50 * (1 + LEVEL)], axis=0)
    intervals = zip(estimates.tolist(), low.tolist(), high.tolist(), strict=True)
    return [Interval(*interval, n_people=len(wins)) for interval in intervals]


def _wins(candidates: Sequence[str], answers: Sequence[Answer]) -> tuple[Array, Booleans]:
    """Return the wins of candidates by participant and offer, (P, S, K), and the candidates of each offer, (S, K)."""
    offers = sorted({frozenset(answer.order) for answer in answers}, key=sorted)
    participants = list(dict.fromkeys(answer.participant for answer in answers))
    participant_index = {number: n for n, number in enumerate(participants)}
    offer_index = {offer: n for n, offer in enumerate(offers)}
    candidate_index = {name: n for n, name in enumerate(candidates)}
    wins = np.zeros((len(participants), len(offers), len(candidates)))
    for a in answers:
        wins[participant_index[a.participant], offer_index[frozenset(a.order)], candidate_index[a.choice]] += 1
    return wins, np.array([[name in offer for name in candidates] for offer in offers])


def _resampled_wins(wins: Array, drawn: Indices) -> Array:
    """Return the wins in each bootstrap draw, (D, S, K), from those of participants, (P, S, K), and draws, (D, P)."""
    times = np.stack([np.bincount(indices, minlength=len(wins)) for indices in drawn]).astype(np.float64)
    return (times @ wins.reshape(len(wins), -1)).reshape(len(drawn), *wins.shape[1:])


def _summaries(participants: Sequence[Participant], answers: Sequence[Answer]) -> list[ParticipantSummary]:
    by_participant: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_participant[answer.participant].append(answer)
    return [_summary(participant, by_participant[participant.number]) for participant in participants]


def _summary(participant: Participant, answers: Sequence[Answer]) -> ParticipantSummary:
    first_choices = {(a.item, a.question): a.choice for a in answers if a.kind == "item"}
    copies = [a for a in answers if a.kind == "copy"]
    repeats = [a for a in answers if a.kind == "repeat"]
    return ParticipantSummary(
        number=participant.number,
        answered=len(answers),
        asked=len(participant.trials),
        copies=len(copies),
        copies_failed=sum(a.choice != COPIED_INPUT for a in copies),
        repeats=len(repeats),
        repeats_changed=sum(a.choice != first_choices[a.item, a.question] for a in repeats),
        seconds=statistics.median(a.milliseconds / 1000 for a in answers) if answers else None,
    )
