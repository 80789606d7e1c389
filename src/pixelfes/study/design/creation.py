"""Make a study from folders of pictures with the same names."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pixelfes.errors import ChoiceError, InputError, PhotoError
from pixelfes.file_writing import new_folder, write_file
from pixelfes.photos.reading import IMAGE_SUFFIXES, read_photo
from pixelfes.photos.writing import encode_photo
from pixelfes.study.design.study import (
    IMAGES_FOLDER,
    TEXTS_FILE,
    Item,
    Study,
    StudyPicture,
    check_settings,
    check_study,
    write_study,
)
from pixelfes.study.design.tokens import hash_token, new_token
from pixelfes.study.design.wording import Texts, english_file, questions_in, read_texts

MAX_STUDY_PIXELS = 40_000_000
_QUALITY = 95
_SHAPE_TOLERANCE = 0.02  # relative difference of aspect ratios


@dataclass(frozen=True)
class StudyOptions:
    """The choices of an organiser; see `Study` for the other attributes.

    Attributes
    ----------
    per_participant : int, optional
        Number of items that each participant sees; None for all items.
    texts : Path, optional
        A file of texts in another language.
    """

    title: str = "Which picture is best?"
    expression: str = "smile"
    questions: tuple[str, ...] = ("overall",)
    per_participant: int | None = None
    copies: int = 1
    repeats: int = 1
    seed: int = 0
    suffix: str = "png"
    texts: Path | None = None


@dataclass(frozen=True)
class CreatedStudy:
    """A new study, the organiser's token (stored nowhere), and notes about its pictures.

    Each note is one sentence: a picture that was left out, or one with another shape than its input.
    """

    study: Study
    token: str
    notes: list[str]


def check_options(folder: Path, candidates: Sequence[str], options: StudyOptions) -> bytes:
    """Check options before any picture is read, and return the content of the file of texts.

    Raises
    ------
    InputError
        If `make_study` would fail with these options, whatever the pictures are.
    """
    _check_empty(folder)
    if options.texts is None:
        content = english_file()
        texts: Texts = json.loads(content)
    else:
        texts = read_texts(options.texts)
        content = options.texts.read_bytes()
    known = questions_in(texts)
    for question in options.questions:
        if question not in known:
            raise ChoiceError(f"there is no question {question!r}; the texts have {', '.join(known)}")
    item_names = [str(n) for n in range(options.per_participant or 1)]
    _check_settings(item_names, candidates, replace(options, repeats=0))
    return content


def make_study(
    folder: Path,
    inputs: Path,
    candidates: Mapping[str, Path],
    options: StudyOptions | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> CreatedStudy:
    """Make the folder of a study: study.json, texts.json, and the pictures under random ids.

    Pictures are decoded and encoded again. The server then shows only their pixels and colour profile, and no metadata.

    Parameters
    ----------
    folder : Path
        Must be empty or not exist. It is made completely or not at all.
    inputs, candidates : Path, and dict of name to Path
        Folders of pictures with the same names; suffixes may differ.
    options : StudyOptions, optional
    on_progress : callable, optional
        Called with the number of finished items and the number of all items.

    Raises
    ------
    InputError
        If the folders have no names in common, or an option is not possible.
    PhotoError
        If a picture cannot be read or encoded.
    """
    options = options or StudyOptions()
    texts = check_options(folder, list(candidates), options)
    files, notes = match_names(inputs, candidates)
    _check_settings(list(files), list(candidates), options)
    token = new_token()
    with new_folder(folder) as working:
        (working / IMAGES_FOLDER).mkdir()
        items = []
        for name in sorted(files):
            items.append(_copy_item(working, name, files[name], options.suffix, notes))
            if on_progress is not None:
                on_progress(len(items), len(files))
        study = _study(items, list(candidates), options, token)
        check_study(study)
        write_file(working / TEXTS_FILE, texts)
        write_study(working, study)
    return CreatedStudy(study, token, notes)


def replace_organiser_token(folder: Path, study: Study) -> str:
    """Write a new organiser's token into study.json, and return it. The earlier token stops working."""
    token = new_token()
    write_study(folder, replace(study, organiser=hash_token(token)))
    return token


