"""``pixelfes evaluate``: compare methods and models on pairs of photos, and write a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixelfes.cli.evaluate.options import BudgetOptions, CandidateOptions, JudgeOptions, ReportOptions, RunOptions
from pixelfes.cli.grammar.options import (
    DeviceOption,
    NoCacheOption,
    OverwriteOption,
    check_names,
    read_names,
    split_list,
)
from pixelfes.cli.messages import note, print_skipped, printable, progress_bars, say

if TYPE_CHECKING:
    from pixelfes.evaluate.run.comparison import Comparison

_METHODS = (
    *("pixel-rr", "pixel-kr", "mr", "rr", "lsrf", "omp", "copy", "average"),
    *("stargan", "ganimation", "usgan"),
)
_REGISTRATIONS = ("mesh", "grid")


def _methods(text: str | None) -> str | None:
    if text is not None:
        check_names(split_list(text), _METHODS)
    return text


def _registrations(text: str) -> str:
    check_names(split_list(text), _REGISTRATIONS)
    return text


def evaluate(
    pairs: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS",
            help="A folder with neutral/ and another folder with photos of the same names, optionally with people.csv "
            "beside them; or a CSV file with the columns input,target.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="The folder of the report: a new or empty one, or that of an earlier report.",
        ),
    ] = Path("report"),
    overwrite: OverwriteOption = False,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The folder beside neutral/ to judge, if there are several.", show_default=False
        ),
    ] = None,
    methods: Annotated[
        str | None,
        typer.Option(
            callback=_methods,
            metavar="METHOD,...",
            help="What to compare, separated by commas: rr, mr, pixel-rr, pixel-kr, omp, lsrf, copy (the input itself), "
            "average (the mean smile); and the networks stargan, ganimation, usgan.",
            show_default="all except the networks",
        ),
    ] = None,
    registrations: Annotated[
        str,
        typer.Option(
            callback=_registrations, metavar="mesh|grid|mesh,grid", help="How faces are registered; each is compared."
        ),
    ] = "mesh,grid",
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "--models",
            "-m",
            metavar="MODEL",
            help="A shipped model's name, or a model file, to judge as it is; may be repeated.",
        ),
    ] = None,
    folds: Annotated[
        int, typer.Option(min=2, metavar="N", help="The number of parts that the people are split into.")
    ] = 5,
    test_people: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...|FILE",
            help="People to keep out and to judge, once, in the place of folds: names of pairs, or a text file with one a "
            "line.",
            show_default=False,
        ),
    ] = None,
    leave_out: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...|FILE",
            help="People who take no part, such as those of a test to come; given as for --test-people.",
            show_default=False,
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=16,
            max=1024,
            metavar="PIXELS",
            help="Side of the models' maps.",
            show_default="112 for mesh, 128 for grid",
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="A first look in two minutes: fewer people, folds and methods; the report says which."
        ),
    ] = False,
    expression_judge: Annotated[
        Path | None,
        typer.Option(
            metavar="ONNX",
            help="A face classifier that judges the expression; needs --labels.",
            show_default="one of our own, trained in every fold",
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(metavar="NAME,...", help="The classes of --expression-judge in their order, separated by commas."),
    ] = None,
    happy: Annotated[
        str, typer.Option(metavar="NAME", help="The class of --expression-judge that means the expression.")
    ] = "happy",
    identity_judge: Annotated[
        Path | None,
        typer.Option(metavar="ONNX", help="A face embedding network that judges identity.", show_default="dlib's"),
    ] = None,
    expressions: Annotated[
        str | None,
        typer.Option(
            metavar="all|NAME,...",
            help="Expressions by name to draw and judge too, on the people's neutral photos.",
            show_default=False,
        ),
    ] = None,
    out_of_dataset: Annotated[
        Path | None,
        typer.Option(
            "--out-of-dataset",
            "--paintings",
            metavar="FOLDER",
            help="Faces from elsewhere; the report shows them before and after.",
        ),
    ] = None,
    network_steps: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Networks: updates of the critic, in each fold.", show_default=False),
    ] = None,
    network_batch: Annotated[int, typer.Option(min=1, max=4096, metavar="N", help="Networks: pictures per step.")] = 16,
    network_size: Annotated[
        int, typer.Option(min=32, max=1024, metavar="PIXELS", help="Networks: side of the pictures.")
    ] = 128,
    network_width: Annotated[
        int,
        typer.Option(min=4, max=256, metavar="N", help="Networks: channels of the first layer; 64 is as published."),
    ] = 64,
    network_folds: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Networks: the number of folds to train in.", show_default="all"),
    ] = None,
    device: Annotated[
        DeviceOption, typer.Option(help="Networks: where they are trained; auto takes cuda if there is one.")
    ] = DeviceOption.auto,
    no_cache: NoCacheOption = False,
) -> None:
    """Compare methods and models on pairs of photos, in a report.

    Each fold fits the methods on some people, and judges them on the others. The report is FOLDER/index.html, one
    self-contained file; its tables are beside it as CSV and Markdown. Needs the extra "judge", and "gan" for networks.

    Examples
    --------
    pixelfes evaluate faces/ -o report/                      # every method
    pixelfes evaluate faces/ --quick -m mine.safetensors     # a first look
    pixelfes evaluate friends/ --target frown --methods pixel-rr,pixel-kr
    """
    _run(
        ReportOptions(pairs, output, out_of_dataset, target, overwrite),
        CandidateOptions(
            None if methods is None else split_list(methods), split_list(registrations), size, models or []
        ),
        JudgeOptions(
            expression_judge,
            None if labels is None else split_list(labels),
            happy,
            identity_judge,
            [] if expressions is None else split_list(expressions),
        ),
        BudgetOptions(network_steps, network_batch, network_size, network_width, str(device), network_folds),
        RunOptions(folds, quick, no_cache, read_names(test_people), read_names(leave_out)),
    )


def _run(
    report: ReportOptions,
    candidates: CandidateOptions,
    judges: JudgeOptions,
    budget: BudgetOptions,
    options: RunOptions,
) -> None:
    _check_packages()
    from pixelfes.cli.evaluate import preparation
    from pixelfes.evaluate.report.html import write_report
    from pixelfes.evaluate.run.comparison import run_comparison
    from pixelfes.evaluate.run.people_facts import read_people
    from pixelfes.expression.pair_files import list_pairs

    compared = preparation.make_candidates(candidates, budget, options.quick)
    expression = preparation.make_expression_judge(judges)
    mixes = preparation.make_mixes(judges)
    listing = list_pairs(report.pairs, report.target)
    print_skipped(listing.left_out)
    pairs = preparation.pairs_without(listing.pairs, options.leave_out)
    is_folder = report.pairs.is_dir()
    note(f"{report.pairs}: {len(pairs)} pairs; compared: {', '.join(one.name for one in compared)}")
    _check_report(report)
    facts = read_people(report.pairs if is_folder else report.pairs.parent)
    title = (report.pairs.resolve().name if is_folder else report.pairs.stem) or "pairs"
    with preparation.open_caches(options.no_cache) as (results, photos), progress_bars() as show:
        setup = preparation.make_setup(pairs, results, expression, preparation.make_identity_judge(judges), options)
        comparison = run_comparison(
            pairs,
            compared,
            setup,
            photos,
            title=title,
            facts=facts,
            extent="quick" if options.quick else "full",
            progress=show,
        )
        more = preparation.make_section(pairs, mixes, setup, show)
        show("report", 0, 1)
        written = write_report(comparison, report.output, report.out_of_dataset, more)
        show("report", 1, 1)
    _print_summary(comparison, len(pairs), written[0])


def _check_report(report: ReportOptions) -> None:
    from pixelfes.cli.outputs import check_report_folder, check_writable
    from pixelfes.evaluate.report.picture_sheets import check_folder

    check_report_folder(report.output, report.pairs, "input", report.overwrite)
    check_writable(report.output)
    if report.out_of_dataset is not None:
        check_folder(report.out_of_dataset)


def _check_packages() -> None:
    """Raise an error at the start, not after the long work, if a package is missing."""
    from pixelfes.extras import require_extra

    for name in ("skimage", "sklearn", "matplotlib", "jinja2"):
        require_extra("judge", name)


def _print_summary(comparison: Comparison, n_pairs: int, path: Path) -> None:
    people = {real.person for real in comparison.real}
    figures = f"{len(comparison.of('comparison'))} candidates, {len(people)} people judged, {n_pairs} pairs"
    say(f"{figures}: {printable(path)}")
    print_skipped(comparison.skipped)
