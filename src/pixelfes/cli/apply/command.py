"""``pixelfes apply``: change a photo, a folder of photos, or a pipe."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, cast

import typer

from pixelfes.cli.messages import print_error, printable, progress_bars
from pixelfes.cli.options import SmallFacesOption
from pixelfes.errors import FaceNotFoundError, InputError, PhotoError
from pixelfes.version import __version__

if TYPE_CHECKING:
    from pixelfes.arrays import Pixels
    from pixelfes.cli.apply.photo_paths import PhotoPaths
    from pixelfes.expression.base import Model, TeethChoice
    from pixelfes.face.landmarks import FaceChoice
    from pixelfes.photos.reading import Photo

PIPE = "-"
FaceOption = StrEnum("FaceOption", ["all", "largest"])
TeethOption = StrEnum("TeethOption", ["auto", "closed", "open"])


def _intensity(value: float) -> float:
    from pixelfes.expression.base import check_intensity

    try:
        check_intensity(value)
    except InputError as error:
        raise typer.BadParameter(str(error)) from error
    return value


def apply(
    source: Annotated[str, typer.Argument(metavar="INPUT", help="A photo, a folder of photos, or - for stdin.")],
    output: Annotated[
        str | None,
        typer.Argument(
            metavar="OUTPUT",
            help="The file or folder to write. By default a photo goes to INPUT.smile.png beside it (smile is the model's "
            "expression), a folder to a folder INPUT.smile with the same file names and types (BMP becomes PNG), and "
            "stdin to stdout (- here).",
            show_default=False,
        ),
    ] = None,
    model: Annotated[str, typer.Option("--model", "-m", help="A shipped model's name, or a model file.")] = "smile",
    intensity: Annotated[
        float,
        typer.Option(
            callback=_intensity,
            help="From 0 to 1.5: 0 changes nothing, 1 gives the typical expression, 1.5 the strongest.",
        ),
    ] = 1.0,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare",
            help="Write input and output side by side, by default to INPUT.smile-compare.png or the folder "
            "INPUT.smile-compare.",
        ),
    ] = False,
    face: Annotated[FaceOption, typer.Option(help="Change all faces, or only the largest.")] = FaceOption.all,
    insist: Annotated[
        bool,
        typer.Option(
            "--insist",
            help="Change every face. Without it, covered mouths, profiles, and faces that are too small, uncertain or not "
            "human are left alone.",
        ),
    ] = False,
    teeth: Annotated[
        TeethOption, typer.Option(help="Smile with closed or open lips; auto keeps the lips of small children closed.")
    ] = TeethOption.auto,
    small_faces: SmallFacesOption = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace existing files. Without it, an existing file is an error; in a folder it counts as finished.",
        ),
    ] = False,
    keep_metadata: Annotated[
        bool, typer.Option("--keep-metadata", help="Keep EXIF data such as camera, date and place.")
    ] = False,
    quality: Annotated[int, typer.Option(min=1, max=100, help="JPEG, WebP or AVIF quality.")] = 95,
) -> None:
    """Change the expression of the faces in a photo or a folder.

    Every output says in its XMP metadata that this program made it. Inputs are never overwritten, other existing files
    only with --overwrite. The exit status is 1 if a photo cannot be changed because it is unreadable or has no face.
    """
    paths = _Arguments(source, output, overwrite)
    faces = _Faces(cast("FaceChoice", str(face)), insist, small_faces, cast("TeethChoice", str(teeth)))
    _run(paths, _Options(model, intensity, compare, faces, keep_metadata, quality))


@dataclass(frozen=True)
class _Arguments:
    """INPUT and OUTPUT as they were given."""

    source: str
    output: str | None
    overwrite: bool

    def check(self) -> None:
        """Raise an error if a name is empty, or if the photo would go to a terminal."""
        if "" in (self.source, self.output):
            raise InputError(f"the name of the {'OUTPUT' if self.source else 'INPUT'} is empty")
        if self.to_stdout and sys.stdout is not None and sys.stdout.isatty():
            raise PhotoError(
                "a photo is not written to a terminal: name an OUTPUT, or redirect stdout to a file or a pipe"
            )

    @property
    def to_stdout(self) -> bool:
        return self.output == PIPE or (self.source == PIPE and self.output is None)

    @property
    def source_path(self) -> Path | None:
        """The photo or folder; None for stdin."""
        return None if self.source == PIPE else Path(self.source)

    @property
    def output_path(self) -> Path | None:
        """The file or folder to write; None for the default."""
        return Path(self.output) if self.output else None


@dataclass(frozen=True)
class _Faces:
    """The options of ``pixelfes apply`` that concern the faces."""

    choice: FaceChoice
    insist: bool
    small_faces: bool
    teeth: TeethChoice


@dataclass(frozen=True)
class _Options:
    """The options of ``pixelfes apply`` that concern the picture."""

    model: str
    intensity: float
    compare: bool
    faces: _Faces
    keep_metadata: bool
    quality: int


def _run(arguments: _Arguments, options: _Options) -> None:
    from pixelfes.face.detector.face_detector import FaceDetector
    from pixelfes.loading import load

    arguments.check()
    change = _PhotoChange(load(options.model), options)
    if options.faces.small_faces:
        change.model.landmarks = FaceDetector(small_faces=True)
    if change.model.describe().ignores(options.intensity):
        print_error(f"warning: this model is on or off: intensity {options.intensity:g} is the same as 1")
    source = arguments.source_path
    if source is not None and source.is_dir():
        _apply_to_folder(change, source, arguments)
    elif arguments.to_stdout:
        _write_stdout(change(source))
    else:
        _apply_to_file(change, source, arguments)


@dataclass(frozen=True)
class _PhotoChange:
    """A loaded model with the options: reads a photo and gives the content of the changed file."""

    model: Model
    options: _Options

    def __call__(self, source: Path | None, format: str | None = None) -> bytes:
        """Return the changed photo as a file.

        Parameters
        ----------
        source : Path, or None for stdin
        format : str, optional
            Of the file; by default that of the photo.
        """
        from pixelfes.photos.reading import read_photo

        try:
            photo = read_photo(_stdin() if source is None else source)
            made = self._made(photo.pixels, source)
            changed = _beside(photo, made) if self.options.compare else replace(photo, pixels=made)
            return self._encode(changed, format or photo.format)
        except (PhotoError, FaceNotFoundError) as error:
            if source is None or str(source) in str(error):
                raise
            raise type(error)(f"{source}: {error}") from error

    def _made(self, pixels: Pixels, source: Path | None) -> Pixels:
        """Return the changed pixels; say which faces were left alone."""
        faces = self.options.faces
        result = self.model.change(
            pixels, self.options.intensity, face=faces.choice, insist=faces.insist, teeth=faces.teeth
        )
        for face in result.faces:
            if not face.is_changed:
                print_error(f"{source or 'stdin'}: left the face at {face.place} alone: {face.verdict}")
        return result.pixels

    def _encode(self, photo: Photo, format: str) -> bytes:
        from pixelfes.photos.writing import encode_photo

        made_by = f"pixelfes {__version__}, model {self._expression}"
        options = self.options
        return encode_photo(
            photo, format, made_by=made_by, keep_metadata=options.keep_metadata, quality=options.quality
        )

    def write(self, paths: PhotoPaths) -> None:
        """Change a photo, and write it to its target."""
        from pixelfes.cli.outputs import make_folder
        from pixelfes.file_writing import write_file

        data = self(paths.source, paths.format)
        make_folder(paths.target.parent)
        write_file(paths.target, data)

    @property
    def label(self) -> str:
        """The part of output names that says what was done: "smile", "smile-compare"."""
        return f"{self._expression}-compare" if self.options.compare else self._expression

    @property
    def _expression(self) -> str:
        from pixelfes.cli.apply.photo_paths import safe_name

        return safe_name(self.model.info_.expression)


def _apply_to_file(change: _PhotoChange, source: Path | None, arguments: _Arguments) -> None:
    from pixelfes.cli.apply.photo_paths import paths_for_photo

    paths = paths_for_photo(source, arguments.output_path, change.label, arguments.overwrite)
    change.write(paths)
    typer.echo(bytes(paths.target))


def _apply_to_folder(change: _PhotoChange, folder: Path, arguments: _Arguments) -> None:
    from pixelfes.cli.apply.photo_paths import paths_for_folder

    if arguments.to_stdout:
        raise InputError(f"{folder} is a folder, and cannot go to stdout: name a folder as OUTPUT")
    named = folder if folder.name not in ("", "..") else folder.resolve()
    output = arguments.output_path or named.with_name(f"{named.name}.{change.label}")
    paths = paths_for_folder(folder, output, arguments.overwrite)
    failed = _write_all(change, paths.to_write)
    failures = paths.failures + failed
    written = len(paths.to_write) - len(failed)
    typer.echo(f"{written} written, {paths.n_finished} there already, {len(failures)} failed: {printable(output)}")
    for failure in failures:
        print_error(failure)
    if failures:
        raise typer.Exit(1)


def _write_all(change: _PhotoChange, photos: list[PhotoPaths]) -> list[str]:
    """Change and write photos; return a sentence for each that failed."""
    failures = []
    with progress_bars() as show:
        show("photos", 0, len(photos))
        for done, paths in enumerate(photos, start=1):
            try:
                change.write(paths)
            except (PhotoError, FaceNotFoundError) as error:
                failures.append(str(error))
            show("photos", done, len(photos))
    return failures


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise PhotoError("stdin is closed")
    return sys.stdin.buffer


def _write_stdout(data: bytes) -> None:
    if sys.stdout is None:
        raise PhotoError("stdout is closed")
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _beside(photo: Photo, pixels: Pixels) -> Photo:
    """Return the photo and its changed pixels side by side, as one photo."""
    import numpy as np

    from pixelfes.photos.writing import side_by_side

    opacity = photo.opacity
    if opacity is not None:
        rgb = np.stack([opacity] * 3, axis=-1)
        opacity = side_by_side(rgb, rgb)[..., 0]
    return replace(photo, pixels=side_by_side(photo.pixels, pixels), opacity=opacity)
