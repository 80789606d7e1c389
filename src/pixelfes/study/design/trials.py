"""The trials of each participant: a balanced design, drawn from the study's seed and the participant's number.

Items are dealt round by round. After any number of participants, the items have been shown equally often, or once more.

The positions of the candidates follow a Latin square. With k candidates, of every k times that an item is shown, each
candidate stands once in each position. The same holds for every block of k items that one participant sees.

References
----------
Cochran and Cox, "Experimental Designs", 1957, chapter 4 (Latin squares).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from pixelfes.arrays import Indices
from pixelfes.errors import InputError
from pixelfes.study.design.study import COPIED_INPUT, Study

TrialKind: TypeAlias = Literal["item", "copy", "repeat"]
COPY_QUESTION = "copy"
"""The question of the attention check: which option is the unchanged input?"""

# Each purpose has its own random stream: these numbers follow the study's seed.
_ITEM_STREAM, _SQUARE_STREAM, _PARTICIPANT_STREAM = range(3)


@dataclass(frozen=True)
class Trial:
    """One question to one participant.

    Attributes
    ----------
    kind : {"item", "copy", "repeat"}
        A question about an item, an attention check with a copied input, or a question asked again.
    item, question : str
    order : tuple of str
        The options from the first position to the last: candidates, and `COPIED_INPUT` in an attention check.
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
        The participant's number in the order of consent, from 0.
    """
    random = np.random.default_rng([study.seed, _PARTICIPANT_STREAM, number])
    shown = list(_shown_items(study, number))
    groups = [
        [Trial("item", name, question, order) for question in study.questions]
        for name, order in (shown[n] for n in random.permutation(len(shown)))
    ]
    repeats = _draw_repeats(groups, study.repeats, random)
    for _ in range(study.copies):
        groups.insert(int(random.integers(len(groups) // 3, len(groups) + 1)), [_draw_copy(study, shown, random)])
    for trial in repeats:
        first = 1 + next(n for n, group in enumerate(groups) if (trial.item, trial.question) in _asked(group))
        groups.insert(int(random.integers(max(first, 2 * len(groups) // 3), len(groups) + 1)), [trial])
    return [trial for group in groups for trial in group]


def _asked(group: Sequence[Trial]) -> set[tuple[str, str]]:
    return {(trial.item, trial.question) for trial in group if trial.kind == "item"}


def _shown_items(study: Study, number: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the items of a participant, each with the order of its candidates."""
    n, k = len(study.items), len(study.candidates)
    dealt = np.random.default_rng([study.seed, _ITEM_STREAM]).permutation(n)
    for card in range(number * study.per_participant, (number + 1) * study.per_participant):
        round_, item = divmod(card, n)
        cohort, row = divmod(round_, k)
        block, column = divmod(item, k)
        square = _latin_square(k, [study.seed, _SQUARE_STREAM, cohort, block])
        order = tuple(study.candidates[c] for c in square[(row + column) % k])
        yield study.items[dealt[item]].name, order


def _latin_square(k: int, seed: list[int]) -> Indices:
    """Draw a (k, k) square in which each row and each column holds 0, ..., k - 1 once."""
    random = np.random.default_rng(seed)
    rows, columns, symbols = (random.permutation(k) for _ in range(3))
    square: Indices = symbols[(rows[:, None] + columns[None, :]) % k]
    return square


def _draw_copy(study: Study, shown: Sequence[tuple[str, tuple[str, ...]]], random: np.random.Generator) -> Trial:
    name, _ = shown[int(random.integers(len(shown)))]
    order = [study.candidates[n] for n in random.permutation(len(study.candidates))]
    order[int(random.integers(len(order)))] = COPIED_INPUT
    return Trial("copy", name, COPY_QUESTION, tuple(order))


def _draw_repeats(groups: Sequence[Sequence[Trial]], count: int, random: np.random.Generator) -> list[Trial]:
    """Draw trials to ask again in another order, from the first half of the groups if it has enough."""
    early = [trial for group in groups[: max(1, len(groups) // 2)] for trial in group]
    pool = early if len(early) >= count else [trial for group in groups for trial in group]
    chosen = [pool[n] for n in random.permutation(len(pool))[:count]]
    return [Trial("repeat", trial.item, trial.question, _draw_other_order(trial.order, random)) for trial in chosen]


def _draw_other_order(order: tuple[str, ...], random: np.random.Generator) -> tuple[str, ...]:
    shift = int(random.integers(1, len(order)))
    return order[shift:] + order[:shift]


def trials_to_json(trials: Sequence[Trial]) -> list[list[Any]]:
    """Return trials as compact JSON values."""
    return [[trial.kind, trial.item, trial.question, list(trial.order)] for trial in trials]


def trials_from_json(content: Sequence[Sequence[Any]]) -> list[Trial]:
    """Return the trials that `trials_to_json` wrote.

    Raises
    ------
    InputError
        If the content has another form, or an unknown kind of trial.
    """
    try:
        trials = [Trial(kind, str(item), str(question), tuple(order)) for kind, item, question, order in content]
    except (TypeError, ValueError) as error:
        raise InputError("the trials of a participant are damaged in the database") from error
    if any(trial.kind not in get_args(TrialKind) for trial in trials):
        raise InputError("the trials of a participant have an unknown kind in the database")
    return trials
