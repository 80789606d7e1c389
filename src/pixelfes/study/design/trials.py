"""Who sees what, in which order: a balanced design, drawn from the study's seed and the participant's number.

Items are dealt round by round, so that after any number of participants each has been shown as often as every other, or once
more. In which place each candidate stands is a Latin square: of every k times that an item is shown (k candidates), each
candidate stands once in each place; and of every block of k items that one participant sees, too.

References
----------
Cochran and Cox, "Experimental Designs", 1957, chapter 4 (Latin squares).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from pixelfes.errors import InputError
from pixelfes.study.design.study import COPIED_INPUT, Study

TrialKind: TypeAlias = Literal["item", "copy", "repeat"]
COPY_QUESTION = "copy"
"""The question of the attention check: which option is the unchanged input?"""

# What is drawn for its own sake gets numbers of its own.
_ITEMS, _SQUARES, _PARTICIPANT = range(3)


@dataclass(frozen=True)
class Trial:
    """One question to one participant.

    Attributes
    ----------
    kind : {"item", "copy", "repeat"}
        An item of the study; the attention check with a copied input; a question of an item asked again.
    item, question : str
    order : tuple of str
        Candidates from the first place to the last; `COPIED_INPUT` where the input stands among them.
    """

    kind: TrialKind
    item: str
    question: str
    order: tuple[str, ...]


def draw_trials(study: Study, number: int) -> list[Trial]:
    """Draw the trials of one participant, in the order in which they are asked.

    Parameters
    ----------
    study : Study
    number : int
        Of the participant, from 0 in the order of consent.
    """
    random = np.random.default_rng([study.seed, _PARTICIPANT, number])
    shown = list(_shown_items(study, number))
    groups = [
        [Trial("item", name, question, order) for question in study.questions]
        for name, order in (shown[n] for n in random.permutation(len(shown)))
    ]
    repeats = _repeats(groups, study.repeats, random)
    for _ in range(study.copies):
        groups.insert(int(random.integers(len(groups) // 3, len(groups) + 1)), [_copy(study, shown, random)])
    for trial in repeats:
        first = 1 + next(n for n, group in enumerate(groups) if (trial.item, trial.question) in _asked(group))
        groups.insert(int(random.integers(max(first, 2 * len(groups) // 3), len(groups) + 1)), [trial])
    return [trial for group in groups for trial in group]


def _asked(group: Sequence[Trial]) -> set[tuple[str, str]]:
    return {(trial.item, trial.question) for trial in group if trial.kind == "item"}


def _shown_items(study: Study, number: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield a participant's items, each with the order of its candidates."""
    n, k = len(study.items), len(study.candidates)
    dealt = np.random.default_rng([study.seed, _ITEMS]).permutation(n)
    for card in range(number * study.per_participant, (number + 1) * study.per_participant):
        round_, place = divmod(card, n)
        cohort, row = divmod(round_, k)
        block, column = divmod(place, k)
        square = _latin_square(k, [study.seed, _SQUARES, cohort, block])
        order = tuple(study.candidates[c] for c in square[(row + column) % k])
        yield study.items[dealt[place]].name, order


def _latin_square(k: int, seed: list[int]) -> Any:
    """Draw a (k, k) square in which each of 0, ..., k - 1 stands once in each row and each column."""
    random = np.random.default_rng(seed)
    rows, columns, symbols = (random.permutation(k) for _ in range(3))
    return symbols[(rows[:, None] + columns[None, :]) % k]


def _copy(study: Study, shown: Sequence[tuple[str, tuple[str, ...]]], random: np.random.Generator) -> Trial:
    name, _ = shown[random.integers(len(shown))]
    order = [study.candidates[n] for n in random.permutation(len(study.candidates))]
    order[random.integers(len(order))] = COPIED_INPUT
    return Trial("copy", name, COPY_QUESTION, tuple(order))


def _repeats(groups: Sequence[Sequence[Trial]], count: int, random: np.random.Generator) -> list[Trial]:
    """Draw trials to be asked again, of the earlier half where that has enough, in another order."""
    early = [trial for group in groups[: max(1, len(groups) // 2)] for trial in group]
    pool = early if len(early) >= count else [trial for group in groups for trial in group]
    chosen = [pool[n] for n in random.permutation(len(pool))[:count]]
    return [Trial("repeat", trial.item, trial.question, _other_order(trial.order, random)) for trial in chosen]


def _other_order(order: tuple[str, ...], random: np.random.Generator) -> tuple[str, ...]:
    shift = int(random.integers(1, len(order)))
    return order[shift:] + order[:shift]


def trials_to_json(plan: Sequence[Trial]) -> list[list[Any]]:
    """Return a plan as JSON holds it, in few bytes."""
    return [[trial.kind, trial.item, trial.question, list(trial.order)] for trial in plan]


def trials_from_json(rows: Sequence[Sequence[Any]]) -> list[Trial]:
    """Return the plan that `trials_to_json` wrote.

    Raises
    ------
    InputError
        Where it is something else.
    """
    try:
        plan = [Trial(kind, str(item), str(question), tuple(order)) for kind, item, question, order in rows]
    except (TypeError, ValueError) as error:
        raise InputError("a participant's plan in the database is damaged") from error
    if any(trial.kind not in get_args(TrialKind) for trial in plan):
        raise InputError("a participant's plan in the database has an unknown kind of question")
    return plan
