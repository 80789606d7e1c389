"""``pixelfes people``: make portraits of people who do not exist, to train on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pixelfes.cli.messages import printable, progress_bars, say


def people(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="The folder to make; one that holds anything is never touched."
        ),
    ],
    count: Annotated[
        int,
        typer.Option(
            "--count", "-n", min=1, max=1_000_000, metavar="N", help="The number of people; two portraits each."
        ),
    ] = 400,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, metavar="N", help="The same seed gives the same people.")
    ] = 0,
    size: Annotated[
        int,
        typer.Option(
            min=32, max=1024, metavar="PIXELS", help="Side of the portraits in pixels; they have the detail of 256."
        ),
    ] = 256,
) -> None:
    """Draw people who do not exist, each neutral and smiling.

    DIR gets neutral/ and smile/ with PNG files of the same names, as "pixelfes fit" takes them. landmarks/ holds the exact
    positions of 468 points in both portraits. people.csv lists age, gender, ethnicity, the strength of the smile, and
    whether the mouth opens.

    Examples
    --------
    pixelfes people -o faces                 # 400 people
    pixelfes people -n 1000 --seed 7 --size 512 -o many-faces
    """
    from pixelfes.people.people import write_people

    with progress_bars() as show:
        show("people", 0, count)
        write_people(output, count, seed, size, done=lambda written: show("people", written, count))
    say(f"{count} people: {printable(output)}")
