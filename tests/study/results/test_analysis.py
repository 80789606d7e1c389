from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes.errors import InputError
from pixelfes.study.answers.store import Answer, Participant
from pixelfes.study.design.study import COPIED_INPUT, Item, Study, StudyPicture
from pixelfes.study.design.trials import Trial
from pixelfes.study.results.agreement import krippendorff_alpha
from pixelfes.study.results.analysis import analyse, strength_intervals
from pixelfes.study.results.strengths import bradley_terry

NOTHING = StudyPicture("0" * 32, 1, 1)
NAMES = ("a", "b", "c")
STUDY = Study(
    "s", "t", "smile", NAMES, ("overall",),
    tuple(Item(f"item{n}", NOTHING, dict.fromkeys(NAMES, NOTHING), NOTHING) for n in range(3)), 3, 1, 1, 0, "",
)  # fmt: skip


def answered(person: int, *trials: tuple[str, str, str]) -> tuple[Participant, list[Answer]]:
    """Somebody, and their answers to (kind, item, choice)."""
    orders = [(COPIED_INPUT, *NAMES[:2]) if kind == "copy" else NAMES for kind, _, _ in trials]
    plan = [Trial(kind, item, "overall", order) for (kind, item, _), order in zip(trials, orders, strict=True)]  # type: ignore[arg-type]
    answers = [
        Answer(person, n, trial.kind, trial.item, "overall", trial.order, choice, 1000 * (n + 1), datetime.now(UTC))
        for n, (trial, (_, _, choice)) in enumerate(zip(plan, trials, strict=True))
    ]
    return Participant(person, person, plan), answers


def test_shares_count_first_answers_only() -> None:
    one, first = answered(
        0, ("item", "item0", "a"), ("item", "item1", "a"), ("copy", "item0", COPIED_INPUT), ("repeat", "item0", "b")
    )
    two, second = answered(1, ("item", "item0", "a"), ("item", "item2", "c"), ("copy", "item2", "a"))
    told = analyse(STUDY, [one, two], first + second, draws=200)
    (result,) = told.questions
    assert [s.chosen for s in result.standings] == [3, 0, 1]
    assert [s.share.estimate for s in result.standings] == [0.75, 0, 0.25]
    assert (result.n_answers, result.n_participants, told.n_answers) == (4, 2, 7)
    assert [(p.copies, p.copies_failed, p.repeats, p.repeats_changed) for p in told.participants] == [
        (1, 0, 1, 1),
        (1, 1, 0, 0),
    ]
    assert told.participants[0].seconds == 2.5
    careful = analyse(STUDY, [one, two], first + second, attentive_only=True, draws=200)
    assert (careful.left_out, careful.questions[0].n_answers) == ([1], 2)


def test_a_study_without_answers_has_results_that_say_so() -> None:
    told = analyse(STUDY, [], [])
    assert told.questions[0].standings == []
    assert told.n_answers == 0


def test_intervals_widen_where_participants_differ_and_not_with_repeated_answers() -> None:
    def width(answers: list[Answer]) -> float:
        interval = analyse(STUDY, [], answers, draws=500).questions[0].standings[0].share
        return interval.high - interval.low

    alike = [a for n in range(20) for a in answered(n, *[("item", f"item{m}", NAMES[m % 3]) for m in range(9)])[1]]
    split = [a for n in range(20) for a in answered(n, *[("item", f"item{m}", NAMES[n % 3]) for m in range(9)])[1]]
    assert width(alike) == 0
    assert width(split) > 0.3


def test_places_show_who_always_takes_the_first() -> None:
    people = [answered(n, *[("item", f"item{m}", "a") for m in range(3)])[1] for n in range(4)]
    told = analyse(STUDY, [], [a for answers in people for a in answers], draws=100)
    assert [place.estimate for place in told.questions[0].position_shares] == [1, 0, 0]


# Krippendorff's own worked example of nominal data (2011, section C): 4 observers, 12 units, alpha 0.743.
KRIPPENDORFF = {
    "1": "111", "2": "2232", "3": "3333", "4": "3333", "5": "2222", "6": "1234", "7": "4444", "8": "1121", "9": "2222",
    "10": "555", "11": "11", "12": "3",
}  # fmt: skip


def test_alpha_is_that_of_krippendorffs_own_example() -> None:
    assert krippendorff_alpha(KRIPPENDORFF) == pytest.approx(0.743, abs=0.0005)


@given(st.dictionaries(st.text(max_size=3), st.lists(st.sampled_from("abc"), max_size=5), max_size=5))
def test_alpha_equals_its_definition_pair_by_pair(units: dict[str, list[str]]) -> None:
    pairable = [values for values in units.values() if len(values) > 1]
    pooled = [value for values in pairable for value in values]
    pairs = list(combinations(pooled, 2))
    expected = sum(a != b for a, b in pairs)
    found = krippendorff_alpha(units)
    if not expected:
        assert found is None
        return
    observed = sum(2 * sum(a != b for a, b in combinations(v, 2)) / (len(v) - 1) for v in pairable) / len(pooled)
    assert found == pytest.approx(1 - observed / (expected / len(pairs)))


@given(st.lists(st.integers(1, 50), min_size=2, max_size=5))
def test_strengths_are_shares_where_all_are_on_offer(counts: list[int]) -> None:
    strengths = bradley_terry([counts], [[True] * len(counts)])
    assert strengths == pytest.approx(np.array(counts) / sum(counts), abs=1e-6)


@given(st.lists(st.floats(0.05, 1), min_size=3, max_size=5))
@settings(deadline=None)
def test_strengths_come_back_from_the_pairs_that_they_predict(strengths: list[float]) -> None:
    true = np.array(strengths) / sum(strengths)
    pairs = list(combinations(range(len(true)), 2))
    offered = np.array([[n in pair for n in range(len(true))] for pair in pairs])
    wins = [[1000 * true[n] / true[list(pair)].sum() if n in pair else 0 for n in range(len(true))] for pair in pairs]
    assert bradley_terry(wins, offered) == pytest.approx(true, abs=1e-4)


def test_somebody_never_chosen_has_no_strength() -> None:
    assert bradley_terry([[5, 0, 5]], [[True] * 3]).tolist() == [0.5, 0, 0.5]


@pytest.mark.parametrize(
    ("wins", "offered"), [([[1, 1]], [[True, False]]), ([[-1, 1]], [[True, True]]), ([[1, 1, 1]], [[True, True]])]
)
def test_impossible_counts_are_refused(wins: list[list[int]], offered: list[list[bool]]) -> None:
    with pytest.raises(InputError):
        bradley_terry(wins, offered)


def test_strength_intervals_are_those_of_shares_where_all_are_on_offer() -> None:
    people = [answered(n, *[("item", f"item{m}", NAMES[(n * m) % 3]) for m in range(9)]) for n in range(12)]
    answers = [a for _, given_ in people for a in given_]
    told = analyse(STUDY, [person for person, _ in people], answers, draws=300)
    strengths = strength_intervals(NAMES, answers, draws=300)
    for standing, strength in zip(told.questions[0].standings, strengths, strict=True):
        assert (standing.share.low, standing.share.high) == pytest.approx((strength.low, strength.high), abs=1e-6)