def match_names(inputs: Path, candidates: Mapping[str, Path]) -> tuple[dict[str, dict[str, Path]], list[str]]:
    """Find the pictures that all folders have, by name without suffix.

    Returns
    -------
    files : dict
        Name to {"input": path, candidate: path, ...}.
    notes : list of str
        One sentence for each input that was left out.

    Raises
    ------
    InputError
        If no picture is in all folders.
    """
    folders = {"input": find_pictures(inputs)} | {name: find_pictures(path) for name, path in candidates.items()}
    common = set.intersection(*(set(pictures) for pictures in folders.values()))
    if not common:
        names = ", ".join(str(path) for path in (inputs, *candidates.values()))
        raise InputError(f"no picture has the same name in all of {names}")
    files = {name: {owner: pictures[name] for owner, pictures in folders.items()} for name in common}
    return files, _notes_of_missing(folders)


def _notes_of_missing(folders: Mapping[str, Mapping[str, Path]]) -> list[str]:
    notes = []
    for name in sorted(folders["input"]):
        missing = [owner for owner, pictures in folders.items() if name not in pictures]
        if missing:
            notes.append(f"{name} is left out: it is missing for {', '.join(missing)}")
    return notes


def find_pictures(folder: Path) -> dict[str, Path]:
    """Return the pictures of a folder, by name without suffix.

    Raises
    ------
    InputError
        If it is not a folder, holds no picture, or holds two pictures with the same name.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder of pictures")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file() and not path.name.startswith("."):
            if path.stem in found:
                raise InputError(f"{found[path.stem]} and {path} have the same name; remove one of them")
            found[path.stem] = path
    if not found:
        raise InputError(f"there is no picture ({', '.join(sorted(IMAGE_SUFFIXES))}) in {folder}")
    return found


def _check_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists and is not an empty folder; choose another name")


def _check_settings(item_names: Sequence[str], candidates: Sequence[str], options: StudyOptions) -> None:
    """Check the settings of a study whose pictures are not known yet."""
    picture = StudyPicture("", 1, 1)
    items = [Item(name, picture, {}, picture) for name in item_names]
    check_settings(_study(items, candidates, options, token=""))


def _copy_item(folder: Path, name: str, files: Mapping[str, Path], suffix: str, notes: list[str]) -> Item:
    pictures = {owner: _copy_picture(folder, path, suffix) for owner, path in files.items()}
    shown = pictures.pop("input")
    ratio = shown.width / shown.height
    for owner, picture in pictures.items():
        if abs(picture.width / picture.height / ratio - 1) > _SHAPE_TOLERANCE:
            notes.append(
                f"{name} has another shape in {owner}: {picture.width} x {picture.height} pixels; "
                f"the input has {shown.width} x {shown.height}"
            )
    copy = StudyPicture(secrets.token_hex(16), shown.width, shown.height)
    shutil.copyfile(folder / IMAGES_FOLDER / f"{shown.id}.{suffix}", folder / IMAGES_FOLDER / f"{copy.id}.{suffix}")
    return Item(name, shown, pictures, copy)


def _copy_picture(folder: Path, source: Path, suffix: str) -> StudyPicture:
    photo = replace(read_photo(source, max_pixels=MAX_STUDY_PIXELS), dpi=None, exif=None)
    height, width = photo.pixels.shape[:2]
    picture = StudyPicture(secrets.token_hex(16), width, height)
    try:
        data = encode_photo(photo, suffix.upper(), made_by=None, quality=_QUALITY)
    except PhotoError as error:
        raise PhotoError(f"{source}: {error}") from error
    (folder / IMAGES_FOLDER / f"{picture.id}.{suffix}").write_bytes(data)
    return picture


def _study(items: Sequence[Item], candidates: Sequence[str], options: StudyOptions, token: str) -> Study:
    return Study(
        id=secrets.token_hex(8),
        title=options.title,
        expression=options.expression,
        candidates=tuple(candidates),
        questions=options.questions,
        items=tuple(items),
        per_participant=len(items) if options.per_participant is None else options.per_participant,
        copies=options.copies,
        repeats=options.repeats,
        seed=options.seed,
        organiser=hash_token(token),
        suffix=options.suffix,
    )
