"""``pixelfes apply``: change photos, folders of photos, or a pipe."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from pixelfes.cli.apply.outcomes import Outcome, Report, Status
from pixelfes.cli.apply.settings import ApplySettings, FaceSettings
from pixelfes.cli.grammar.options import QuietOption, SmallFacesOption
from pixelfes.cli.messages import print_error, printable, progress_bars
from pixelfes.errors import InputError, PhotoError

if TYPE_CHECKING:
    from pixelfes.cli.apply.photo_change import PhotoChange
    from pixelfes.cli.apply.targets import Naming, Plan
    from pixelfes.expression.base import TeethChoice
    from pixelfes.face.landmarks import FaceChoice

PIPE = "-"
DEFAULT_MAX_PIXELS = 150_000_000
FaceOption = StrEnum("FaceOption", ["all", "largest"])
TeethOption = StrEnum("TeethOption", ["auto", "closed", "open"])


def _intensity(value: float) -> float:
    from pixelfes.expression.base import check_intensity

    try:
        check_intensity(value)
    except InputError as error:
        raise typer.BadParameter(str(error)) from error
    return value


def _workers(value: str) -> str:
    if value != "auto" and not (value.isdecimal() and 1 <= int(value) <= 1024):
        raise typer.BadParameter(f"it must be auto or a number from 1 to 1024, not {value!r}")
    return value


def apply(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Photos and folders of photos, or - for stdin.", show_default=False),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUTPUT",
            help="The file to write (one photo), or the folder (several; a name that ends in / is a folder); - for stdout. By "
            "default a photo goes beside itself as NAME.smile.EXT (smile is the model's expression), and a folder to "
            "FOLDER.smile with the same file names.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="MODEL", help="A shipped model's name, or a model file.")
    ] = "smile",
    intensity: Annotated[
        float,
        typer.Option(
            callback=_intensity,
            metavar="NUMBER",
            help="From 0 to 1.5: 0 changes nothing, 1 gives the typical expression, 1.5 the strongest.",
        ),
    ] = 1.0,
    teeth: Annotated[
        TeethOption, typer.Option(help="Smile with closed or open lips; auto keeps the lips of small children closed.")
    ] = TeethOption.auto,
    face: Annotated[FaceOption, typer.Option(help="Change all faces, or only the largest.")] = FaceOption.all,
    insist: Annotated[
        bool,
        typer.Option(
            "--insist",
            help="Change every face. Without it, covered mouths, profiles, and faces that are too small, uncertain or not "
            "human are left alone.",
        ),
    ] = False,
    small_faces: SmallFacesOption = False,
    compare: Annotated[
        bool,
        typer.Option("--compare", help="Write input and output side by side, by default to NAME.smile-compare.EXT."),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace existing files. Without it, only outputs of this program with other settings are made again.",
        ),
    ] = False,
    keep_metadata: Annotated[
        bool,
        typer.Option(
            "--keep-metadata", help="Keep EXIF data such as camera, date and place; without it they are dropped."
        ),
    ] = False,
    quality: Annotated[
        int,
        typer.Option(
            min=1, max=100, metavar="N", help="Quality of JPEG, WebP and AVIF outputs; 100 is the largest file."
        ),
    ] = 95,
    max_pixels: Annotated[
        int,
        typer.Option(
            min=1, max=250_000_000, metavar="N", help="Refuse photos with more pixels; more pixels take more memory."
        ),
    ] = DEFAULT_MAX_PIXELS,
    workers: Annotated[
        str,
        typer.Option(
            callback=_workers,
            metavar="N|auto",
            help="Change N photos at once, each in its own process; auto uses every core if there are many.",
        ),
    ] = "auto",
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print a line of JSON for each photo: output, faces, what was left alone, reasons, seconds."
        ),
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Change the expression of the faces in photos and folders.

    Every output says in its XMP metadata that this program made it, and how. Inputs are never overwritten. A second run
    makes only what is new or has other settings. Everything that is left out is named. The exit status is 0 only if all
    photos were changed or are there already.

    Examples
    --------
    pixelfes apply portrait.jpg                          # portrait.smile.jpg
    pixelfes apply portrait.jpg -o wide.png --intensity 1.3
    pixelfes apply holiday/ anna.jpg -o smiling/         # folders and photos
    pixelfes apply holiday/ --compare --workers 4        # holiday.smile-compare/
    pixelfes apply - < portrait.jpg > smile.jpg
    """
    faces = FaceSettings(cast("FaceChoice", str(face)), insist, small_faces, cast("TeethChoice", str(teeth)))
    settings = ApplySettings(model, intensity, compare, keep_metadata, quality, max_pixels, faces)
    asked = _Request(inputs, output, overwrite, None if workers == "auto" else int(workers), as_json, quiet)
    asked.check()
    _run(asked, settings)


