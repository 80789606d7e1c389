"""``pixelfes study``: a user study made, served, simulated, and its results told."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixelfes.cli.messages import complain, printable, progress_bars, reported
from pixelfes.errors import InputError

if TYPE_CHECKING:
    from pixelfes.study.answers.store import Store
    from pixelfes.study.design.study import Study
    from pixelfes.study.results.analysis import Results

study = typer.Typer(
    name="study",
    help='Ask people which picture is best: make a study, serve it, and tell its results. Needs the extra "study".',
    no_args_is_help=True,
    rich_markup_mode=None,
)

PictureFormat = StrEnum("PictureFormat", ["png", "webp"])

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the study.")]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="PIXELFES_DATABASE",
        help="Where answers are kept: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
        show_default="a SQLite file in DIR",
    ),
]
ReportFolder = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FOLDER", help="Where the report goes; files of an earlier one are replaced."
    ),
]
AttentiveOnly = Annotated[
    bool, typer.Option("--attentive-only", help="Leave out whoever did not find a copied input among the pictures.")
]
_REPORT_WIDTH = 3  # tables that are also printed: shares, agreement, attention


@study.command()
@reported
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make; it must not hold anything yet.")],
    inputs: Annotated[Path, typer.Option(metavar="FOLDER", help="The pictures that were changed.")],
    candidate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FOLDER", help="Pictures of the same names, as one candidate made them; several times."
        ),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--models", "--model", metavar="[NAME=]MODEL", help="A candidate to be made now, by a model; several times."
        ),
    ] = None,
    intensity: Annotated[float, typer.Option(min=0.0, max=1.5, help="Of the models.")] = 1.0,
    questions: Annotated[
        str, typer.Option(help="What is asked of each item, with commas between: overall, quality, realism, identity.")
    ] = "overall",
    title: Annotated[str, typer.Option(help="What participants read first.")] = "Which picture is best?",
    expression: Annotated[
        str, typer.Option(help="What the pictures are to show, in the words of the questions.")
    ] = "smile",
    per_participant: Annotated[
        int | None, typer.Option(min=1, help="Items that each participant sees.", show_default="all")
    ] = None,
    copies: Annotated[int, typer.Option(min=0, max=20, help="Attention checks: a copied input to be found.")] = 1,
    repeats: Annotated[int, typer.Option(min=0, help="Questions that are asked again.")] = 1,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of all that is drawn.")] = 0,
    format: Annotated[
        PictureFormat, typer.Option(help="Of the pictures: png is exact; webp loads faster on slow lines.")
    ] = PictureFormat.png,
    texts: Annotated[
        Path | None, typer.Option(metavar="JSON", help="Texts in another language.", show_default="English")
    ] = None,
) -> None:
    """Make a study from folders of same-named pictures, or from models.

    The organiser's token is shown once and kept nowhere; "pixelfes study token" makes another one.
    """
    from pixelfes.cli.study_models import made_by_models, named
    from pixelfes.study.design.creation import Wishes, check_wishes, make_study

    folders = {name: Path(value) for name, value in named(candidate or [], "--candidate", "FOLDER").items()}
    wanted = named(models or [], "--models", "MODEL", by_stem=True)
    if twice := sorted(folders.keys() & wanted.keys()):
        raise InputError(f"two candidates are called {twice[0]}")
    wishes = Wishes(
        title=title,
        expression=expression,
        questions=tuple(name.strip() for name in questions.split(",") if name.strip()),
        per_participant=per_participant,
        copies=copies,
        repeats=repeats,
        seed=seed,
        suffix=str(format),
        texts=texts,
    )
    check_wishes(folder, [*folders, *wanted], wishes)
    with progress_bars() as show, made_by_models(inputs, wanted, intensity, show) as (made, notes):
        result = make_study(folder, inputs, folders | made, wishes, lambda done, of: show("pictures", done, of))
    for note in [*notes, *result.notes]:
        complain(f"note: {note}")
    typer.echo(f"{len(result.study.items)} items, {len(result.study.candidates)} candidates: {printable(folder)}")
    _tell_token(folder, result.token)


@study.command()
@reported
def serve(
    folder: Folder,
    database: DatabaseUrl = None,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is all of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8420,
) -> None:
    """Serve a study to participants, and its results to the organiser, until Ctrl-C."""
    _check_packages()
    from pixelfes.study.server.app import address_of, create_app, listen, serve

    made, store = _opened(folder, database)
    with closing(store), listen(host, port) as listening:
        app = create_app(made, folder, store)
        address = address_of(listening)
        typer.echo(
            f"participants: {address}\norganiser:    {address}results\nCtrl-C stops the server; every answer is saved."
        )
        serve(app, listening)


@study.command()
@reported
def results(
    folder: Folder,
    output: ReportFolder = None,
    database: DatabaseUrl = None,
    attentive_only: AttentiveOnly = False,
) -> None:
    """Tell the results so far: as Markdown here, and as HTML, Markdown, CSV and SVG in a folder."""
    _check_packages()
    _check_output(output, folder)
    made, store = _opened(folder, database, make=False)
    with closing(store):
        told = _told(folder, made, store, output, attentive_only)
    _print(made, told, output)


@study.command()
@reported
def simulate(
    folder: Folder,
    strength: Annotated[
        list[str], typer.Option(metavar="NAME=NUMBER", help="How often a candidate is chosen, relative to the others.")
    ],
    participants: Annotated[int, typer.Option("--participants", "-n", min=1, max=100_000, help="How many.")] = 100,
    careless: Annotated[float, typer.Option(min=0, max=1, help="Share of them who choose without looking.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="The same seed draws the same answers.")] = 0,
    output: ReportFolder = None,
    database: DatabaseUrl = None,
    attentive_only: AttentiveOnly = False,
) -> None:
    """Draw the answers of people who do not exist, and see whether the results say with what strengths.

    They go to a database of their own, which is dropped at the end unless --database names one.
    """
    _check_packages()
    _check_output(output, folder)
    from pixelfes.cli.study_models import named
    from pixelfes.study.answers.simulation import check_strengths, simulate

    made = _study_of(folder)
    known = check_strengths(made, {n: _number(n, v) for n, v in named(strength, "--strength", "NUMBER").items()})
    with _store_for_simulation(made, database) as store, progress_bars() as show:
        simulate(
            store, known, participants, careless=careless, seed=seed,
            done=lambda n: show("participants", n, participants),
        )  # fmt: skip
        told = _told(folder, made, store, output, attentive_only)
    _print(made, told, output)
    typer.echo(_compared(known, told))
    if careless and not attentive_only:
        typer.echo("Careless participants pull all shares together; --attentive-only leaves out whom the checks catch.")


@study.command()
@reported
def token(folder: Folder) -> None:
    """Make another organiser's token; the earlier one opens nothing once the server is started anew."""
    from pixelfes.study.design.creation import replace_token

    _tell_token(folder, replace_token(folder, _study_of(folder)))


