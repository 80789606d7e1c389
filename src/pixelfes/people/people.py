"""Make fictional people, each with a neutral and a smiling portrait, in memory or as files.

Convention: landmarks are in pixels of the portrait, x right, y down, z away from the camera in the same unit; pixel centres
are at whole numbers.
"""

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
from pixelfes.expression.pair_files import LANDMARKS, NEUTRAL
from pixelfes.expression.pairs import Pair
from pixelfes.file_writing import new_folder, write_file
from pixelfes.people.appearance_file import shipped_people
from pixelfes.people.appearance_model import PeopleModel
from pixelfes.people.portraits import canonical_to_portrait, render_portraits
from pixelfes.people.sampling import draw_person
from pixelfes.photos.provenance import WHOLLY_SYNTHETIC
from pixelfes.photos.reading import Photo
from pixelfes.photos.writing import encode_photo
from pixelfes.version import __version__

DEFAULT_PORTRAIT_SIZE = 256

_SMALLEST_SIZE, _LARGEST_SIZE = 32, 1024
_LARGEST_SEED = 2**32 - 1
_MOST_PEOPLE = 1_000_000
_BATCH = 64  # people that are drawn and written at a time; more would only take memory
_SMILE = "smile"  # name of the folder of smiling portraits
_CSV_COLUMNS = ("id", "age", "gender", "ethnicity", "smile_strength", "smile_mouth")


@dataclass(frozen=True, kw_only=True)
class FictionalPerson(Pair):
    """A person who does not exist: a pair of portraits, their exact landmarks, and the attributes they were drawn from.

    ``input`` is the neutral portrait, ``target`` the smiling one; both are (size, size, 3) uint8 arrays, RGB.

    Attributes
    ----------
    smile_strength : float
        How far mouth corners and cheeks move; 1 is the mean of real smiles with an open mouth.
    mouth_open : bool
        Whether the smile opens the mouth and shows teeth.
    age : float
        In years, as drawn. The portrait depends on it only weakly.
    gender, ethnicity : str
        The group that the person was drawn from: "female" or "male", and an ethnicity that people of the training set named
        for themselves.
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
    n: int, seed: int = 0, size: int = DEFAULT_PORTRAIT_SIZE, *, model: PeopleModel | None = None
) -> list[FictionalPerson]:
    """Make pairs of portraits, neutral and smiling, of people who do not exist.

    Parameters
    ----------
    n : int
        Number of people, up to a million. With one seed, the first k of n people are the same for every n.
    seed : int
        From 0 to 2³² - 1. The same seed gives the same people on every machine, with portraits equal within one grey level.
    size : int
        Side of the portraits in pixels, from 32 to 1024. Beyond 256 the portraits have no more detail.
    model : PeopleModel, optional
        The model to draw from; by default the one in the package.

    Returns
    -------
    list of FictionalPerson
        Pairs that `ExpressionModel.fit` accepts, with their attributes. `each_person` yields them one at a time.

    Raises
    ------
    InputError
        If a number is out of its range.

    Examples
    --------
    >>> import pixelfes
    >>> pairs = pixelfes.fictional_people(2, seed=7)
    >>> pairs[0].input.shape, pairs[0].mouth_open
    ((256, 256, 3), False)
    """
    return list(each_person(n, seed, size, model=model))


def each_person(
    n: int, seed: int = 0, size: int = DEFAULT_PORTRAIT_SIZE, *, model: PeopleModel | None = None
) -> Iterator[FictionalPerson]:
    """Yield fictional people one at a time, in memory for one person; see `fictional_people` for the parameters."""
    drawn_from = _checked(n, seed, size, model)
    return (_person(drawn_from, seed, number, size) for number in range(n))


def _checked(n: int, seed: int, size: int, model: PeopleModel | None) -> PeopleModel:
    """Check the numbers; return the model to draw from."""
    _check("n", n, 1, _MOST_PEOPLE)
    _check("seed", seed, 0, _LARGEST_SEED)
    _check("size", size, _SMALLEST_SIZE, _LARGEST_SIZE)
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
    size: int = DEFAULT_PORTRAIT_SIZE,
    *,
    model: PeopleModel | None = None,
    done: Callable[[int], None] | None = None,
) -> None:
    """Write fictional people to a folder of pairs: ``neutral/``, ``smile/``, ``landmarks/`` and ``people.csv``.

    Parameters
    ----------
    folder : Path
        Must be empty or not exist.
    n, seed, size, model
        See `fictional_people`.
    done : callable, optional
        Called with the number of people written so far.

    Raises
    ------
    InputError
        If a number is out of its range, or the folder exists and is not empty.
    PhotoError
        If a file cannot be written.

    Notes
    -----
    ``landmarks/0000.npy`` holds the landmarks of the neutral and the smiling portrait, (2, 468, 3) float32. The folder
    appears when it is complete.
    """
    drawn_from = _checked(n, seed, size, model)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists and is not an empty folder: choose another one")
    with new_folder(folder) as working:
        rows = _write_all(working, range(n), lambda number: _person(drawn_from, seed, number, size), done)
        write_file(working / "people.csv", rows.encode())


def _write_all(
    folder: Path, numbers: range, draw: Callable[[int], FictionalPerson], done: Callable[[int], None] | None
) -> str:
    """Write people to a folder; return the text of people.csv."""
    for part in (NEUTRAL, _SMILE, LANDMARKS):
        (folder / part).mkdir()
    text = io.StringIO()
    writer = csv.DictWriter(text, _CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for start in range(0, len(numbers), _BATCH):
            batch = numbers[start : start + _BATCH]
            for number, row in zip(batch, threads.map(lambda n: _write_person(folder, draw(n)), batch), strict=True):
                writer.writerow(row)
                if done is not None:
                    done(number + 1)
    return text.getvalue()


def _write_person(folder: Path, person: FictionalPerson) -> dict[str, str]:
    """Write the files of one person; return the person's row of people.csv."""
    made_by = f"pixelfes {__version__}, fictional people"
    for part, pixels in ((NEUTRAL, person.neutral), (_SMILE, person.smiling)):
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