@dataclass(frozen=True)
class _Request:
    """What is to be changed, where to, and how it is reported."""

    inputs: list[str]
    output: str | None
    overwrite: bool
    workers: int | None
    as_json: bool
    quiet: bool

    def check(self) -> None:
        """Raise an error if names are wrong, or if the photo would go to a terminal."""
        if "" in (*self.inputs, self.output):
            raise InputError(f"the name of the {'output' if self.output == '' else 'input'} is empty")
        if PIPE in self.inputs and len(self.inputs) > 1:
            raise InputError("- (stdin) cannot be combined with other inputs")
        if self.to_stdout and len(self.inputs) > 1:
            raise InputError("several photos cannot go to stdout: name a folder with -o")
        if self.to_stdout and sys.stdout is not None and sys.stdout.isatty():
            raise PhotoError(
                "a photo is not written to a terminal: name a file with -o, or redirect stdout to a file or a pipe"
            )
        last = self.inputs[-1]
        if len(self.inputs) > 1 and not os.path.lexists(last):
            first = " ".join(self.inputs[:-1])
            raise InputError(f"{last} does not exist; to write there: pixelfes apply {first} -o {last}")

    @property
    def to_stdout(self) -> bool:
        return self.output == PIPE or (self.inputs == [PIPE] and self.output is None)

    @property
    def paths(self) -> list[Path]:
        return [Path(name) for name in self.inputs]

    @property
    def source(self) -> Path | None:
        """The only input; None for stdin."""
        return None if self.inputs == [PIPE] else self.paths[0]

    @property
    def is_one_photo(self) -> bool:
        return len(self.inputs) == 1 and not self.paths[0].is_dir()

    @property
    def output_is_folder(self) -> bool:
        """Whether the output's name means a folder: it is one, or ends in a slash."""
        return self.output is not None and (self.output.endswith(("/", os.sep)) or Path(self.output).is_dir())

    def output_folder(self) -> Path | None:
        """Return the folder of several outputs; None for the default.

        Raises
        ------
        InputError
            If the output is a file, looks like one, or is an input.
        """
        from pixelfes.photos.reading import IMAGE_SUFFIXES

        if self.output is None:
            return None
        output = Path(self.output)
        if output.exists() and not output.is_dir():
            raise InputError(f"{output} is a file; several photos go to a folder")
        if not self.output_is_folder and output.suffix.lower() in IMAGE_SUFFIXES:
            raise InputError(f"several photos cannot go to the file {output}; for a folder of that name, add a slash")
        for path in self.paths:
            if output.exists() and path.is_dir() and output.samefile(path):
                raise InputError(f"the output {output} is the input itself; name another folder")
        return output


def _run(asked: _Request, settings: ApplySettings) -> None:
    from pixelfes.cli.apply.photo_change import PhotoChange
    from pixelfes.cli.apply.targets import Naming

    change = PhotoChange.load(settings)
    if change.model.describe().ignores(settings.intensity):
        print_error(f"warning: this model is on or off: intensity {settings.intensity:g} is the same as 1")
    naming = Naming(change.label, change.mark, asked.overwrite)
    report = Report(asked.as_json, asked.quiet)
    if not asked.is_one_photo:
        _change_several(asked, change, naming, report)
    elif asked.to_stdout:
        _to_stdout(asked, change, report)
    else:
        _change_one(asked, change, naming, report)
    if report.undone:
        raise typer.Exit(1)


def _to_stdout(asked: _Request, change: PhotoChange, report: Report) -> None:
    if sys.stdout is None:
        raise PhotoError("stdout is closed")
    changed = change.encoded(asked.source)
    for face in changed.faces:
        if not face.is_changed and not report.is_quiet:
            print_error(f"{asked.source or 'stdin'}: left the face at {face.place} alone: {face.verdict}")
    for note in changed.notes:
        print_error(f"{asked.source or 'stdin'}: {note}")
    sys.stdout.buffer.write(changed.data)
    sys.stdout.buffer.flush()


def _change_one(asked: _Request, change: PhotoChange, naming: Naming, report: Report) -> None:
    """Change one photo or stdin, and print the path of the output."""
    from pixelfes.cli.apply.targets import PhotoJob, check_single_target, format_of, is_finished, output_name

    source = asked.source
    named = output_name(source or Path("stdin.png"), naming.label)
    target = (source.parent if source else Path()) / named
    if asked.output is not None:
        target = Path(asked.output) / named if asked.output_is_folder else Path(asked.output)
    check_single_target(source, target, naming)
    if source is not None and is_finished(target, naming):
        outcome = Outcome(str(source), Status.FINISHED, str(target))
    else:
        outcome = change.run(PhotoJob(source, target, format_of(target)))
    report.add(outcome)
    if outcome.output and not asked.as_json and not asked.quiet:
        typer.echo(os.fsencode(outcome.output))


def _change_several(asked: _Request, change: PhotoChange, naming: Naming, report: Report) -> None:
    """Change photos and folders, and print a summary."""
    from pixelfes.cli.apply.inputs import find_photos
    from pixelfes.cli.apply.targets import default_folder, plan_outputs
    from pixelfes.cli.outputs import check_writable

    if asked.to_stdout:
        raise InputError(f"{asked.inputs[0]} is a folder, and cannot go to stdout: name a folder with -o")
    output = asked.output_folder()
    if output is not None:
        check_writable(output)
    found = find_photos(asked.paths, output)
    plan = plan_outputs(found, output, naming)
    for outcome in (*found.others, *plan.settled):
        report.add(outcome)
    _change_planned(asked, change, plan, report)
    if not asked.quiet:
        folder = output if output is not None or len(asked.inputs) > 1 else default_folder(asked.paths[0], naming.label)
        where = f": {printable(folder)}" if folder is not None else ""
        typer.echo(f"{report.summary()}{where}", err=asked.as_json)


def _change_planned(asked: _Request, change: PhotoChange, plan: Plan, report: Report) -> None:
    from pixelfes.cli.apply.workers import change_photos, worker_count

    count = worker_count(asked.workers, len(plan.jobs))
    with progress_bars() as show:
        show("photos", 0, len(plan.jobs))
        for done, outcome in enumerate(change_photos(change, plan.jobs, count), start=1):
            report.add(outcome)
            show("photos", done, len(plan.jobs))