def _tell_token(folder: Path, value: str) -> None:
    typer.echo(f"organiser's token, kept nowhere: {value}\nnext: pixelfes study serve {printable(folder)}")


def _check_packages() -> None:
    from pixelfes.extras import extra_module

    for name in ("sqlalchemy", "alembic", "jinja2", "fastapi", "uvicorn"):
        extra_module("study", name)


def _study_of(folder: Path) -> Study:
    from pixelfes.study.design.study import read_study

    return read_study(folder)


def _opened(folder: Path, database: str | None, *, make: bool = True) -> tuple[Study, Store]:
    from pixelfes.study.answers.database import sqlite_url
    from pixelfes.study.answers.store import Store
    from pixelfes.study.design.study import DATABASE

    made = _study_of(folder)
    return made, Store(made, database or sqlite_url(folder / DATABASE), make=make)


@contextmanager
def _store_for_simulation(made: Study, database: str | None) -> Iterator[Store]:
    from pixelfes.study.answers.database import sqlite_url
    from pixelfes.study.answers.store import Store

    with (
        tempfile.TemporaryDirectory(prefix="pixelfes-study-") as name,
        closing(Store(made, database or sqlite_url(Path(name) / "simulated.sqlite3"), simulated=True)) as store,
    ):
        yield store


def _check_output(output: Path | None, folder: Path) -> None:
    from pixelfes.cli.files import check_writable

    if output is None:
        return
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file; name a folder for the report")
    if output.exists() and folder.exists() and output.samefile(folder):
        raise InputError(f"{output} is the study itself; name another folder for the report")
    check_writable(output)


def _told(folder: Path, made: Study, store: Store, output: Path | None, attentive_only: bool) -> Results:
    from pixelfes.study.design.wording import texts_of
    from pixelfes.study.results.analysis import analyse
    from pixelfes.study.results.report import write_report

    people, answers = store.answers()
    told = analyse(made, people, answers, attentive_only=attentive_only, simulated=store.simulated)
    if output is not None:
        write_report(made, texts_of(folder), told, answers, output)
    return told


def _print(made: Study, told: Results, output: Path | None) -> None:
    from pixelfes.study.results.report import lead_of, warnings_of
    from pixelfes.study.results.result_tables import result_tables

    typer.echo("\n\n".join([lead_of(made, told), *warnings_of(told)]))
    for table in result_tables(made, told)[:_REPORT_WIDTH]:
        typer.echo(f"\n{table.markdown()}", nl=False)
    if output is not None:
        typer.echo(f"\nreport: {printable(output / 'index.html')}")


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"--strength {name}={text}: {text!r} is not a number") from error


def _compared(known: dict[str, float], told: Results) -> str:
    lines = ["", "Known strengths, and what was found:"]
    for result in told.questions:
        for standing in result.standings:
            found, true = standing.strength, known[standing.candidate]
            inside = "inside" if found.low <= true <= found.high else "OUTSIDE"
            lines.append(
                f"- {result.question}, {standing.candidate}: {true:.3f}; found {found.estimate:.3f} "
                f"({found.low:.3f} to {found.high:.3f}), {inside} of the interval"
            )
    return "\n".join(lines)
