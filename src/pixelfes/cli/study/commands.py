"""``pixelfes study``: make a user study, serve it, simulate it, and report its results."""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pixelfes.cli.grammar.commands import add_command, new_group
from pixelfes.cli.grammar.options import OverwriteOption, split_list
from pixelfes.cli.messages import note, printable, say

study = new_group(
    "study",
    'Ask people which picture is best: make, serve, report a study.\n\nNeeds the extra "study".',
    """\
pixelfes study new -o smiles --inputs holiday/ -m smile -m mine.safetensors
pixelfes study serve smiles
pixelfes study results smiles -o answers/""",
)

PictureFormatOption = StrEnum("PictureFormatOption", ["png", "webp"])

StudyFolder = Annotated[
    Path, typer.Argument(metavar="DIR", help='The folder of the study, as "pixelfes study new" made it.')
]
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
        "--output",
        "-o",
        metavar="FOLDER",
        help="The folder of the report: a new or empty one, or that of an earlier report.",
        show_default=False,
    ),
]
AttentiveOnly = Annotated[
    bool,
    typer.Option("--attentive-only", help="Leave out participants who missed a copied input among the pictures."),
]


def new(
    inputs: Annotated[Path, typer.Option(metavar="FOLDER", help="The pictures before the change.")],
    argument: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="The same as --output DIR.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="The folder to make; one that holds anything is never touched. One of the two is needed.",
            show_default=False,
        ),
    ] = None,
    candidate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FOLDER",
            show_default=False,
            help="The pictures as one candidate changed them, under the same names; may be repeated.",
        ),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "--models",
            "-m",
            metavar="[NAME=]MODEL",
            show_default=False,
            help="A candidate whose pictures this command makes, with a shipped model or a model file; may be repeated.",
        ),
    ] = None,
    intensity: Annotated[
        float, typer.Option(min=0.0, max=1.5, metavar="NUMBER", help="How strongly the models change: 1 is typical.")
    ] = 1.0,
    questions: Annotated[
        str,
        typer.Option(
            metavar="NAME,...",
            help="Questions about each item, separated by commas: overall, quality, realism, identity; or those of --texts.",
        ),
    ] = "overall",
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="The heading that participants read first.")
    ] = "Which picture is best?",
    expression: Annotated[
        str,
        typer.Option(metavar="TEXT", help="The expression that the pictures should show, as the questions call it."),
    ] = "smile",
    per_participant: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Items that each participant sees.", show_default="all")
    ] = None,
    copies: Annotated[
        int,
        typer.Option(
            min=0, max=20, metavar="N", help="Attention checks: items with a copied input that must be found."
        ),
    ] = 1,
    repeats: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Questions that are asked twice, to see whether participants agree with themselves.",
        ),
    ] = 1,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, metavar="N", help="The seed of all random draws.")] = 0,
    format: Annotated[
        PictureFormatOption,
        typer.Option(help="The format of the pictures: png is exact; webp loads faster on slow lines."),
    ] = PictureFormatOption.png,
    texts: Annotated[
        Path | None,
        typer.Option(
            metavar="JSON", help="Texts in another language, as in texts.json of a study.", show_default="English"
        ),
    ] = None,
) -> None:
    """Make a study from folders of pictures, or from models.

    Pictures of the same name belong together. The organiser's token is shown once and stored nowhere; "pixelfes study token"
    makes a new one.

    Examples
    --------
    pixelfes study new -o smiles --inputs holiday/ -m smile -m mine.safetensors
    pixelfes study new -o s --inputs before/ --candidate a=made/a --candidate b=b/
    pixelfes study new -o s --inputs before/ -m smile -m b=my.safetensors
    """
    folder = _new_folder(argument, output)
    from pixelfes.cli.study.new import StudyCandidates, make_new_study
    from pixelfes.study.design.creation import StudyOptions

    options = StudyOptions(
        title, expression, tuple(split_list(questions)), per_participant, copies, repeats, seed, str(format), texts
    )
    token = make_new_study(folder, inputs, StudyCandidates(candidate or [], models or [], intensity), options)
    _print_token(folder, token)


