"""Fictional people: a neutral and a smiling portrait each, of somebody who does not exist."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError
from pixelfes.expression.pairs import LANDMARKS, NEUTRAL, Pair
from pixelfes.file_writing import write_file
from pixelfes.people.appearance_file import shipped_people
from pixelfes.people.appearance_model import PeopleModel
from pixelfes.people.portraits import canonical_to_portrait, render_portraits
from pixelfes.people.sampling import draw_person
from pixelfes.photos.provenance import WHOLLY_SYNTHETIC
from pixelfes.photos.reading import Photo
from pixelfes.photos.writing import encode_photo
from pixelfes.version import __version__

DEFAULT_SIZE = 256
EXPRESSION = "smile"
SMALLEST_SIZE, LARGEST_SIZE = 32, 1024
LARGEST_SEED = 2**32 - 1
MOST_PEOPLE = 1_000_000

_AT_A_TIME = 64  # people on their way at once; numbers far beyond would only fill memory

COLUMNS = ("id", "age", "gender", "ethnicity", "smile_strength", "smile_mouth")
"""Of people.csv."""


@dataclass(frozen=True, kw_only=True)
class FictionalPerson(Pair):
    """Somebody who does not exist: a pair of portraits with exact landmarks, and what was drawn of them.

    ``input`` and ``target`` are (size, size, 3) uint8 arrays, RGB; the portraits were drawn from their landmarks.

    Attributes
    ----------
    smile_strength : float
        How far mouth corners and cheeks move; 1 is the mean of real smiles with an open mouth.
    mouth_open : bool
        Whether the smile shows teeth.
    age : float
        In years, as it was drawn; looks are only loosely tied to it.
    gender, ethnicity : str
        Whose looks were drawn from: "female" or "male", and as people of the training set call themselves.
    """

    smile_strength: float
    mouth_open: bool
    age: float
    gender: str
    ethnicity: str

    @property
    def neutral(self) -> Pixels:
        """The neutral portrait, (size, size, 3) uint8."""
        return np.asarray(self.input)

    @property
    def smiling(self) -> Pixels:
        """The smiling portrait, (size, size, 3) uint8."""
        return np.asarray(self.target)

    @property
    def neutral_landmarks(self) -> Array:
        """Landmarks of the neutral portrait, (468, 3) float64, image pixels."""
        return np.asarray(self.input_landmarks)

    @property
    def smiling_landmarks(self) -> Array:
        """Landmarks of the smiling portrait, (468, 3) float64, image pixels."""
        return np.asarray(self.target_landmarks)


def fictional_people(
    n: int, seed: int = 0, size: int = DEFAULT_SIZE, *, model: PeopleModel | None = None
) -> list[FictionalPerson]:
    """Return pairs of portraits of people who do not exist, neutral and smiling, with exact landmarks.

    Parameters
    ----------
    n : int
        How many; the first k of n people are the k people of the same seed.
    seed : int
        From 0 to 2³² - 1. The same seed gives the same people everywhere, portraits within one grey level.
    size : int
        Side of the portraits in pixels, from 32 to 1024; beyond 256 they get larger, not more detailed.
    model : PeopleModel, optional
        In the place of the one that comes with the package.

    Returns
    -------
    list of FictionalPerson
        Pairs, as a model is fitted on them, with their attributes. `each_person` gives one at a time.

    Raises
    ------
    InputError
        Where a number is out of its range.

    Examples
    --------
    >>> import pixelfes
    >>> pairs = pixelfes.fictional_people(2, seed=7)
    >>> pairs[0].input.shape, pairs[0].mouth_open
    ((256, 256, 3), False)
    """
    return list(each_person(n, seed, size, model=model))


def each_person(
    n: int, seed: int = 0, size: int = DEFAULT_SIZE, *, model: PeopleModel | None = None
) -> Iterator[FictionalPerson]:
    """Yield fictional people one at a time, in memory for one; parameters as `fictional_people`."""
    drawn_from = _checked(n, seed, size, model)
    return (_person(drawn_from, seed, number, size) for number in range(n))


def _checked(n: int, seed: int, size: int, model: PeopleModel | None) -> PeopleModel:
    """Return the model to draw from, all numbers being in their ranges."""
    _check("n", n, 1, MOST_PEOPLE)
    _check("seed", seed, 0, LARGEST_SEED)
    _check("size", size, SMALLEST_SIZE, LARGEST_SIZE)
    return shipped_people() if model is None else model


def _check(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
        raise InputError(f"{name} must be a whole number from {low} to {high}; found {value!r}")


def _person(model: PeopleModel, seed: int, number: int, size: int) -> FictionalPerson:
    drawn, _ = draw_person(model, int(seed), number)
    neutral, smiling = render_portraits(drawn, size, (int(seed), number))
    return FictionalPerson(
        name=f"{number:04}",
        input=neutral,
        target=smiling,
        input_landmarks=canonical_to_portrait(drawn.neutral, size),
        target_landmarks=canonical_to_portrait(drawn.smiling, size),
        smile_strength=drawn.smile_strength,
        mouth_open=drawn.traits.opens,
        age=drawn.traits.age,
        gender="male" if drawn.traits.male else "female",
        ethnicity=drawn.traits.origin,
    )


def write_people(
    folder: Path,
    n: int,
    seed: int = 0,
    size: int = DEFAULT_SIZE,
    *,
    model: PeopleModel | None = None,
    done: Callable[[int], None] | None = None,
) -> None:
    """Write fictional people as a folder of pairs: ``neutral/``, ``smile/``, ``landmarks/`` and ``people.csv``.

    Parameters
    ----------
    folder : Path
        Made where it is not there; must hold nothing yet.
    n, seed, size, model
        As of `fictional_people`.
    done : callable, optional
        Told how many people are written.

    Notes
    -----
    Landmarks are NumPy files ``landmarks/0000.npy`` of shape (2, 468, 3), float32, image pixels: neutral, smiling.
    people.csv comes last: a folder without it was not finished.
    """
    drawn_from = _checked(n, seed, size, model)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there already, and not an empty folder: name another one")
    for part in (NEUTRAL, EXPRESSION, LANDMARKS):
        (folder / part).mkdir(parents=True, exist_ok=True)
    table = io.StringIO()
    rows = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    rows.writeheader()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for start in range(0, n, _AT_A_TIME):
            numbers = range(start, min(start + _AT_A_TIME, n))
            for number, row in zip(
                numbers,
                threads.map(lambda k: _written(folder, _person(drawn_from, seed, k, size)), numbers),
                strict=True,
            ):
                rows.writerow(row)
                if done is not None:
                    done(number + 1)
    write_file(folder / "people.csv", table.getvalue().encode())


def _written(folder: Path, person: FictionalPerson) -> dict[str, str]:
    """Write the files of one person, and return their row of the table."""
    made_by = f"pixelfes {__version__}, fictional people"
    for part, pixels in ((NEUTRAL, person.neutral), (EXPRESSION, person.smiling)):
        data = encode_photo(Photo(pixels), "PNG", made_by=made_by, source_type=WHOLLY_SYNTHETIC)
        write_file(folder / part / f"{person.name}.png", data)
    points = np.stack([person.neutral_landmarks, person.smiling_landmarks]).astype(np.float32)
    array = io.BytesIO()
    np.save(array, points, allow_pickle=False)
    write_file(folder / LANDMARKS / f"{person.name}.npy", array.getvalue())
    return {
        "id": person.name,
        "age": f"{person.age:.0f}",
        "gender": person.gender,
        "ethnicity": person.ethnicity,
        "smile_strength": f"{person.smile_strength:.3f}",
        "smile_mouth": "open" if person.mouth_open else "closed",
    }
