"""``pixelfes reproduce``: the paper's settings and tables, laid out again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pixelfes.cli.grammar.options import NoCacheOption, OverwriteOption
from pixelfes.cli.messages import print_skipped, printable, progress_bars, say

_PARTS = 5


def reproduce(
    pairs: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PAIRS]", help='Real pairs, given as to "pixelfes fit"; a table of them comes with the page.'
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="The folder of the page: a new or empty one, or that of an earlier page.",
        ),
    ] = Path("paper"),
    overwrite: OverwriteOption = False,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The folder beside neutral/ to learn from, if there are several.", show_default=False
        ),
    ] = None,
    people: Annotated[
        int | None,
        typer.Option(
            min=_PARTS,
            max=10_000,
            metavar="N",
            help="People who do not exist to draw.",
            show_default="400 as in the paper; 60 with --quick",
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A first look, on fewer people.")] = False,
    no_cache: NoCacheOption = False,
) -> None:
    """Lay the paper's comparison of regressions out again, in a page.

    RR, MR, Pixel-RR and Pixel-KR with the paper's settings on crops of 128 x 128: parameters, errors on kept-out people in grey
    and colour, with and without min-max, and pictures. FOLDER gets paper.md, images/paper.jpg, and its tables as CSV.

    Examples
    --------
    pixelfes reproduce                # 400 people who do not exist
    pixelfes reproduce faces/ -o out  # and real pairs
    pixelfes reproduce --quick
    """
    from pixelfes.cli.outputs import check_writable
    from pixelfes.evaluate.paper.page import check_page_folder
    from pixelfes.evaluate.paper.reproduction import PEOPLE, QUICK_PEOPLE, Extent
    from pixelfes.evaluate.paper.reproduction import reproduce as write_reproduction
    from pixelfes.expression.pair_files import list_pairs
    from pixelfes.face.detector.landmark_cache import photo_detector

    check_page_folder(output, overwrite)
    check_writable(output)
    real = [] if pairs is None else list_pairs(pairs, target).pairs
    extent = Extent(people or (QUICK_PEOPLE if quick else PEOPLE))
    given = [["PAIRS"] if pairs else [], ["--people", str(people)] if people else [], ["--quick"] if quick else []]
    command = " ".join(["pixelfes reproduce", *(word for words in given for word in words)])
    with progress_bars() as show:
        written = write_reproduction(output, real, photo_detector(cached=not no_cache), extent, command, show)
    say(f"{len(real)} real pairs, {extent.people} people who do not exist: {printable(written.page)}")
    print_skipped(written.skipped)
