"""Simulated answers with known strengths, to test whether the analysis finds these strengths.

They are written through the same store as the answers of people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from pixelfes.errors import ChoiceError, InputError
from pixelfes.study.answers.store import AnswerStore, Participant
from pixelfes.study.design.study import COPIED_INPUT, Study
from pixelfes.study.design.trials import Trial

_SAME_AGAIN = 0.85  # probability that an attentive participant answers a repeated question in the same way
_TYPICAL_SECONDS, _SPREAD = 6.0, 0.5  # median and sigma of a log-normal distribution


def normalised_strengths(study: Study, strengths: Mapping[str, float]) -> dict[str, float]:
    """Return strengths scaled to a sum of 1, in the study's order of candidates.

    Raises
    ------
    InputError
        If they are not positive finite numbers, one for each candidate of the study.
    """
    if set(strengths) != set(study.candidates):
        raise ChoiceError(
            f"there must be a strength for each of {', '.join(study.candidates)}; "
            f"found {', '.join(strengths) or 'none'}"
        )
    if not all(0 < strength < float("inf") for strength in strengths.values()):
        raise InputError("strengths must be positive numbers")
    total = sum(strengths.values())
    return {name: strengths[name] / total for name in study.candidates}


def simulate(
    store: AnswerStore,
    strengths: Mapping[str, float],
    n: int,
    *,
    careless: float = 0.0,
    seed: int = 0,
    on_progress: Callable[[int], None] | None = None,
) -> None:
    """Let simulated participants answer a whole study.

    Parameters
    ----------
    store : AnswerStore
        A store of simulated answers.
    strengths : dict
        Candidate to strength. A candidate is chosen with a probability in proportion to its strength.
    n : int
        Number of participants.
    careless : float
        Share of participants who choose a position at random, 0 to 1.
    seed : int
    on_progress : callable, optional
        Called with the number of participants who have answered.

    Raises
    ------
    InputError
        If the store is for answers of people, or an argument is wrong.
    """
    if not store.simulated:
        raise InputError("simulated answers need a separate database; this one is for answers of people")
    if n < 1 or not 0 <= careless <= 1:
        raise InputError(
            f"a simulation needs at least 1 participant, and a share of careless ones from 0 to 1; "
            f"found {n} and {careless}"
        )
    known, random = normalised_strengths(store.study, strengths), np.random.default_rng(seed)
    for number in range(n):
        attentive = random.random() >= careless
        _, participant = store.add_participant()
        _answer_all(store, participant, known if attentive else None, random)
        if on_progress is not None:
            on_progress(number + 1)


def _answer_all(
    store: AnswerStore, participant: Participant, strengths: Mapping[str, float] | None, random: np.random.Generator
) -> None:
    """Answer all trials of a participant; without strengths, choose positions at random."""
    given: dict[tuple[str, str], str] = {}
    for number, trial in enumerate(participant.trials):
        choice = str(random.choice(trial.order)) if strengths is None else _choose(trial, strengths, given, random)
        given.setdefault((trial.item, trial.question), choice)
        seconds = _TYPICAL_SECONDS * np.exp(random.normal(0, _SPREAD))
        store.save_answer(participant, number, choice, int(1000 * seconds))


def _choose(
    trial: Trial, strengths: Mapping[str, float], given: Mapping[tuple[str, str], str], random: np.random.Generator
) -> str:
    if COPIED_INPUT in trial.order:
        return COPIED_INPUT
    if trial.kind == "repeat" and random.random() < _SAME_AGAIN:
        return given[trial.item, trial.question]
    weights = np.array([strengths[name] for name in trial.order])
    return str(random.choice(trial.order, p=weights / weights.sum()))
