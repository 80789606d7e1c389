"""The design of a study: items, candidates and questions, stored as study.json."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pixelfes.errors import InputError, shortened
from pixelfes.file_reading import read_json
from pixelfes.file_writing import write_file

STUDY_FILE, TEXTS_FILE, IMAGES_FOLDER, DATABASE_FILE = "study.json", "texts.json", "images", "answers.sqlite3"
VERSION = 1
COPIED_INPUT = "input"
"""The option of an attention check that shows the unchanged input. No candidate may have this name."""
MAX_CANDIDATES = 8
MAX_TITLE = 200
_MAX_COPIES = 20
MEDIA_TYPES = {"png": "image/png", "webp": "image/webp"}

_NAME = re.compile(r"[\w][\w .+-]{0,39}")
_PICTURE_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class StudyPicture:
    """A picture of a study: a random id of 32 hexadecimal digits, and width and height in pixels."""

    id: str
    width: int
    height: int


@dataclass(frozen=True)
class Item:
    """An input and the output of each candidate.

    Attributes
    ----------
    name : str
        The name of its files, without suffix. Participants never see it.
    input : StudyPicture
    outputs : dict
        Candidate to picture.
    copy : StudyPicture
        The input under a second id, shown among the options of an attention check.
    """

    name: str
    input: StudyPicture
    outputs: Mapping[str, StudyPicture]
    copy: StudyPicture

    def picture(self, option: str) -> StudyPicture:
        """Return the picture of a candidate, or of `COPIED_INPUT`."""
        return self.copy if option == COPIED_INPUT else self.outputs[option]


@dataclass(frozen=True)
class Study:
    """The design of a study. It stays the same while answers come in.

    Attributes
    ----------
    id, title, expression : str
    candidates, questions : tuple of str
    items : tuple of Item
    per_participant : int
        Number of items that each participant sees.
    copies, repeats : int
        Number of attention checks of each participant: copied inputs to find, and questions asked twice.
    seed : int
        The seed of all random draws.
    organiser : str
        SHA-256 hash of the organiser's token, hexadecimal.
    suffix : {"png", "webp"}
        The format of the picture files.
    """

    id: str
    title: str
    expression: str
    candidates: tuple[str, ...]
    questions: tuple[str, ...]
    items: tuple[Item, ...]
    per_participant: int
    copies: int
    repeats: int
    seed: int
    organiser: str
    suffix: str = "png"
    version: int = field(default=VERSION)

    @property
    def trials_per_participant(self) -> int:
        """Number of questions that each participant answers, attention checks included."""
        return self.per_participant * len(self.questions) + self.copies + self.repeats

    @cached_property
    def pictures_by_id(self) -> dict[str, StudyPicture]:
        """Every picture by its id."""
        return {p.id: p for item in self.items for p in (item.input, item.copy, *item.outputs.values())}

    @cached_property
    def items_by_name(self) -> dict[str, Item]:
        """Every item by its name."""
        return {item.name: item for item in self.items}

    @cached_property
    def fingerprint(self) -> str:
        """Hash of everything that answers depend on: all fields except the title and the organiser's token."""
        lasting = asdict(replace(self, title="", organiser=""))
        return hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()

    def picture_path(self, folder: Path, picture: StudyPicture) -> Path:
        """Return the path of a picture in the study's folder."""
        return folder / IMAGES_FOLDER / f"{picture.id}.{self.suffix}"


def write_study(folder: Path, study: Study) -> None:
    """Write study.json, completely or not at all."""
    write_file(folder / STUDY_FILE, json.dumps(asdict(study), indent=1, ensure_ascii=False).encode() + b"\n")


