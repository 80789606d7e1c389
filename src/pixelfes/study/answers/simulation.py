"""Answers drawn from known strengths, through the same store as those of people, to see that the analysis finds them again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from pixelfes.errors import InputError
from pixelfes.study.answers.store import AnswerStore
from pixelfes.study.design.study import COPIED_INPUT, Study
from pixelfes.study.design.trials import Trial

_SAME_AGAIN = 0.85  # how often an attentive participant gives the same answer to the same question
_TYPICAL_SECONDS, _SPREAD = 6.0, 0.5  # of a log-normal distribution


def normalised_strengths(study: Study, strengths: Mapping[str, float]) -> dict[str, float]:
    """Return strengths that sum to 1.

    Raises
    ------
    InputError
        Where they are not positive numbers of exactly the study's candidates.
    """
    if set(strengths) != set(study.candidates):
        raise InputError(f"strengths are of {', '.join(study.candidates)}; found {', '.join(strengths) or 'none'}")
    if not all(0 < strength < float("inf") for strength in strengths.values()):
        raise InputError("strengths are positive numbers")
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
    """Let participants who do not exist answer a whole study.

    Parameters
    ----------
    store : AnswerStore
        Of simulated answers.
    strengths : dict
        Candidate to strength: each is chosen in proportion to it.
    n : int
        Participants.
    careless : float
        Share of them, 0 to 1, who choose a place at random and look at nothing.
    seed : int
    on_progress : callable, optional
        Told how many have answered.

    Raises
    ------
    InputError
        Where the store is of people, or an argument is wrong.
    """
    if not store.simulated:
        raise InputError("answers that are drawn go to a database of their own")
    if n < 1 or not 0 <= careless <= 1:
        raise InputError(
            f"there must be a participant, and a share of careless ones from 0 to 1; found {n} and {careless}"
        )
    known, random = normalised_strengths(store.study, strengths), np.random.default_rng(seed)
    for number in range(n):
        attentive = random.random() >= careless
        _, person = store.enter_known()
        given: dict[tuple[str, str], str] = {}
        for place, trial in enumerate(person.plan):
            choice = _choice(trial, known, given, random) if attentive else str(random.choice(trial.order))
            given.setdefault((trial.item, trial.question), choice)
            seconds = _TYPICAL_SECONDS * np.exp(random.normal(0, _SPREAD))
            store.answer(person, place, choice, int(1000 * seconds))
        if on_progress is not None:
            on_progress(number + 1)


def _choice(
    trial: Trial, strengths: Mapping[str, float], given: Mapping[tuple[str, str], str], random: np.random.Generator
) -> str:
    if COPIED_INPUT in trial.order:
        return COPIED_INPUT
    if trial.kind == "repeat" and random.random() < _SAME_AGAIN:
        return given[trial.item, trial.question]
    weights = np.array([strengths[name] for name in trial.order])
    return str(random.choice(trial.order, p=weights / weights.sum()))
