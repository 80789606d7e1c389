"""``pixelfes study``: make a user study, serve it, simulate it, and report its results."""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pixelfes.cli.messages import printable, report_errors
from pixelfes.cli.options import split_list

study = typer.Typer(
    name="study",
    help='Ask people which picture is best: make a study, serve it, and report its results. Needs the extra "study".',
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

PictureFormatOption = StrEnum("PictureFormatOption", ["png", "webp"])

StudyFolder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the study.")]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="PIXELFES_DATABASE",
        help="The database of the answers: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
        show_default="a SQLite file in DIR",
    ),
]
ReportFolder = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FOLDER", help="The folder of the report; files of an earlier report are replaced."
    ),
]
AttentiveOnly = Annotated[
    bool,
    typer.Option("--attentive-only", help="Leave out participants who missed a copied input among the pictures."),
]


@study.command()
@report_errors
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make; it must be empty or not exist.")],
    inputs: Annotated[Path, typer.Option(metavar="FOLDER", help="The pictures before the change.")],
    candidate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FOLDER",
            help="The pictures as one candidate changed them, under the same names; may be repeated.",
        ),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--models",
            "--model",
            metavar="[NAME=]MODEL",
            help="A candidate whose pictures this command makes with a model; may be repeated.",
        ),
    ] = None,
    intensity: Annotated[float, typer.Option(min=0.0, max=1.5, help="The intensity of the models.")] = 1.0,
    questions: Annotated[
        str,
        typer.Option(help="Questions about each item, separated by commas: overall, quality, realism, identity."),
    ] = "overall",
    title: Annotated[str, typer.Option(help="What participants read first.")] = "Which picture is best?",
    expression: Annotated[
        str, typer.Option(help="The expression that the pictures should show, as the questions call it.")
    ] = "smile",
    per_participant: Annotated[
        int | None, typer.Option(min=1, help="Items that each participant sees.", show_default="all")
    ] = None,
    copies: Annotated[
        int, typer.Option(min=0, max=20, help="Attention checks: items with a copied input that must be found.")
    ] = 1,
    repeats: Annotated[int, typer.Option(min=0, help="Questions that are asked twice.")] = 1,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="The seed of all random draws.")] = 0,
    format: Annotated[
        PictureFormatOption,
        typer.Option(help="The format of the pictures: png is exact; webp loads faster on slow lines."),
    ] = PictureFormatOption.png,
    texts: Annotated[
        Path | None, typer.Option(metavar="JSON", help="Texts in another language.", show_default="English")
    ] = None,
) -> None:
    """Make a study from folders of pictures with the same names, or from models.

    The organiser's token is shown once and stored nowhere; "pixelfes study token" makes a new one.
    """
    from pixelfes.cli.study.new import StudyCandidates, make_new_study
    from pixelfes.study.design.creation import StudyOptions

    options = StudyOptions(
        title, expression, tuple(split_list(questions)), per_participant, copies, repeats, seed, str(format), texts
    )
    token = make_new_study(folder, inputs, StudyCandidates(candidate or [], models or [], intensity), options)
    _print_token(folder, token)


@study.command()
@report_errors
def serve(
    folder: StudyFolder,
    database: DatabaseUrl = None,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is all of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 picks a free port.")] = 8420,
) -> None:
    """Serve a study to participants, and its results to the organiser, until Ctrl-C."""
    from pixelfes.cli.study.results import check_packages, open_store
    from pixelfes.study.design.study import read_study

    check_packages()
    from pixelfes.study.server.app import create_app, listen, serve, url_of

    made = read_study(folder)
    with closing(open_store(made, folder, database)) as store, listen(host, port) as listening:
        app = create_app(made, folder, store)
        address = url_of(listening)
        typer.echo(
            f"participants: {address}\norganiser:    {address}results\nCtrl-C stops the server; every answer is saved."
        )
        serve(app, listening)


@study.command()
@report_errors
def results(
    folder: StudyFolder,
    output: ReportFolder = None,
    database: DatabaseUrl = None,
    attentive_only: AttentiveOnly = False,
) -> None:
    """Report the results so far: as Markdown here, and as HTML, Markdown, CSV and SVG in a folder."""
    from pixelfes.cli.study.results import ResultOptions, run_results

    run_results(ResultOptions(folder, output, attentive_only), database)


@study.command()
@report_errors
def simulate(
    folder: StudyFolder,
    strength: Annotated[
        list[str],
        typer.Option(metavar="NAME=NUMBER", help="How often a candidate is chosen, relative to the others."),
    ],
    participants: Annotated[
        int, typer.Option("--participants", "-n", min=1, max=100_000, help="The number of participants.")
    ] = 100,
    careless: Annotated[
        float, typer.Option(min=0, max=1, help="The share of participants who choose without looking.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="The same seed draws the same answers.")] = 0,
    output: ReportFolder = None,
    database: DatabaseUrl = None,
    attentive_only: AttentiveOnly = False,
) -> None:
    """Draw answers of simulated participants, and compare the results with the known strengths.

    The answers go to a separate database, which is deleted at the end unless --database names one.
    """
    from pixelfes.cli.study.results import ResultOptions
    from pixelfes.cli.study.simulation import DrawOptions, run_simulation

    run_simulation(
        ResultOptions(folder, output, attentive_only), database, DrawOptions(strength, participants, careless, seed)
    )


@study.command()
@report_errors
def token(folder: StudyFolder) -> None:
    """Make a new organiser's token; the earlier one stops working when the server restarts."""
    from pixelfes.study.design.creation import replace_organiser_token
    from pixelfes.study.design.study import read_study

    _print_token(folder, replace_organiser_token(folder, read_study(folder)))


def _print_token(folder: Path, value: str) -> None:
    typer.echo(f"organiser's token, kept nowhere: {value}\nnext: pixelfes study serve {printable(folder)}")
