"""Sheets of pictures: what every model of the first fold makes of people kept out, of other faces, and of the portrait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import FaceNotFoundError, InputError, PhotoError, PixelfesError
from pixelfes.evaluate.judges.crops import cut, square_frame
from pixelfes.evaluate.report.drawing import Figure, Tile, mouth_crop, sheet
from pixelfes.evaluate.run.candidates import Candidate, Made
from pixelfes.evaluate.run.comparison import Comparison
from pixelfes.expression.base import Model
from pixelfes.face.landmarks import LandmarkProvider, find_faces
from pixelfes.loading import load_model
from pixelfes.photos.reading import IMAGE_SUFFIXES, read_photo

_TILE, _MARGIN = 200, 1.25
_PEOPLE, _MOUTHS = 6, 4
_MOST_FILES = 12


@dataclass(frozen=True)
class Face:
    """A face in a photo."""

    name: str
    pixels: Pixels
    landmarks: Array

    def crop(self, pixels: Pixels) -> Pixels:
        """Cut the face out of a picture that was made of the photo."""
        return cut(pixels, square_frame(self.landmarks, _TILE, _MARGIN), _TILE)


def picture_figures(comparison: Comparison, folder: Path | None) -> tuple[list[Figure], list[str]]:
    """Draw all sheets of pictures; return them, and sentences on photos that could not be used."""
    models = fold_models(comparison)
    people = list(_people(comparison))
    figures = [_in_dataset(models, people), _mouths(models, people[:_MOUTHS])]
    portrait = _found("portrait", portrait_path(), comparison.setup.detector)
    figures += [_portrait(models, portrait), _portrait_mouths(models, portrait)]
    others, notes = _other_faces(folder, comparison.setup.detector) if folder else ([], [])
    if others:
        blocks = [[Tile("input", face.crop(face.pixels)), *_made(models, face)] for face in others]
        caption = "Faces from elsewhere: " + ", ".join(face.name for face in others) + "."
        figures.insert(2, Figure("out-of-dataset", "Faces from elsewhere", caption, sheet(blocks), "jpeg", photos=True))
    return [figure for figure in figures if figure is not None], notes


def portrait_path() -> Path:
    """Return the path of the shipped portrait, the average of many people."""
    return Path(str(files("pixelfes") / "assets" / "portrait.jpg"))


def fold_models(comparison: Comparison) -> list[tuple[Candidate, Made]]:
    """Load what every candidate of the comparison was in the first fold; a copy, and what cannot be read, are left out."""
    made = []
    for candidate in comparison.of("comparison"):
        if candidate.kind != "copy":
            try:
                made.append((candidate, Made(_load(comparison, candidate))))
            except PixelfesError:
                continue
    return made


def _load(comparison: Comparison, candidate: Candidate) -> Model:
    if candidate.kind == "file":
        return load_model(candidate.file)
    return load_model(comparison.setup.cache.model(comparison.outcomes(candidate)[0].key))


def _people(comparison: Comparison) -> Iterator[tuple[Face, Face]]:
    """Return some kept-out people of the first fold, before and after, from light to dark skin."""
    fold = comparison.folds[0]
    order = np.argsort([-real.skin_angle for real in fold.real])
    places = np.unique(np.linspace(0, len(order) - 1, min(_PEOPLE, len(order))).round().astype(int))
    for n in order[places]:
        pair = fold.split.test[n].face
        before, after = (read_photo(photo).pixels for photo in (pair.pair.input, pair.pair.target))
        yield Face(pair.pair.name, before, pair.input), Face(pair.pair.name, after, pair.target)


def _in_dataset(models: Sequence[tuple[Candidate, Made]], people: Sequence[tuple[Face, Face]]) -> Figure:
    blocks = [
        [
            Tile(f"input {before.name[:18]}", before.crop(before.pixels)),
            *_made(models, before),
            Tile("the real photo", after.crop(after.pixels)),
        ]
        for before, after in people
    ]
    caption = "People of the first fold, who were kept out of every fit of it, from light to dark skin; intensity 1."
    return Figure("in-dataset", "Input, every model, truth", caption, sheet(blocks), "jpeg", photos=True)


def _made(models: Sequence[tuple[Candidate, Made]], face: Face) -> list[Tile]:
    return [
        Tile(candidate.name, face.crop(made.synthesize(face.pixels, face.landmarks, 1.0))) for candidate, made in models
    ]


def _mouths(models: Sequence[tuple[Candidate, Made]], people: Sequence[tuple[Face, Face]]) -> Figure | None:
    chosen = _of_mouths(models)
    if not chosen:
        return None
    blocks = [
        [
            Tile("input", _mouth(before, before.pixels)),
            *_made_mouths(chosen, before),
            Tile("the real photo", _mouth(after, after.pixels)),
        ]
        for before, after in people
    ]
    caption = (
        "Masked regression sees a window around each pixel, Pixel-RR the pixel alone; at the photos' own resolution."
    )
    return Figure("mouths", "Mouths close up", caption, sheet(blocks), "jpeg", photos=True)


def _of_mouths(models: Sequence[tuple[Candidate, Made]]) -> list[tuple[Candidate, Made]]:
    return [(candidate, made) for candidate, made in models if candidate.method in ("mr", "pixel-rr")]


def _made_mouths(models: Sequence[tuple[Candidate, Made]], face: Face) -> list[Tile]:
    pictures = [(candidate, made.synthesize(face.pixels, face.landmarks, 1.0)) for candidate, made in models]
    return [Tile(candidate.name, _mouth(face, picture)) for candidate, picture in pictures]


def _mouth(face: Face, pixels: Pixels) -> Pixels:
    return mouth_crop(pixels, face.landmarks, _TILE)


def _portrait(models: Sequence[tuple[Candidate, Made]], portrait: Face) -> Figure:
    block = [Tile("input", portrait.crop(portrait.pixels)), *_made(models, portrait)]
    caption = "The portrait that comes with the package: the average of many people, nobody's photo."
    return Figure("portrait", "Every model on an average face", caption, sheet([block]), "jpeg")


def _portrait_mouths(models: Sequence[tuple[Candidate, Made]], portrait: Face) -> Figure | None:
    chosen = _of_mouths(models)
    if not chosen:
        return None
    block = [Tile("input", _mouth(portrait, portrait.pixels)), *_made_mouths(chosen, portrait)]
    caption = "The mouth of the same average face: masked regression beside Pixel-RR."
    return Figure("portrait-mouths", "Its mouth close up", caption, sheet([block]), "jpeg")


def check_folder(folder: Path) -> None:
    """Raise `InputError` unless it is a folder with photos in it."""
    if not folder.is_dir() or not _photos(folder):
        raise InputError(f"{folder} must be a folder with photos of faces in it")


def _photos(folder: Path) -> list[Path]:
    names = (path for path in folder.iterdir() if not path.name.startswith("."))
    return sorted(path for path in names if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file())


def _other_faces(folder: Path, detector: LandmarkProvider) -> tuple[list[Face], list[str]]:
    photos, faces, notes = _photos(folder), [], []
    if len(photos) > _MOST_FILES:
        notes.append(f"{folder.name} has {len(photos)} photos; the first {_MOST_FILES} are shown.")
    for path in photos[:_MOST_FILES]:
        try:
            faces.append(_found(path.stem, path, detector))
        except (PhotoError, FaceNotFoundError) as error:
            notes.append(f"{path.name}: {error}")
    return faces, notes


def _found(name: str, path: Path, detector: LandmarkProvider) -> Face:
    pixels = read_photo(path).pixels
    return Face(name, pixels, find_faces(detector, pixels, "largest")[0])
