"""``pixelfes apply``: change photos, folders of photos, or a pipe."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from pixelfes.cli.apply.clips import clip_part
from pixelfes.cli.apply.expressions import Wanted, wanted_mix
from pixelfes.cli.apply.request import Processes, Request
from pixelfes.cli.apply.running import run
from pixelfes.cli.apply.settings import ApplySettings, FaceSettings
from pixelfes.cli.grammar.options import QuietOption, SmallFacesOption, checked_intensity
from pixelfes.errors import InputError

if TYPE_CHECKING:
    from pixelfes.expression.base import TeethChoice
    from pixelfes.face.landmarks import FaceChoice
    from pixelfes.video.keys import Between

DEFAULT_MAX_PIXELS = 150_000_000
FaceOption = StrEnum("FaceOption", ["all", "largest"])
TeethOption = StrEnum("TeethOption", ["auto", "closed", "open"])
BetweenOption = StrEnum("BetweenOption", ["smooth", "linear"])


def _time(value: str | None) -> str | None:
    from pixelfes.video.times import parse_time

    if value is not None:
        try:
            parse_time(value)
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
        typer.Argument(
            metavar="INPUT...", help="Photos, clips and folders of photos, or - for stdin.", show_default=False
        ),
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
    expression: Annotated[
        str | None,
        typer.Option(
            "--expression",
            "-e",
            metavar="NAMES",
            help='What the face is to show, instead of the model\'s expression: "surprised", "sad:0.6 + wink"; '
            '"pixelfes expressions" lists the names.',
            show_default=False,
        ),
    ] = None,
    sizes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=SIZE",
            help="Add one facial action, mouthSmile_L=0.4 or AU12=1; or gaze=LEFT,UP in degrees. Any number of times.",
            show_default=False,
        ),
    ] = None,
    like: Annotated[
        Path | None,
        typer.Option(metavar="PHOTO", help="Show what the largest face of another photo shows.", show_default=False),
    ] = None,
    intensity: Annotated[
        float,
        typer.Option(
            callback=checked_intensity,
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
            min=1,
            max=100,
            metavar="N",
            help="Quality of JPEG, WebP and AVIF outputs and of clips; 100 is the largest file.",
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
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Change the photos on the Dask cluster of this scheduler, tcp://host:port; its workers read and write the "
            "same paths.",
            show_default=False,
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on with photos that appear in the folders, until Ctrl-C.")
    ] = False,
    start: Annotated[
        str | None,
        typer.Option(
            "--from", callback=_time, metavar="TIME", help="Where a clip begins: 2.5 or 1:02.5.", show_default=False
        ),
    ] = None,
    stop: Annotated[
        str | None,
        typer.Option("--to", callback=_time, metavar="TIME", help="Where a clip ends.", show_default=False),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(
            metavar="TABLE",
            help="Show expressions over time in a clip: a CSV file with rows of time, name, amount.",
            show_default=False,
        ),
    ] = None,
    between: Annotated[
        BetweenOption, typer.Option(help="How amounts change from one key to the next.")
    ] = BetweenOption.smooth,
    raw: Annotated[
        str | None,
        typer.Option(
            metavar="WxH",
            help="Take raw frames of this size from stdin, 3 bytes a pixel (rgb24), and write them to stdout.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print a line of JSON for each photo: output, faces, what was left alone, reasons, seconds."
        ),
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Change the expression of the faces in photos, clips and folders.

    Every output says in its XMP metadata that this program made it, and how. Inputs are never overwritten. A second run
    makes only what is new, was replaced, or has other settings. Everything that is left out is named. The exit status is
    0 only if all photos were changed or are there already.

    Examples
    --------
    pixelfes apply portrait.jpg                          # portrait.smile.jpg
    pixelfes apply portrait.jpg -o wide.png --intensity 1.3
    pixelfes apply portrait.jpg --expression "sad:0.6 + wink"
    pixelfes apply portrait.jpg --set browInnerUp=0.8 --set gaze=12,-5
    pixelfes apply laughing.jpg --expression neutral
    pixelfes apply holiday/ anna.jpg -o smiling/         # folders and photos
    pixelfes apply holiday/ --compare --workers 4        # holiday.smile-compare/
    pixelfes apply clip.mp4 --from 1:02 --to 1:20        # clip.smile.mp4
    pixelfes apply clip.mp4 --keys keys.csv -o shown.mp4
    pixelfes apply - < portrait.jpg > smile.jpg
    pixelfes apply inbox/ -o smiling/ --watch
    pixelfes apply - --raw 1280x720 < frames.rgb > changed.rgb
    """
    faces = FaceSettings(cast("FaceChoice", str(face)), insist, small_faces, cast("TeethChoice", str(teeth)))
    part = clip_part(start, stop, keys, cast("Between", str(between)))
    mix = wanted_mix(Wanted(expression, sizes or [], like), model, is_over_time=part.keys is not None)
    settings = ApplySettings(model, intensity, compare, keep_metadata, quality, max_pixels, faces, mix, part)
    where = Processes(None if workers == "auto" else int(workers), scheduler)
    asked = Request(inputs, output, overwrite, where, watch, raw, as_json, quiet)
    asked.check()
    run(asked, settings)
