from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pixelfes import FaceDetector, Pair, fictional_people
from pixelfes.errors import InputError
from pixelfes.evaluate.run.folds import Person, find_people, pairs_named, split_by_names, split_by_person
from tests.evaluate.small_comparison import broken_pair


@pytest.fixture(scope="module")
def people(drawn: list[Pair], detector: FaceDetector) -> list[Person]:
    found, skipped = find_people(drawn, detector, lambda stage, done, total: None)
    assert not skipped
    return found


def test_nobody_is_in_training_and_test_and_everybody_is_tested_once(people: list[Person]) -> None:
    tested = []
    for split in split_by_person(people, 3):
        assert not {p.name for p in split.train} & {p.name for p in split.test}
        assert len(split.train) + len(split.test) == len(people)
        tested += [p.name for p in split.test]
    assert sorted(tested) == sorted(p.name for p in people)


def test_pairs_of_a_person_stay_together(people: list[Person]) -> None:
    twice = [replace(person, name=f"person {n // 2}") for n, person in enumerate(people)]
    for split in split_by_person(twice, 3):
        assert len({p.name for p in split.test}) == 1
        assert len(split.test) == 2


def test_the_order_of_people_makes_no_difference(people: list[Person]) -> None:
    assert split_by_person(people, 2) == split_by_person(people[::-1], 2)


def test_another_seed_splits_otherwise(people: list[Person]) -> None:
    assert any(split_by_person(people, 2, seed) != split_by_person(people, 2) for seed in (1, 2, 3))


@pytest.mark.parametrize("folds", [1, 7])
def test_folds_that_cannot_be(people: list[Person], folds: int) -> None:
    with pytest.raises(InputError, match=f"in {folds} folds needs two folds and {folds} people .* found 6"):
        split_by_person(people, folds)


def test_a_pair_is_known_by_its_content(drawn: list[Pair], detector: FaceDetector) -> None:
    def key(pair: Pair) -> str:
        return find_people([pair], detector, lambda stage, done, total: None)[0][0].key

    assert key(replace(drawn[0], name="other")) == key(drawn[0])
    changed = np.array(drawn[0].input)
    changed[0, 0, 0] ^= 1
    others = [replace(drawn[0], input=changed), replace(drawn[0], weight=2.0), drawn[1]]
    assert key(drawn[0]) not in {key(other) for other in others}


def test_landmarks_that_a_pair_brings_are_detected_anew(detector: FaceDetector) -> None:
    """A copy of a photo is detected as every picture is: it must come out as the photo itself."""
    stranger = fictional_people(1)[0]
    ((person,), _) = find_people([stranger], detector, lambda stage, done, total: None)
    np.testing.assert_array_equal(person.face.input, detector.detect(stranger.neutral)[0])
    assert not np.allclose(person.face.input, stranger.neutral_landmarks)


def test_a_pair_without_a_face_is_listed(detector: FaceDetector) -> None:
    people, skipped = find_people([broken_pair()], detector, lambda stage, done, total: None)
    assert (people, [s.name for s in skipped]) == ([], ["nobody"])
    assert "no face was found" in skipped[0].reason


def test_named_people_are_kept_out_together(people: list[Person]) -> None:
    names = [people[2].name, people[0].name]
    split = split_by_names(people, names)
    assert {person.name for person in split.test} == set(names)
    assert [person.name for person in split.train] == [p.name for p in people if p.name not in names]
    with pytest.raises(InputError, match="two others at least"):
        split_by_names(people, [person.name for person in people[1:]])


def test_people_are_named_as_pairs_or_as_photos_are(drawn: list[Pair]) -> None:
    pairs = [replace(pair, name=f"{n:03}.jpg") for n, pair in enumerate(drawn)]
    assert pairs_named(pairs, ["002", "000.jpg", "002.jpg"]) == [pairs[2], pairs[0]]
    with pytest.raises(InputError, match=r"there is no pair named '7'; they are named as 000\.jpg, 001\.jpg"):
        pairs_named(pairs, ["000", "7"])
