from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes.errors import InputError
from pixelfes.study.design.study import COPIED_INPUT, Item, Study, StudyPicture
from pixelfes.study.design.trials import Trial, draw_trials, trials_from_json, trials_to_json


def a_study(
    n_items: int, k: int, per: int, questions: int = 1, copies: int = 0, repeats: int = 0, seed: int = 0
) -> Study:
    nothing = StudyPicture("0" * 32, 1, 1)
    names = tuple(f"c{n}" for n in range(k))
    items = tuple(Item(f"item{n}", nothing, dict.fromkeys(names, nothing), nothing) for n in range(n_items))
    asked = ("overall", "quality", "realism", "identity")[:questions]
    return Study("s", "t", "smile", names, asked, items, per, copies, repeats, seed, "")


@st.composite
def studies(draw: st.DrawFn) -> Study:
    n_items = draw(st.integers(1, 12))
    per = draw(st.integers(1, n_items))
    questions = draw(st.integers(1, 3))
    repeats = draw(st.integers(0, min(3, per * questions)))
    return a_study(
        n_items, draw(st.integers(2, 5)), per, questions, draw(st.integers(0, 3)), repeats, draw(st.integers(0, 99))
    )


@given(study=studies(), n=st.integers(1, 40))
@settings(deadline=None)
def test_every_item_is_shown_as_often_as_every_other_or_once_more(study: Study, n: int) -> None:
    shown = Counter(
        t.item
        for number in range(n)
        for t in draw_trials(study, number)
        if t.question == study.questions[0] and t.kind == "item"
    )
    counts = [shown[item.name] for item in study.items]
    assert max(counts) - min(counts) <= 1


@given(study=studies())
@settings(deadline=None)
def test_every_candidate_stands_in_every_place_equally_often(study: Study) -> None:
    k, n_items = len(study.candidates), len(study.items)
    cards = k * n_items  # after which every item was shown k times
    people = range(cards * study.per_participant // study.per_participant)
    first = study.questions[0]
    places: Counter[tuple[str, str, int]] = Counter()
    for number in people:
        for trial in draw_trials(study, number):
            if trial.kind == "item" and trial.question == first:
                places.update((trial.item, name, place) for place, name in enumerate(trial.order))
    expected = len(people) * study.per_participant // n_items // k
    assert set(places.values()) == {expected}


@given(study=studies(), number=st.integers(0, 1000))
@settings(deadline=None)
def test_a_participant_is_asked_everything_once_and_the_checks_besides(study: Study, number: int) -> None:
    plan = draw_trials(study, number)
    kinds = Counter(trial.kind for trial in plan)
    wanted = {"item": study.per_participant * len(study.questions), "copy": study.copies, "repeat": study.repeats}
    assert kinds == {kind: count for kind, count in wanted.items() if count}
    asked = [(trial.item, trial.question) for trial in plan if trial.kind == "item"]
    assert len(set(asked)) == len(asked)
    for place, trial in enumerate(plan):
        if trial.kind == "copy":
            assert trial.order.count(COPIED_INPUT) == 1
            assert len(set(trial.order)) == len(study.candidates)
        else:
            assert sorted(trial.order) == sorted(study.candidates)
        if trial.kind == "repeat":
            first = next(t for t in plan[:place] if (t.item, t.question) == (trial.item, trial.question))
            assert first.order != trial.order


@given(study=studies(), number=st.integers(0, 1000))
@settings(deadline=None)
def test_a_plan_is_drawn_alike_every_time_and_survives_the_database(study: Study, number: int) -> None:
    plan = draw_trials(study, number)
    assert draw_trials(study, number) == plan
    assert trials_from_json(trials_to_json(plan)) == plan


def test_questions_of_an_item_follow_each_other_with_pictures_in_the_same_places() -> None:
    plan = draw_trials(a_study(6, 3, 6, questions=3), 4)
    for one, next_ in pairwise(plan):
        if next_.question != "overall":
            assert (one.item, one.order) == (next_.item, next_.order)


def test_participants_see_items_in_orders_of_their_own() -> None:
    study = a_study(12, 3, 12)
    assert len({tuple(trial.item for trial in draw_trials(study, n)) for n in range(20)}) == 20


def test_first_places_are_not_foreseen_by_the_places_before() -> None:
    study = a_study(30, 3, 30, seed=3)
    firsts = [[trial.order[0] for trial in draw_trials(study, n)] for n in range(40)]
    same = sum(a == b for row in firsts for a, b in pairwise(row))
    assert 0.2 < same / (40 * 29) < 0.45  # a third, by chance


@pytest.mark.parametrize("rows", [[["item", "a"]], [["nonsense", "a", "b", ["c"]]], [5], [["item", "a", "b", 5]]])
def test_a_damaged_plan_is_one_sentence(rows: list[list[object]]) -> None:
    with pytest.raises(InputError, match="the trials of a participant"):
        trials_from_json(rows)


def test_a_trial_says_what_it_is() -> None:
    assert trials_from_json([["item", "a", "overall", ["x", "y"]]]) == [Trial("item", "a", "overall", ("x", "y"))]
