from __future__ import annotations

from pathlib import Path

import pytest

from pixelfes.errors import InputError
from pixelfes.evaluate.run.people_facts import UNKNOWN, PersonFacts, group_people, read_people

TABLE = "id,age,gender,ethnicity,smile_mouth,note\n01,24,female,white,open,x\n02,NA,male,,closed,\n03,41.5,,black,,\n"


def written(folder: Path, text: str) -> Path:
    (folder / "people.csv").write_text(text, encoding="utf-8")
    return folder


def test_people_say_what_they_say(tmp_path: Path) -> None:
    people = read_people(written(tmp_path, TABLE))
    assert people["01"] == PersonFacts(24, "female", "white", "open")
    assert people["02"] == PersonFacts(None, "male", None, "closed")
    assert people["03"] == PersonFacts(41.5, None, "black", None)
    assert [person.age_group for person in people.values()] == ["under 25", None, "35 and over"]
    assert read_people(tmp_path / "people.csv") == people


def test_columns_may_be_missing(tmp_path: Path) -> None:
    assert read_people(written(tmp_path, "id\n01\n")) == {"01": PersonFacts()}


def test_a_folder_without_the_table_knows_nobody(tmp_path: Path) -> None:
    assert read_people(tmp_path) == {}


def test_groups_have_everybody_once(tmp_path: Path) -> None:
    names = ["03", "01", "02", "stranger"]
    groups = group_people(names, read_people(written(tmp_path, TABLE)), {"skin tone": ["tan", "light", "dark", "tan"]})
    assert groups["gender"] == {"female": [1], "male": [2], UNKNOWN: [0, 3]}
    assert groups["ethnicity"] == {"black": [0], "white": [1], UNKNOWN: [2, 3]}
    assert list(groups["age group"]) == ["under 25", "35 and over", UNKNOWN]
    assert list(groups["skin tone"].items()) == [("light", [1]), ("tan", [0, 3]), ("dark", [2])]
    for members in groups.values():
        assert sorted(place for places in members.values() for place in places) == [0, 1, 2, 3]


def test_what_nobody_states_is_no_group() -> None:
    assert group_people(["a", "b"], {"a": PersonFacts(gender="female")}) == {"gender": {"female": [0], UNKNOWN: [1]}}


def test_measures_must_be_of_everybody() -> None:
    with pytest.raises(InputError, match="a value for each of 2 people"):
        group_people(["a", "b"], {}, {"skin tone": ["tan"]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,age\nx,3\n", "must have a column id; found name, age"),
        ("", "must have a column id; found no columns"),
        ("id,age\n01,old\n", "line 2 of .* must state an age in years, or none; found 'old'"),
        ("id,age\n01,-3\n", "must state an age"),
        ("id,age\n01,nan\n", "must state an age"),
        ("id\n01\n01\n", "line 3 of .* must have an id of its own; found '01'"),
        ("id,age\n,3\n", "must have an id of its own"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_people(written(tmp_path, text))


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(b"id\n\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read as a table of people"):
        read_people(tmp_path)
    with pytest.raises(InputError, match="cannot be read as a table of people"):
        read_people(tmp_path / "nowhere.csv")


@pytest.mark.photos
def test_the_london_table_is_read(data: Path) -> None:
    people = read_people(data / "london")
    assert len(people) == 80
    groups = group_people(list(people), people)
    assert {name: len(places) for name, places in groups["gender"].items()} == {"female": 36, "male": 44}
    assert [len(places) for places in groups["age group"].values()] == [26, 38, 15, 1]
