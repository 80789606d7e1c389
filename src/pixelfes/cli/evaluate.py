"""``pixelfes evaluate``: methods and models compared on pairs of photos, by person, as a report."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from pixelfes.cli.fit_network import Device
from pixelfes.cli.messages import complain, printable, progress_bars
from pixelfes.errors import InputError

if TYPE_CHECKING:
    from pixelfes.evaluate.judges.expression import ExpressionJudge
    from pixelfes.evaluate.judges.identity import IdentityJudge
    from pixelfes.evaluate.run.candidates import Candidate
    from pixelfes.evaluate.run.comparison import Comparison
    from pixelfes.evaluate.run.crossvalidate import Setup
    from pixelfes.evaluate.run.network_candidates import NetworkBudget
    from pixelfes.evaluate.run.results_cache import ResultsCache
    from pixelfes.expression.base import RegistrationName
    from pixelfes.face.landmarks import LandmarkProvider


def _names(value: str | None) -> list[str] | None:
    """Split a list at its commas.

    >>> _names("pixel-rr, mr,")
    ['pixel-rr', 'mr']
    """
    return None if value is None else [name.strip() for name in value.split(",") if name.strip()]


def evaluate(
    pairs: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS",
            help="A folder with neutral/ and one other folder of photos of the same names, people.csv beside them if there "
            "is one; or a CSV file with the columns input,target.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="Where the report goes; files of an earlier one are replaced."
        ),
    ] = Path("report"),
    methods: Annotated[
        str | None,
        typer.Option(
            help="What to compare, with commas between: rr, mr, pixel-rr, pixel-kr, omp, lsrf, copy (the input itself), "
            "average (the mean smile); and the networks stargan, ganimation, usgan.",
            show_default="all but the networks",
        ),
    ] = None,
    registrations: Annotated[str, typer.Option(help="How faces are registered: mesh, grid, or both.")] = "mesh,grid",
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--models", "--model", metavar="FILE", help="A model to judge as it is; may be given several times."
        ),
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="How many parts the people are split into.")] = 5,
    size: Annotated[
        int | None, typer.Option(min=16, max=1024, help="Side of the maps.", show_default="mesh 112, grid 128")
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="A look in two minutes: fewer people, folds and methods; the report says which."),
    ] = False,
    expression_judge: Annotated[
        Path | None,
        typer.Option(
            metavar="ONNX",
            help="A classifier of faces to judge the expression, with --labels.",
            show_default="one of our own, trained in every fold",
        ),
    ] = None,
    labels: Annotated[str | None, typer.Option(help="Its classes in their order, with commas between.")] = None,
    happy: Annotated[str, typer.Option(help="Which of them is the expression.")] = "happy",
    identity_judge: Annotated[
        Path | None,
        typer.Option(metavar="ONNX", help="A network of face embeddings to judge identity.", show_default="dlib's"),
    ] = None,
    out_of_dataset: Annotated[
        Path | None,
        typer.Option(
            "--out-of-dataset", "--paintings", metavar="FOLDER", help="Faces from elsewhere, to be shown changed."
        ),
    ] = None,
    network_steps: Annotated[
        int | None,
        typer.Option(min=1, help="Networks: updates of the critic, in every fold anew.", show_default=False),
    ] = None,
    network_batch: Annotated[int, typer.Option(min=1, max=4096, help="Networks: pictures a step.")] = 16,
    network_size: Annotated[int, typer.Option(min=32, max=1024, help="Networks: side of the pictures.")] = 128,
    network_width: Annotated[
        int, typer.Option(min=4, max=256, help="Networks: channels of the first layer; 64 is as published.")
    ] = 64,
    network_folds: Annotated[
        int | None, typer.Option(min=1, help="Networks: train in so many folds only.", show_default="all")
    ] = None,
    device: Annotated[Device, typer.Option(help="Networks: auto is cuda where there is one.")] = Device.auto,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Keep no landmarks and results, nor use those kept from an earlier run.")
    ] = False,
) -> None:
    """Compare methods and models on pairs of photos, and write a report.

    Methods are fitted anew in every fold, and judged on people whom they have not seen. The report is FOLDER/index.html, one
    file that needs nothing else; its tables lie beside it as CSV and Markdown. Needs the extra "judge".
    """
    from pixelfes.cli.files import check_writable
    from pixelfes.evaluate.report.html import write_report
    from pixelfes.evaluate.report.picture_sheets import check_folder
    from pixelfes.evaluate.run.comparison import run_comparison
    from pixelfes.evaluate.run.people_facts import read_people
    from pixelfes.expression.pairs import load_pairs

    budget = _budget(network_steps, network_batch, network_size, network_width, str(device), network_folds)
    candidates = _candidates(_names(methods), _names(registrations) or [], size, models or [], budget, quick)
    judge = _expression_judge(expression_judge, _names(labels), happy)
    loaded = load_pairs(pairs)
    _check_output(output, pairs)
    if out_of_dataset is not None:
        check_folder(out_of_dataset)
    facts = read_people(pairs if pairs.is_dir() else pairs.parent)
    check_writable(output)
    _check_packages()
    title = (pairs.resolve().name if pairs.is_dir() else pairs.stem) or "pairs"
    with _cache(no_cache) as (results, photos), progress_bars() as show:
        setup = _setup(results, judge, _identity_judge(identity_judge), folds, quick)
        comparison = run_comparison(
            loaded, candidates, setup, photos, title=title, facts=facts, quick=quick, progress=show
        )
        show("report", 0, 1)
        written = write_report(comparison, output, out_of_dataset)
        show("report", 1, 1)
    _summarise(comparison, len(loaded), written[0])


def _candidates(
    methods: list[str] | None,
    registrations: list[str],
    size: int | None,
    models: Sequence[str],
    networks: NetworkBudget | None,
    quick: bool,
) -> list[Candidate]:
    from pixelfes.evaluate.run.candidates import TITLES, list_candidates
    from pixelfes.evaluate.run.comparison import QUICK_METHODS
    from pixelfes.loading import load

    if methods is None:
        methods = list(QUICK_METHODS if quick else TITLES)
    listed = list_candidates(methods, cast("list[RegistrationName]", registrations), size, models, networks)
    if not listed:
        raise InputError("there is nothing to compare: name methods with their registrations, or models")
    for model in models:
        load(model)
    if networks is not None and any(candidate.kind == "network" for candidate in listed):
        networks.check()
    return listed


def _budget(
    steps: int | None, batch: int, size: int, width: int, device: str, folds: int | None
) -> NetworkBudget | None:
    from pixelfes.evaluate.run.network_candidates import NetworkBudget

    return None if steps is None else NetworkBudget(steps, batch, size, width, device, folds)


def _expression_judge(path: Path | None, labels: list[str] | None, happy: str) -> tuple[ExpressionJudge | None, str]:
    if path is None:
        if labels is not None:
            raise InputError("--labels are those of an --expression-judge, and none is given")
        return None, "fold judges"
    from pixelfes.evaluate.judges.onnx_expression import OnnxExpressionJudge

    if labels is None:
        raise InputError("an --expression-judge needs --labels: the names of its classes in their order")
    judge = OnnxExpressionJudge(path, labels, happy)
    return judge, f"{_hash(path)} {labels} {happy}"


def _identity_judge(path: Path | None) -> tuple[IdentityJudge, str]:
    if path is None:
        from pixelfes.evaluate.judges.dlib_identity import DlibIdentity

        judge = DlibIdentity(points=5)
        return judge, judge.name
    from pixelfes.evaluate.judges.identity import OnnxIdentity

    return OnnxIdentity(path), _hash(path)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _setup(
    results: ResultsCache,
    expression: tuple[ExpressionJudge | None, str],
    identity: tuple[IdentityJudge, str],
    folds: int,
    quick: bool,
) -> Setup:
    from pixelfes.evaluate.run.comparison import QUICK_CONTROL_PEOPLE, QUICK_FOLDS, QUICK_JUDGED_FOLDS
    from pixelfes.evaluate.run.crossvalidate import CONTROL_PEOPLE, Setup
    from pixelfes.face.detector.mediapipe_landmarks import MediaPipeLandmarks

    return Setup(
        identity[0],
        MediaPipeLandmarks(),
        results,
        expression[0],
        (expression[1], identity[1]),
        folds=min(folds, QUICK_FOLDS) if quick else folds,
        judged_folds=QUICK_JUDGED_FOLDS if quick else None,
        control_people=QUICK_CONTROL_PEOPLE if quick else CONTROL_PEOPLE,
    )


@contextmanager
def _cache(no_cache: bool) -> Iterator[tuple[ResultsCache, LandmarkProvider]]:
    """Give the cache of results, in a folder that does not stay if it is not to be kept, and the detector for photos."""
    from pixelfes.evaluate.run.results_cache import ResultsCache
    from pixelfes.face.detector.landmark_cache import CachedLandmarks
    from pixelfes.face.detector.mediapipe_landmarks import MediaPipeLandmarks
    from pixelfes.face.detector.mediapipe_model import cache_folder

    detector = MediaPipeLandmarks()
    if not no_cache:
        folder = cache_folder()
        yield ResultsCache(folder / "evaluate"), CachedLandmarks(detector, folder / "landmarks")
        return
    with tempfile.TemporaryDirectory(prefix="pixelfes-") as name:
        yield ResultsCache(Path(name)), detector


def _check_output(output: Path, pairs: Path) -> None:
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file; name a folder for the report")
    if output.exists() and output.samefile(pairs):
        raise InputError(f"the output {output} is the input itself; name another folder for the report")


def _check_packages() -> None:
    """Find out at the beginning, and not at the end, that something is not installed."""
    from pixelfes.extras import extra_module

    for name in ("skimage.metrics", "sklearn.linear_model", "matplotlib.figure", "jinja2"):
        extra_module("judge", name)


def _summarise(comparison: Comparison, n_pairs: int, path: Path) -> None:
    people = {real.person for real in comparison.real}
    parts = f"{len(comparison.of('comparison'))} candidates, {len(people)} people judged, {n_pairs} pairs"
    typer.echo(f"{parts}: {printable(path)}")
    for skipped in comparison.skipped:
        complain(f"left out {skipped.name}: {skipped.reason}")