def read_study(folder: Path) -> Study:
    """Read and check the study of a folder.

    Raises
    ------
    InputError
        If the folder holds no study, its file is damaged, or pictures are missing.
    """
    path = folder / STUDY_FILE
    if not path.is_file():
        raise InputError(
            f"{folder} holds no study: there is no {STUDY_FILE}; make one by: pixelfes study new {folder} ..."
        )
    try:
        study = _study_from_json(read_json(path))
    except InputError as error:
        raise InputError(f"{path} is not valid: {error}") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{path} is not valid: pixelfes study new did not write this file") from error
    missing = [p.id for p in study.pictures_by_id.values() if not study.picture_path(folder, p).is_file()]
    if missing:
        raise InputError(
            f"{len(missing)} pictures of the study are missing in {folder / IMAGES_FOLDER}; "
            f"one of them is {missing[0]}.{study.suffix}"
        )
    return study


def check_study(study: Study) -> None:
    """Check the settings and the pictures of a study.

    Raises
    ------
    InputError
        If the study cannot be run.
    """
    check_settings(study)
    _check_pictures(study)


def check_settings(study: Study) -> None:
    """Check everything except the pictures.

    Raises
    ------
    InputError
        If the study cannot be run, whatever its pictures are.
    """
    if study.version != VERSION:
        raise InputError(f"the study has version {study.version!r}; this program reads version {VERSION}")
    _check_names(study)
    _check_counts(study)
    if study.suffix not in MEDIA_TYPES:
        raise InputError(f"pictures must be {' or '.join(MEDIA_TYPES)}; found {study.suffix!r}")
    if not (0 < len(study.title.strip()) <= MAX_TITLE and study.title.isprintable()):
        raise InputError(f"the title of a study must be one line of 1 to {MAX_TITLE} characters")


def _check_names(study: Study) -> None:
    if not 2 <= len(study.candidates) <= MAX_CANDIDATES or len(set(study.candidates)) < len(study.candidates):
        raise InputError(
            f"a study compares 2 to {MAX_CANDIDATES} candidates with different names; found {study.candidates}"
        )
    for name in study.candidates:
        _check_name(name, "a candidate")
    _check_name(study.expression, "an expression")
    if not study.questions or len(set(study.questions)) < len(study.questions):
        raise InputError(f"a study asks one or more different questions; found {', '.join(study.questions) or 'none'}")


def _check_name(name: str, owner: str) -> None:
    if not _NAME.fullmatch(name) or name.casefold() == COPIED_INPUT:
        raise InputError(
            f"the name of {owner} must have 1 to 40 letters, digits, spaces or ._+-, and not be "
            f"{COPIED_INPUT!r}; found {shortened(repr(name), 40)}"
        )


def _check_counts(study: Study) -> None:
    if not 1 <= study.per_participant <= len(study.items):
        raise InputError(
            f"each participant must see 1 to {len(study.items)} of the {len(study.items)} items; "
            f"found {study.per_participant} items per participant"
        )
    n_questions = study.per_participant * len(study.questions)
    if not (0 <= study.copies <= _MAX_COPIES and 0 <= study.repeats <= n_questions):
        raise InputError(
            f"a study has 0 to {_MAX_COPIES} copied inputs, and at most as many repeats as questions; "
            f"found {study.copies} copied inputs and {study.repeats} repeats"
        )


def _check_pictures(study: Study) -> None:
    if len(study.items_by_name) < len(study.items):
        raise InputError("two items have the same name")
    if any(set(item.outputs) != set(study.candidates) for item in study.items):
        raise InputError("each item must have one picture of each candidate")
    if len(study.pictures_by_id) < len(study.items) * (len(study.candidates) + 2):
        raise InputError("two pictures have the same id")
    if not all(_PICTURE_ID.fullmatch(id) for id in study.pictures_by_id):
        raise InputError("the id of a picture must have 32 hexadecimal digits")


def _study_from_json(content: dict[str, Any]) -> Study:
    items = tuple(
        Item(
            str(item["name"]),
            StudyPicture(**item["input"]),
            {str(name): StudyPicture(**picture) for name, picture in item["outputs"].items()},
            StudyPicture(**item["copy"]),
        )
        for item in content["items"]
    )
    lists = {name: tuple(content[name]) for name in ("candidates", "questions")}
    study = Study(**(content | lists | {"items": items}))
    check_study(study)
    return study