def serve(
    folder: StudyFolder,
    database: DatabaseUrl = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen on; 0.0.0.0 is all of this machine.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="The port to listen on; 0 picks a free one.")
    ] = 8420,
) -> None:
    """Serve a study to participants and its organiser.

    It runs until Ctrl-C, and can be started again. Every answer is saved when it is given.

    Examples
    --------
    pixelfes study serve smiles
    pixelfes study serve smiles --host 0.0.0.0 --port 80
    pixelfes study serve smiles --database postgresql://me@localhost/answers
    """
    from pixelfes.cli.study.results import check_packages, open_store
    from pixelfes.study.design.study import read_study

    check_packages()
    from pixelfes.study.server.app import create_app, listen, serve, url_of

    made = read_study(folder)
    with closing(open_store(made, folder, database)) as store, listen(host, port) as listening:
        app = create_app(made, folder, store)
        address = url_of(listening)
        note(f"{folder}: {len(made.items)} items, {len(made.candidates)} candidates")
        typer.echo(f"participants: {address}\norganiser:    {address}results")
        say("Ctrl-C stops the server; every answer is saved.")
        serve(app, listening)


def results(
    folder: StudyFolder,
    output: ReportFolder = None,
    database: DatabaseUrl = None,
    attentive_only: AttentiveOnly = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Report the results so far.

    They are printed as Markdown, and written to a folder as HTML, Markdown, CSV and SVG.

    Examples
    --------
    pixelfes study results smiles
    pixelfes study results smiles -o answers/ --attentive-only
    """
    from pixelfes.cli.study.results import ResultOptions, run_results

    run_results(ResultOptions(folder, output, attentive_only, overwrite), database)


def simulate(
    folder: StudyFolder,
    strength: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=NUMBER",
            help="How often a candidate is chosen, relative to the others; once for each candidate.",
        ),
    ],
    participants: Annotated[
        int, typer.Option("--participants", "-n", min=1, max=100_000, metavar="N", help="The number of participants.")
    ] = 100,
    careless: Annotated[
        float,
        typer.Option(min=0, max=1, metavar="NUMBER", help="The share of participants who choose without looking."),
    ] = 0.0,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, metavar="N", help="The same seed draws the same answers.")
    ] = 0,
    output: ReportFolder = None,
    database: DatabaseUrl = None,
    attentive_only: AttentiveOnly = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Try a study on simulated participants.

    Their answers are drawn with known strengths, and the results compared with these. The answers go to a separate database,
    which is deleted at the end unless --database names one.

    Examples
    --------
    pixelfes study simulate smiles --strength ours=2 --strength theirs=1
    pixelfes study simulate smiles --strength ours=2 --strength theirs=1 -n 300
    """
    from pixelfes.cli.study.results import ResultOptions
    from pixelfes.cli.study.simulation import DrawOptions, run_simulation

    run_simulation(
        ResultOptions(folder, output, attentive_only, overwrite),
        database,
        DrawOptions(strength, participants, careless, seed),
    )


def token(folder: StudyFolder) -> None:
    """Make a new organiser's token.

    The earlier token stops working when the server restarts.

    Examples
    --------
    pixelfes study token smiles
    """
    from pixelfes.study.design.creation import replace_organiser_token
    from pixelfes.study.design.study import read_study

    _print_token(folder, replace_organiser_token(folder, read_study(folder)))


def _new_folder(argument: Path | None, option: Path | None) -> Path:
    """Return the folder that was named as an argument or as an option."""
    if argument is not None and option is not None:
        raise typer.BadParameter(f"the folder is {printable(argument)} already", param_hint="'--output'")
    folder = argument or option
    if folder is None:
        raise typer.BadParameter("name the folder to make", param_hint="'--output'")
    return folder


def _print_token(folder: Path, value: str) -> None:
    typer.echo(f"organiser's token, kept nowhere: {value}")
    say(f"next: pixelfes study serve {printable(folder)}")


for _command in (new, serve, results, simulate, token):
    add_command(study, _command)
