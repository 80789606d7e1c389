"""Groups of people by their own statements, for tables that show whom a model serves."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import isfinite
from pathlib import Path

from pixelfes.errors import InputError
from pixelfes.evaluate.judges.skin import SKIN_TONES
from pixelfes.file_reading import read_regular_file

FILE = "people.csv"
UNKNOWN = "not stated"
AGE_GROUPS = ((25, "under 25"), (35, "25 to 34"), (200, "35 and over"))
"""Age groups by the age, years, that each lies below."""

_IN_ORDER = [*(name for _, name in AGE_GROUPS), *(name for _, name in SKIN_TONES), "dark"]
_ABSENT = {"", "na", "n/a", "none", "unknown"}
_OLDEST = 150
_LARGEST = 16 * 2**20


@dataclass(frozen=True)
class PersonFacts:
    """A person's own statements; None for what is not stated.

    Attributes
    ----------
    age : float, or None
        Years.
    gender, ethnicity : str, or None
        In their own words.
    smile_mouth : {"open", "closed"}, or None
        Whether the smile of the photo shows teeth.
    """

    age: float | None = None
    gender: str | None = None
    ethnicity: str | None = None
    smile_mouth: str | None = None

    @property
    def age_group(self) -> str | None:
        """The name of the age group; None where the age is not stated."""
        return None if self.age is None else next(name for below, name in AGE_GROUPS if self.age < below)


def read_people(path: str | Path) -> dict[str, PersonFacts]:
    """Read ``people.csv`` of a folder of pairs: the stated facts of each person, by the name of their photos.

    Parameters
    ----------
    path : str or Path
        The folder, or the file. Columns: id, and any of age, gender, ethnicity, smile_mouth; other columns are left alone.

    Returns
    -------
    dict
        Empty for a folder without such a file.

    Raises
    ------
    InputError
        If the file cannot be read, has no column id, names a person twice, or an age is not a number.
    """
    path = Path(path)
    if path.is_dir():
        path = path / FILE
        if not path.exists():
            return {}
    try:
        text = read_regular_file(path, _LARGEST).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""))
        rows, columns = list(reader), reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as a table of people: {error}") from error
    if "id" not in columns:
        raise InputError(f"{path} must have a column id; found {', '.join(columns) or 'no columns'}")
    people: dict[str, PersonFacts] = {}
    for number, row in enumerate(rows, start=2):
        name = (row["id"] or "").strip()
        if not name or name in people:
            raise InputError(f"line {number} of {path} must have an id of its own; found {name!r}")
        people[name] = _facts(row, f"line {number} of {path}")
    return people


def _facts(row: Mapping[str, str | None], where: str) -> PersonFacts:
    stated = {item.name: (row.get(item.name) or "").strip() for item in fields(PersonFacts)}
    known = {name: value for name, value in stated.items() if value.lower() not in _ABSENT}
    text = known.pop("age", None)
    try:
        age = None if text is None else float(text)
    except ValueError:
        age = -1.0
    if age is not None and not (isfinite(age) and 0 <= age <= _OLDEST):
        raise InputError(f"{where} must state an age in years, or none; found {text!r}")
    return PersonFacts(age=age, **known)


def group_people(
    names: Sequence[str], facts: Mapping[str, PersonFacts], measured: Mapping[str, Sequence[str]] | None = None
) -> dict[str, dict[str, list[int]]]:
    """Group people for a table of fairness.

    Parameters
    ----------
    names : N names
        In the order of the measures to be tabulated.
    facts : dict
        From `read_people`; a person who is not in it counts as not stated.
    measured : dict of N group names each, optional
        Further properties, e.g. ``{"skin tone": [skin_tone(angle), ...]}``.

    Returns
    -------
    dict of dict of lists of int
        Property (ethnicity, gender, age group, and those measured) -> group -> places in ``names``. Groups stand in the
        order of their names, ages and skin tones in theirs, "not stated" last; their counts are the lengths. A property
        that nobody states is left out.
    """
    people = [facts.get(name, PersonFacts()) for name in names]
    properties: dict[str, list[str | None]] = {
        "ethnicity": [person.ethnicity for person in people],
        "gender": [person.gender for person in people],
        "age group": [person.age_group for person in people],
    }
    for title, values in (measured or {}).items():
        if len(values) != len(names):
            raise InputError(f"{title} must have a value for each of {len(names)} people; found {len(values)}")
        properties[title] = list(values)
    return {title: _grouped(values) for title, values in properties.items() if any(values)}


def _grouped(values: Sequence[str | None]) -> dict[str, list[int]]:
    present = sorted(
        {value for value in values if value}, key=lambda v: (_IN_ORDER.index(v) if v in _IN_ORDER else 0, v)
    )
    wanted: list[str | None] = [*present, None]
    groups = {value or UNKNOWN: [n for n, own in enumerate(values) if (own or None) == value] for value in wanted}
    return {name: places for name, places in groups.items() if places}
