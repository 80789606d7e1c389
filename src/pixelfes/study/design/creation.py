"""A study made from folders of same-named pictures."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pixelfes.errors import InputError, PhotoError
from pixelfes.file_writing import write_file
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
    hash_token,
    write_study,
)
from pixelfes.study.design.wording import Texts, english_file, questions_in, read_texts

MAX_PIXELS = 40_000_000
_QUALITY = 95


@dataclass(frozen=True)
class StudyOptions:
    """What an organiser may choose; attributes as of `Study`.

    Attributes
    ----------
    per_participant : int, optional
        None: all items.
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
    """A study that was made, its organiser's token (kept nowhere), and what was left out or looks odd, in sentences."""

    study: Study
    token: str
    notes: list[str]


def check_new(folder: Path) -> None:
    """Raise `InputError` where a folder holds something already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there already, and not an empty folder: name another one")


def check_options(folder: Path, candidates: Sequence[str], options: StudyOptions) -> bytes:
    """Find out early what would make `make_study` fail, whatever the pictures are; return the file of texts.

    Raises
    ------
    InputError
    """
    check_new(folder)
    if options.texts is None:
        file = english_file()
        texts: Texts = json.loads(file)
    else:
        texts = read_texts(options.texts)
        file = options.texts.read_bytes()
    known = questions_in(texts)
    for question in options.questions:
        if question not in known:
            raise InputError(f"there is no question {question!r}; the texts have {', '.join(known)}")
    nothing = StudyPicture("", 1, 1)
    items = [Item(str(n), nothing, {}, nothing) for n in range(options.per_participant or 1)]
    check_settings(_study(items, tuple(candidates), replace(options, repeats=0), ""))
    return file


def new_token() -> str:
    """Draw a token that nobody guesses: 256 bits."""
    return secrets.token_urlsafe(32)


def make_study(
    folder: Path,
    inputs: Path,
    candidates: Mapping[str, Path],
    options: StudyOptions | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> CreatedStudy:
    """Make the folder of a study: study.json, texts.json, and the pictures under ids that say nothing.

    Pictures are decoded and written again, so that nothing of their files but pixels and colour profile is served.

    Parameters
    ----------
    folder : Path
        Must hold nothing yet; appears whole or not at all.
    inputs, candidates : Path, and dict of name to Path
        Folders with pictures of the same names (suffixes may differ).
    options : StudyOptions, optional
    on_progress : callable, optional
        Told how many items of how many are written.

    Raises
    ------
    InputError, PhotoError
        Where folders share no names, a picture cannot be read, or a wish cannot be fulfilled.
    """
    options = options or StudyOptions()
    texts = check_options(folder, list(candidates), options)
    files, notes = match_names(inputs, candidates)
    nothing = StudyPicture("", 1, 1)
    check_settings(_study([Item(name, nothing, {}, nothing) for name in files], tuple(candidates), options, ""))
    token = new_token()
    working = folder.absolute().with_name(f".{folder.absolute().name}-{secrets.token_hex(6)}.tmp")
    try:
        (working / IMAGES_FOLDER).mkdir(parents=True)
        items = []
        for name in sorted(files):
            items.append(_item(working, name, files[name], options.suffix, notes))
            if on_progress is not None:
                on_progress(len(items), len(files))
        study = _study(items, tuple(candidates), options, token)
        check_study(study)
        write_file(working / TEXTS_FILE, texts)
        write_study(working, study)
        _put(working, folder)
    finally:
        shutil.rmtree(working, ignore_errors=True)
    return CreatedStudy(study, token, notes)


def match_names(inputs: Path, candidates: Mapping[str, Path]) -> tuple[dict[str, dict[str, Path]], list[str]]:
    """Find the pictures that every folder has, by name without suffix, and say what is left out.

    Returns
    -------
    files : dict
        Name to {"input": path, candidate: path, ...}.
    left_out : list of str
    """
    folders = {"input": find_pictures(inputs)} | {name: find_pictures(path) for name, path in candidates.items()}
    everywhere = set.intersection(*(set(found) for found in folders.values()))
    if not everywhere:
        names = ", ".join(str(path) for path in (inputs, *candidates.values()))
        raise InputError(f"no picture has the same name in all of {names}")
    lacking = {name: [which for which, found in folders.items() if name not in found] for name in folders["input"]}
    left_out = [f"{name} is left out: there is none of {', '.join(of)}" for name, of in sorted(lacking.items()) if of]
    return {name: {which: found[name] for which, found in folders.items()} for name in everywhere}, left_out


def replace_organiser_token(folder: Path, study: Study) -> str:
    """Give a study another organiser's token, so that the earlier one opens nothing, and return it."""
    token = new_token()
    write_study(folder, replace(study, organiser=hash_token(token)))
    return token


def find_pictures(folder: Path) -> dict[str, Path]:
    """Find the pictures of a folder, by name without suffix.

    Raises
    ------
    InputError
        Where it is no folder, holds no picture, or two of the same name.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder of pictures")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file() and not path.name.startswith("."):
            if path.stem in found:
                raise InputError(f"{found[path.stem]} and {path} have the same name; leave one of them")
            found[path.stem] = path
    if not found:
        raise InputError(f"there is no picture ({', '.join(sorted(IMAGE_SUFFIXES))}) in {folder}")
    return found


def _item(folder: Path, name: str, files: Mapping[str, Path], suffix: str, notes: list[str]) -> Item:
    pictures = {which: _copy_picture(folder, path, suffix) for which, path in files.items()}
    shown = pictures.pop("input")
    ratio = shown.width / shown.height
    for which, picture in pictures.items():
        if abs(picture.width / picture.height / ratio - 1) > 0.02:
            notes.append(
                f"{name} has another shape in {which}: {picture.width} x {picture.height} pixels, and the input "
                f"{shown.width} x {shown.height}"
            )
    copy = StudyPicture(secrets.token_hex(16), shown.width, shown.height)
    shutil.copyfile(folder / IMAGES_FOLDER / f"{shown.id}.{suffix}", folder / IMAGES_FOLDER / f"{copy.id}.{suffix}")
    return Item(name, shown, pictures, copy)


def _copy_picture(folder: Path, source: Path, suffix: str) -> StudyPicture:
    photo = replace(read_photo(source, max_pixels=MAX_PIXELS), dpi=None, exif=None)
    height, width = photo.pixels.shape[:2]
    picture = StudyPicture(secrets.token_hex(16), width, height)
    try:
        data = encode_photo(photo, suffix.upper(), made_by=None, quality=_QUALITY)
    except PhotoError as error:
        raise PhotoError(f"{source}: {error}") from error
    (folder / IMAGES_FOLDER / f"{picture.id}.{suffix}").write_bytes(data)
    return picture


def _study(items: Sequence[Item], candidates: tuple[str, ...], options: StudyOptions, token: str) -> Study:
    return Study(
        id=secrets.token_hex(8),
        title=options.title,
        expression=options.expression,
        candidates=candidates,
        questions=options.questions,
        items=tuple(items),
        per_participant=len(items) if options.per_participant is None else options.per_participant,
        copies=options.copies,
        repeats=options.repeats,
        seed=options.seed,
        organiser=hash_token(token),
        suffix=options.suffix,
    )


def _put(working: Path, folder: Path) -> None:
    if folder.exists():
        folder.rmdir()
    working.replace(folder)
