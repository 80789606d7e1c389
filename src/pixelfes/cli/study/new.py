"""A new study: candidates from folders of pictures, or from models that change the inputs first."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pixelfes.cli.grammar.options import split_named_values
from pixelfes.cli.messages import print_error, printable, progress_bars, say
from pixelfes.errors import FaceNotFoundError, InputError, PhotoError

if TYPE_CHECKING:
    from pixelfes.expression.base import Model, Progress
    from pixelfes.study.design.creation import StudyOptions


@dataclass(frozen=True)
class StudyCandidates:
    """Candidates as NAME=FOLDER and [NAME=]MODEL, and the intensity of the models."""

    folders: list[str]
    models: list[str]
    intensity: float


def make_new_study(folder: Path, inputs: Path, candidates: StudyCandidates, options: StudyOptions) -> str:
    """Make a study, print what it holds and what was left out, and return the organiser's token."""
    from pixelfes.study.design.creation import check_options, make_study

    given = split_named_values(candidates.folders, "--candidate", "FOLDER")
    folders = {name: Path(value) for name, value in given.items()}
    models = split_named_values(candidates.models, "--model", "MODEL", name_from_path=True)
    if twice := sorted(folders.keys() & models.keys()):
        raise typer.BadParameter(f"two candidates are called {twice[0]}", param_hint="'--model'")
    check_options(folder, [*folders, *models], options)
    with (
        progress_bars() as show,
        _pictures_by_models(inputs, models, candidates.intensity, show) as (made, notes),
    ):
        result = make_study(folder, inputs, folders | made, options, lambda done, of: show("pictures", done, of))
    for note in [*notes, *result.notes]:
        print_error(f"note: {note}")
    say(f"{len(result.study.items)} items, {len(result.study.candidates)} candidates: {printable(folder)}")
    return result.token


@contextmanager
def _pictures_by_models(
    inputs: Path, models: Mapping[str, str], intensity: float, show: Progress
) -> Iterator[tuple[dict[str, Path], list[str]]]:
    """Change every input with every model; give a folder for each model, and a note for each picture that failed.

    The folders are deleted at the end.

    Raises
    ------
    PixelfesError
        If a model cannot be loaded, or can change none of the inputs.
    """
    if not models:
        yield {}, []
        return
    from pixelfes.loading import load_model
    from pixelfes.study.design.creation import find_pictures

    loaded = {name: load_model(path) for name, path in models.items()}
    sources = find_pictures(inputs)
    notes: list[str] = []
    with tempfile.TemporaryDirectory(prefix="pixelfes-study-") as temporary:
        folders = {name: Path(temporary) / str(number) for number, name in enumerate(loaded)}
        done = 0
        for name, model in loaded.items():
            folders[name].mkdir()
            for stem, source in sources.items():
                notes += _write_changed(model, source, intensity, folders[name] / f"{stem}.png", name)
                done += 1
                show("models", done, len(loaded) * len(sources))
            if not any(folders[name].iterdir()):
                raise InputError(notes[-1])
        yield folders, notes


def _write_changed(model: Model, source: Path, intensity: float, target: Path, name: str) -> list[str]:
    """Change a picture and write it; return a note if that fails."""
    from pixelfes.photos.reading import read_photo
    from pixelfes.photos.writing import encode_photo

    try:
        photo = read_photo(source)
        changed = replace(photo, pixels=model.synthesize_pixels(photo.pixels, intensity))
        target.write_bytes(encode_photo(changed, "PNG", made_by=None))
    except (PhotoError, FaceNotFoundError) as error:
        source_name = "" if str(source) in str(error) else f"{source}: "
        return [f"{name} cannot change {source_name}{error}"]
    return []
