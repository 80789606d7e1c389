"""What a study is: its items, candidates and questions, as the file study.json says it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pixelfes.errors import InputError
from pixelfes.file_writing import write_file

STUDY_FILE, TEXTS_FILE, IMAGES_FOLDER, DATABASE_FILE = "study.json", "texts.json", "images", "answers.sqlite3"
VERSION = 1
COPIED_INPUT = "input"
"""What stands for the unchanged input among the options of an attention check; no candidate may be called so."""
MAX_CANDIDATES = 8
MAX_TITLE = 200
MEDIA_TYPES = {"png": "image/png", "webp": "image/webp"}

_NAME = re.compile(r"[\w][\w .+-]{0,39}")
_PICTURE = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class StudyPicture:
    """A picture by its unguessable id, which says nothing of what it shows; pixels wide and high."""

    id: str
    width: int
    height: int


@dataclass(frozen=True)
class Item:
    """An input and what each candidate made of it.

    Attributes
    ----------
    name : str
        Of its files, without suffix; participants never see it.
    input : StudyPicture
    outputs : dict
        Candidate to picture.
    copy : StudyPicture
        The input once more, under another id, to stand among the options of an attention check.
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
    """A study, as it was made and as it stays while answers come in.

    Attributes
    ----------
    id, title, expression : str
    candidates, questions : tuple of str
    items : tuple of Item
    per_participant : int
        Items that each participant sees.
    copies, repeats : int
        Attention checks of each participant: a copied input to be found, a question asked again.
    seed : int
        Of everything that is drawn.
    organiser : str
        SHA-256 of the organiser's token, hexadecimal.
    suffix : {"png", "webp"}
        Of the picture files.
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
        """Hash of all that answers depend on: not the title, nor the organiser's token."""
        lasting = asdict(replace(self, title="", organiser=""))
        return hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()

    def picture_path(self, folder: Path, picture: StudyPicture) -> Path:
        """Return where a picture lies."""
        return folder / IMAGES_FOLDER / f"{picture.id}.{self.suffix}"


def hash_token(token: str) -> str:
    """Return what is kept of a token. Tokens are 256 random bits, so that one plain hash hides them."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def check_name(name: str, what: str) -> str:
    """Return a name of a candidate or an expression as it is.

    Raises
    ------
    InputError
        Where it has other characters than letters, digits, space, ``. _ + -``, more than 40, or is taken.
    """
    if not _NAME.fullmatch(name) or name.casefold() == COPIED_INPUT:
        raise InputError(
            f"{what} is named by 1 to 40 letters, digits, spaces or . _ + -, and not {COPIED_INPUT!r}; found {name!r}"
        )
    return name


def write_study(folder: Path, study: Study) -> None:
    """Write study.json, whole or not at all."""
    write_file(folder / STUDY_FILE, json.dumps(asdict(study), indent=1, ensure_ascii=False).encode() + b"\n")


def read_study(folder: Path) -> Study:
    """Read and check the study of a folder.

    Raises
    ------
    InputError
        Where there is none, or its file is damaged; says what is wrong.
    """
    path = folder / STUDY_FILE
    if not path.is_file():
        raise InputError(
            f"{folder} holds no study: there is no {STUDY_FILE}; make one by: pixelfes study new {folder} ..."
        )
    try:
        study = _study(json.loads(path.read_text(encoding="utf-8")))
    except InputError as error:
        raise InputError(f"{path} is not valid: {error}") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{path} is not valid: it is no study as pixelfes study new writes it") from error
    lost = [p.id for p in study.pictures_by_id.values() if not study.picture_path(folder, p).is_file()]
    if lost:
        raise InputError(
            f"{len(lost)} pictures of the study are not in {folder / IMAGES_FOLDER}: {lost[0]}.{study.suffix} is one"
        )
    return study


def check_study(study: Study) -> None:
    """Raise `InputError` where a study cannot be run."""
    check_settings(study)
    _check_pictures(study)


def check_settings(study: Study) -> None:
    """Raise `InputError` where a study could not be run whatever its pictures are."""
    if study.version != VERSION:
        raise InputError(f"it has version {study.version!r}, and this program knows version {VERSION}")
    if not 2 <= len(study.candidates) <= MAX_CANDIDATES or len(set(study.candidates)) < len(study.candidates):
        raise InputError(
            f"a study compares 2 to {MAX_CANDIDATES} candidates of different names; found {study.candidates}"
        )
    for name in study.candidates:
        check_name(name, "a candidate")
    check_name(study.expression, "an expression")
    if not study.questions or len(set(study.questions)) < len(study.questions):
        raise InputError(f"a study asks one or more different questions; found {', '.join(study.questions) or 'none'}")
    if not 1 <= study.per_participant <= len(study.items):
        raise InputError(
            f"each participant sees 1 to all {len(study.items)} items; found {study.per_participant} items per participant"
        )
    if not (0 <= study.copies <= 20 and 0 <= study.repeats <= study.per_participant * len(study.questions)):
        raise InputError(
            "there are 0 to 20 copied inputs, and no more repeats than questions to repeat; "
            f"found {study.copies} and {study.repeats}"
        )
    if study.suffix not in MEDIA_TYPES:
        raise InputError(f"pictures are {' or '.join(MEDIA_TYPES)}; found {study.suffix!r}")
    if not (0 < len(study.title.strip()) <= MAX_TITLE and study.title.isprintable()):
        raise InputError(f"the title of a study is one line of 1 to {MAX_TITLE} characters")


def _check_pictures(study: Study) -> None:
    if len(study.items_by_name) < len(study.items):
        raise InputError("two items have the same name")
    if any(set(item.outputs) != set(study.candidates) for item in study.items):
        raise InputError("each item needs a picture of each candidate")
    if len(study.pictures_by_id) < len(study.items) * (len(study.candidates) + 2):
        raise InputError("two pictures have the same id")
    if not all(_PICTURE.fullmatch(picture) for picture in study.pictures_by_id):
        raise InputError("the id of a picture is 32 hexadecimal digits")


def _study(read: dict[str, Any]) -> Study:
    items = tuple(
        Item(
            str(item["name"]),
            StudyPicture(**item["input"]),
            {str(name): StudyPicture(**picture) for name, picture in item["outputs"].items()},
            StudyPicture(**item["copy"]),
        )
        for item in read["items"]
    )
    study = Study(
        **(read | {"items": items, "candidates": tuple(read["candidates"]), "questions": tuple(read["questions"])})
    )
    check_study(study)
    return study
