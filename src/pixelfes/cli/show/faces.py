"""``pixelfes faces``: show where the faces of a photo are, how sure the detector is, and how the heads are turned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixelfes.cli.grammar.options import OverwriteOption, SmallFacesOption
from pixelfes.cli.messages import note
from pixelfes.errors import FaceNotFoundError
from pixelfes.version import __version__

if TYPE_CHECKING:
    from pixelfes.face.detector.detected_face import DetectedFace
    from pixelfes.face.trust.verdicts import Verdict
    from pixelfes.photos.reading import Photo


def faces(
    source: Annotated[
        Path, typer.Argument(metavar="PHOTO", help='The photo to look at; any kind that "pixelfes apply" reads.')
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object: size, faces, and 478 landmarks of each.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            "--draw",
            metavar="PHOTO",
            help="Write the photo with boxes and landmarks.",
            show_default=False,
        ),
    ] = None,
    small_faces: SmallFacesOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Find the faces in a photo.

    A line for each face, largest first: its middle and its side in pixels; the score of the detector and the presence of a
    face, from 0 to 1; yaw (positive: towards the right of the photo), pitch (positive: down) and roll (positive: clockwise)
    in degrees; and "ok", or the reason why "pixelfes apply" leaves the face alone. The exit status is 1 if there is no face.

    Examples
    --------
    pixelfes faces party.jpg
    pixelfes faces party.jpg -o seen.jpg     # draw them
    pixelfes faces party.jpg --json --small-faces
    """
    from pixelfes.face.detector.face_detector import FaceDetector
    from pixelfes.face.trust.judging import judge_face
    from pixelfes.photos.reading import read_photo

    if output is not None:
        _check_drawing(output, source, overwrite)
    photo = read_photo(source)
    found = FaceDetector(small_faces=small_faces).faces(photo.pixels)
    note(f"{source}: {photo.pixels.shape[1]} x {photo.pixels.shape[0]} pixels, {len(found)} faces")
    verdicts = [judge_face(photo.pixels, face) for face in found]
    if as_json:
        height, width = photo.pixels.shape[:2]
        typer.echo(json.dumps({"width": width, "height": height, "faces": [*map(_facts, found, verdicts)]}))
    else:
        _print_lines(found, verdicts)
    if output is not None:
        _write_drawing(photo, found, verdicts, output)
    if not found:
        raise FaceNotFoundError(f"{source}: no face was found in the photo")


def _facts(face: DetectedFace, verdict: Verdict) -> dict[str, Any]:
    yaw, pitch, roll = face.pose.angles
    return {
        "x": round(face.box.x, 1),
        "y": round(face.box.y, 1),
        "side": round(face.box.side, 1),
        "score": round(face.score, 3),
        "presence": round(face.presence, 3),
        "yaw": round(yaw, 1),
        "pitch": round(pitch, 1),
        "roll": round(roll, 1),
        "verdict": str(verdict),
        "landmarks": face.points.round(2).tolist(),
    }


def _print_lines(found: list[DetectedFace], verdicts: list[Verdict]) -> None:
    for number, (face, verdict) in enumerate(zip(found, verdicts, strict=True), start=1):
        box, angles = face.box, dict(zip(("yaw", "pitch", "roll"), face.pose.angles, strict=True))
        turned = ", ".join(f"{name} {angle:+.0f}°" for name, angle in angles.items())
        typer.echo(
            f"{number}: at {box.x:.0f}, {box.y:.0f}, side {box.side:.0f}, "
            f"score {face.score:.2f}, presence {face.presence:.2f}, {turned}: {verdict}"
        )


def _check_drawing(output: Path, source: Path, overwrite: bool) -> None:
    """Raise an error if the drawing cannot be written: before the work."""
    from pixelfes.cli.outputs import check_output_file, check_replaceable, check_writable
    from pixelfes.photos.writing import format_for

    check_output_file(output, source, "photo")
    format_for(output)
    check_replaceable(output, overwrite)
    check_writable(output.parent)


def _write_drawing(photo: Photo, found: list[DetectedFace], verdicts: list[Verdict], output: Path) -> None:
    from dataclasses import replace

    from pixelfes.cli.outputs import make_folder
    from pixelfes.face.detector.drawn_faces import draw_faces
    from pixelfes.file_writing import write_file
    from pixelfes.photos.writing import encode_photo, format_for

    drawing = replace(photo, pixels=draw_faces(photo.pixels, found, [verdict == "ok" for verdict in verdicts]))
    data = encode_photo(drawing, format_for(output), made_by=f"pixelfes {__version__}, faces")
    make_folder(output.parent)
    write_file(output, data)
