"""``pixelfes expressions``: what faces can be made to show; and all of it on one photo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixelfes.cli.grammar.options import OverwriteOption

if TYPE_CHECKING:
    from pixelfes.arrays import Array, Pixels
    from pixelfes.photos.reading import Photo

_MARGIN = 0.35
"""Margin of the pictures of a sheet around the face, in sizes of the face."""
_COLUMNS = 6


def expressions(
    sheet: Annotated[
        Path | None,
        typer.Option(
            metavar="PHOTO", help="Draw every expression on the largest face of this photo.", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PICTURE",
            help="The sheet; by default PHOTO.expressions.EXT.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object: expressions and actions.")] = False,
    overwrite: OverwriteOption = False,
) -> None:
    """List the expressions and facial actions that faces can show.

    Use them with "pixelfes apply --expression" and "--set". Sizes go from 0 to 1.5, 1 is strong. An action without _L or _R
    means both sides; L and R are the person's own left and right. AU numbers are those of FACS.

    Examples
    --------
    pixelfes expressions
    pixelfes expressions --sheet portrait.jpg -o sheet.jpg
    pixelfes expressions --json
    """
    if sheet is not None:
        _write_sheet(sheet, output, overwrite)
    elif output is not None:
        raise typer.BadParameter("a sheet needs a photo: --sheet PHOTO", param_hint="'--output'")
    elif as_json:
        typer.echo(json.dumps(_facts(), indent=2))
    else:
        _print_lists()


def _facts() -> dict[str, Any]:
    from pixelfes.expression.actions.mix import presets
    from pixelfes.expression.actions.names import FACS, NOT_DRAWN, action_names

    return {
        "expressions": {
            preset.name: {
                "experimental": preset.is_experimental,
                "learned": preset.mix.base,
                "neutral": preset.mix.neutral,
                "actions": preset.mix.actions,
            }
            for preset in presets().values()
        },
        "actions": list(action_names()),
        "not_drawn": NOT_DRAWN,
        "facs": {f"AU{number}": actions for number, actions in FACS.items()},
    }


def _print_lists() -> None:
    from pixelfes.expression.actions.mix import presets
    from pixelfes.expression.actions.names import FACS, NOT_DRAWN, action_names, sides_of

    typer.echo("expressions:")
    for preset in presets().values():
        typer.echo(f"  {preset.name}{' (experimental: not right on every face)' if preset.is_experimental else ''}")
    typer.echo("actions:")
    for name in action_names():
        typer.echo(f"  {name}{' (also _L, _R)' if sides_of(name) else ''}")
    for name, reason in NOT_DRAWN.items():
        typer.echo(f"  {name}: {reason}")
    typer.echo("FACS:")
    for number, actions in FACS.items():
        typer.echo(f"  AU{number}: {', '.join(f'{name} {size:g}' for name, size in actions.items())}")
    typer.echo("gaze:")
    typer.echo("  --set gaze=LEFT,UP in degrees, to the person's left and up")


def _write_sheet(source: Path, output: Path | None, overwrite: bool) -> None:
    from dataclasses import replace

    from pixelfes.cli.outputs import check_output_file, check_replaceable, check_writable
    from pixelfes.expression.actions.mix import presets
    from pixelfes.expression.actions.model import ActionModel
    from pixelfes.face.landmarks import FixedLandmarks, find_faces
    from pixelfes.file_writing import write_file
    from pixelfes.photos.contact_sheet import contact_sheet
    from pixelfes.photos.reading import read_photo
    from pixelfes.photos.writing import encode_photo, format_for
    from pixelfes.version import __version__

    target = output or source.with_name(f"{source.stem}.expressions{source.suffix}")
    check_output_file(target, source, "photo")
    kind = format_for(target)
    check_replaceable(target, overwrite)
    check_writable(target.parent)
    photo: Photo = read_photo(source)
    model = ActionModel()
    points = find_faces(model.showing("smile").provider(None), photo.pixels, "largest")[0]
    model.landmarks = FixedLandmarks(points)
    pictures = [("as it is", _around(photo.pixels, points))]
    for name, preset in presets().items():
        changed = model.synthesize(photo.pixels, preset.mix, insist=True)
        pictures.append((name, _around(changed, points)))
    drawn = replace(photo, pixels=contact_sheet(pictures, _COLUMNS), deep=None)
    write_file(target, encode_photo(drawn, kind, made_by=f"pixelfes {__version__}, expressions"))
    typer.echo(str(target))


def _around(pixels: Pixels, points: Array) -> Pixels:
    """Return the part of a photo around the landmarks (468, 3) of a face."""
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    margin = _MARGIN * (high - low).max()
    x0, y0 = (int(max(0, value)) for value in low - margin)
    x1, y1 = (int(value) for value in high + margin)
    return pixels[y0:y1, x0:x1]
