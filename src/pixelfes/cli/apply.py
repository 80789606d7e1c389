"""``pixelfes apply``: a photo, a folder of photos, or a pipe, through a model."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, cast

import typer

from pixelfes.cli.messages import complain, printable, progress_bars
from pixelfes.errors import FaceNotFoundError, InputError, PhotoError
from pixelfes.version import __version__

if TYPE_CHECKING:
    from pixelfes.arrays import Pixels
    from pixelfes.cli.files import Job
    from pixelfes.expression.base import Model
    from pixelfes.face.landmarks import FaceChoice
    from pixelfes.photos.reading import Photo

PIPE = "-"


Faces = StrEnum("Faces", ["all", "largest"])


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
            help="Where to write. A photo goes to INPUT.smile.png beside it (smile is the model's expression), a folder to "
            "a folder INPUT.smile of the same file names and types (BMP becomes PNG), stdin to stdout (- here).",
            show_default=False,
        ),
    ] = None,
    model: Annotated[str, typer.Option("--model", "-m", help="A shipped model's name, or a model file.")] = "smile",
    intensity: Annotated[
        float, typer.Option(callback=_intensity, help="0 changes nothing, 1 is typical, more is more.")
    ] = 1.0,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare",
            help="Write input and output side by side (to INPUT.smile-compare.png, or INPUT.smile-compare).",
        ),
    ] = False,
    face: Annotated[Faces, typer.Option(help="Change all faces, or the largest.")] = Faces.all,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace what is there. Without it a file that is there is an error, and in a folder counts as finished.",
        ),
    ] = False,
    keep_metadata: Annotated[
        bool, typer.Option("--keep-metadata", help="Keep EXIF data such as camera, date and place.")
    ] = False,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of JPEG, WebP and AVIF.")] = 95,
) -> None:
    """Change the expression of the faces in a photo or a folder.

    What is written is marked in its XMP metadata as made by this program. An input is never written over, and nothing
    else that is there without --overwrite. The status is 1 if a photo cannot be changed: no photo, or no face in it.
    """
    from pixelfes.loading import load

    if "" in (source, output):
        raise InputError(f"the name of the {'OUTPUT' if source else 'INPUT'} is empty")
    to_stdout = output == PIPE or (source == PIPE and output is None)
    if to_stdout and sys.stdout is not None and sys.stdout.isatty():
        raise PhotoError("a photo is not written to a terminal: name an OUTPUT, or send it into a file or a pipe")
    work = _Synthesis(load(model), intensity, compare, cast("FaceChoice", str(face)), keep_metadata, quality)
    if work.model.describe().ignores(intensity):
        complain(f"warning: this model is on or off: intensity {intensity:g} is the same as 1")
    path = None if source == PIPE else Path(source)
    if path is not None and path.is_dir():
        if to_stdout:
            raise InputError(f"{path} is a folder, and cannot go to stdout: name a folder as OUTPUT")
        _apply_to_folder(work, path, Path(output) if output else None, overwrite)
    elif to_stdout:
        _write_stdout(work(path, None))
    else:
        _apply_to_file(work, path, Path(output) if output else None, overwrite)


@dataclass(frozen=True)
class _Synthesis:
    """What is done to a photo, wherever it comes from and goes to."""

    model: Model
    intensity: float
    compare: bool
    face: FaceChoice
    keep_metadata: bool
    quality: int

    def __call__(self, source: Path | None, format: str | None) -> bytes:
        """Read a photo (None: from stdin) and return the changed one as a file, by default of the type it had."""
        from pixelfes.photos.reading import read_photo
        from pixelfes.photos.writing import encode_photo

        try:
            photo = read_photo(_stdin() if source is None else source)
            pixels = self.model.synthesize_pixels(photo.pixels, self.intensity, face=self.face)
            changed = _beside(photo, pixels) if self.compare else replace(photo, pixels=pixels)
            made_by = f"pixelfes {__version__}, model {self.name}"
            return encode_photo(
                changed,
                format or photo.format,
                made_by=made_by,
                keep_metadata=self.keep_metadata,
                quality=self.quality,
            )
        except (PhotoError, FaceNotFoundError) as error:
            if source is None or str(source) in str(error):
                raise
            raise type(error)(f"{source}: {error}") from error

    @property
    def name(self) -> str:
        """The model's expression, fit for names."""
        from pixelfes.cli.files import safe_name

        return safe_name(self.model.info_.expression)

    @property
    def label(self) -> str:
        """What to put into names of outputs."""
        return f"{self.name}-compare" if self.compare else self.name


def _apply_to_file(work: _Synthesis, source: Path | None, output: Path | None, overwrite: bool) -> None:
    from pixelfes.cli.files import plan_file

    job = plan_file(source, output, work.label, overwrite)
    _do(work, job)
    typer.echo(bytes(job.target))


def _apply_to_folder(work: _Synthesis, folder: Path, output: Path | None, overwrite: bool) -> None:
    from pixelfes.cli.files import plan_folder

    whole = folder if folder.name not in ("", "..") else folder.resolve()
    output = output or whole.with_name(f"{whole.name}.{work.label}")
    plan = plan_folder(folder, output, overwrite)
    written = 0
    with progress_bars() as show:
        show("photos", 0, len(plan.jobs))
        for done, job in enumerate(plan.jobs, start=1):
            try:
                _do(work, job)
                written += 1
            except (PhotoError, FaceNotFoundError) as error:
                plan.failures.append(str(error))
            show("photos", done, len(plan.jobs))
    typer.echo(f"{written} written, {plan.finished} there already, {len(plan.failures)} failed: {printable(output)}")
    for failure in plan.failures:
        complain(failure)
    if plan.failures:
        raise typer.Exit(1)


def _do(work: _Synthesis, job: Job) -> None:
    from pixelfes.cli.files import make_folder
    from pixelfes.file_writing import write_file

    data = work(job.source, job.format)
    make_folder(job.target.parent)
    write_file(job.target, data)


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
