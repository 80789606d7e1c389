"""``pixelfes fit``: a model from pairs of photos."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from pixelfes.cli.fit_network import Device, NetworkOptions, fit_network, is_network
from pixelfes.cli.messages import complain, printable, progress_bars
from pixelfes.errors import InputError

if TYPE_CHECKING:
    from pixelfes.expression.base import Precision as PrecisionName
    from pixelfes.expression.base import RegistrationName
    from pixelfes.expression.model import ExpressionModel
    from pixelfes.expression.pairs import Pair
    from pixelfes.face.landmarks import LandmarkProvider
    from pixelfes.regress import PixelRegressor

Registration = StrEnum("Registration", ["mesh", "grid"])
Channels = StrEnum("Channels", ["shared", "separate"])
Prior = StrEnum("Prior", ["zero", "identity"])
Precision = StrEnum("Precision", ["float32", "float16"])


def _alpha(value: str | None) -> str | None:
    try:
        usable = value in (None, "auto") or 0 <= float(value) < float("inf")
    except ValueError:
        usable = False
    if not usable:
        raise typer.BadParameter(f"alpha must be auto or a number >= 0; found {value!r}")
    return value


def _method(value: str) -> str:
    from pixelfes.regress import regressor_by_name

    try:
        if not is_network(value):
            regressor_by_name(value)
    except InputError as error:
        raise typer.BadParameter(str(error)) from error
    return value


def fit(
    pairs: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS",
            help="A folder with neutral/ and one other folder, smile/ for example, of photos of the same names; or a CSV "
            "file with the columns input,target[,weight].",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="MODEL", help="The file to write; replaced if it is there.")
    ],
    method: Annotated[
        str,
        typer.Option(
            callback=_method,
            help="What is learnt at every pixel: rr, mr, pixel-rr, pixel-kr, omp or lsrf; or a network to compare with: "
            "stargan, ganimation or usgan.",
        ),
    ] = "pixel-rr",
    registration: Annotated[
        Registration | None,
        typer.Option(
            help="By 468 landmarks, or by an affine crop as in the papers.", show_default="mesh, and grid for networks"
        ),
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=16, max=1024, help="Side of the model's maps.", show_default="mesh 112, grid 128")
    ] = None,
    alpha: Annotated[
        str | None,
        typer.Option(
            callback=_alpha, help="Penalty; auto takes the one of least leave-one-out error.", show_default="auto"
        ),
    ] = None,
    channels: Annotated[
        Channels | None, typer.Option(help="One map for all colour channels, or one each.", show_default="shared")
    ] = None,
    prior: Annotated[
        Prior | None, typer.Option(help="What the penalty pulls to; zero is the papers'.", show_default="identity")
    ] = None,
    expression: Annotated[
        str | None, typer.Option(help="The expression's name.", show_default="the folder's name")
    ] = None,
    training_data: Annotated[str, typer.Option(help="What the photos are, for the model's file.")] = "",
    licence: Annotated[str, typer.Option(help="The model's licence, for its file.")] = "",
    attribution: Annotated[str, typer.Option(help="Whom to name, for the model's file.")] = "",
    precision: Annotated[
        Precision, typer.Option(help="float16 halves the file, and changes pictures by less than a grey level.")
    ] = Precision.float32,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Do not keep landmarks, nor use those kept from an earlier run.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Fit on N processes of this machine, by Dask.", show_default=False),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Fit on the Dask cluster at tcp://host:port.", show_default=False),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(min=1, help="Networks: updates of the critic; the generator has one in five.", show_default=False),
    ] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Networks: pictures a step.", show_default="16")] = None,
    width: Annotated[
        int | None, typer.Option(min=4, max=256, help="Networks: channels of the first layer.", show_default="64")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Networks: of all that is drawn.", show_default="0")] = None,
    device: Annotated[
        Device | None, typer.Option(help="Networks: auto is cuda where there is one.", show_default="auto")
    ] = None,
    sample_every: Annotated[
        int | None,
        typer.Option(
            min=0, help="Networks: steps from a sheet of samples to the next, 0 for none.", show_default="1000"
        ),
    ] = None,
    checkpoint_every: Annotated[
        int | None,
        typer.Option(min=0, help="Networks: steps from a checkpoint to the next, 0 for none.", show_default="1000"),
    ] = None,
) -> None:
    """Learn an expression from pairs of photos of the same people.

    A few dozen pairs are enough. Of several faces in a photo the largest counts. Pairs in which no face is found are
    left out, and listed at the end.

    A network (extra "gan") is trained for --steps, and keeps checkpoint, losses and samples in MODEL.training beside the
    model: the same command goes on from the checkpoint there.
    """
    from pixelfes.cli.files import check_writable, make_folder
    from pixelfes.expression.base import ModelInfo
    from pixelfes.expression.model import ExpressionModel
    from pixelfes.expression.pairs import expression_of, load_pairs

    if workers is not None and scheduler is not None:
        raise typer.BadParameter("a fit has workers of its own or a scheduler, not both", param_hint="'--workers'")
    _check_output(output, pairs)
    loaded = load_pairs(pairs)
    info = ModelInfo(expression or expression_of(pairs), 0, training_data, licence, attribution)
    check_writable(output.parent)
    options = NetworkOptions(steps, batch, width, seed, device and str(device), sample_every, checkpoint_every)
    if is_network(method):
        _refuse_options_of_regressors(method, locals())
        make_folder(output.parent)
        return fit_network(method, loaded, options, size, output, info, _provider(no_cache))
    if options.given():
        raise typer.BadParameter(f"{method} has no such option", param_hint=f"'{options.given()[0]}'")
    regressor = _regressor(method, alpha, channels, prior)
    kind = cast("RegistrationName", str(registration or Registration.mesh))
    model = ExpressionModel(kind, regressor, size=size, landmarks=_provider(no_cache))
    with _warnings_as_sentences(), progress_bars() as show:
        if workers is None and scheduler is None:
            model.fit(loaded, info=info, progress=show)
        else:
            _fit_on_cluster(model, loaded, workers, scheduler, info=info, progress=show)
    make_folder(output.parent)
    model.save(output, cast("PrecisionName", str(precision)))
    _summarise(model, len(loaded), output)


def _refuse_options_of_regressors(method: str, given: dict[str, Any]) -> None:
    """Raise wrong usage where a network was given what only a regressor, or its registration, has."""
    for name in ("alpha", "channels", "prior", "workers", "scheduler"):
        if given[name] is not None:
            raise typer.BadParameter(f"{method} has no such option", param_hint=f"'--{name}'")
    if given["registration"] is Registration.mesh or given["precision"] is Precision.float16:
        raise typer.BadParameter(f"{method} is trained on the grid, and stored in float32", param_hint="'--method'")


def _fit_on_cluster(
    model: ExpressionModel, pairs: list[Pair], workers: int | None, scheduler: str | None, **options: Any
) -> None:
    from pixelfes.cluster import fit_on_cluster, open_client

    with open_client(workers, scheduler) as client:
        threads = sum(client.nthreads().values())
        fit_on_cluster(model, pairs, client, shard_size=_shard_size(len(pairs), threads), **options)


def _shard_size(n_pairs: int, threads: int) -> int:
    """Return how many pairs go to a worker at a time: few pairs are spread over all of them, in several rounds.

    Examples
    --------
    >>> _shard_size(80, 2), _shard_size(10, 16), _shard_size(100_000, 16)
    (10, 1, 32)
    """
    return max(1, min(32, n_pairs // (4 * threads)))


def _check_output(output: Path, pairs: Path) -> None:
    if output.is_dir():
        raise InputError(f"{output} is a folder; name a file for the model")
    if output.exists() and pairs.exists() and output.samefile(pairs):
        raise InputError(f"the output {output} is the input itself; name another file for the model")


def _regressor(method: str, alpha: str | None, channels: Channels | None, prior: Prior | None) -> PixelRegressor:
    """Build the regressor; what is not given is left to the method, and what the method does not have is wrong usage."""
    from pixelfes.regress import regressor_by_name

    kind = regressor_by_name(method)
    known = kind().get_params()
    chosen: dict[str, Any] = {
        "alpha": alpha if alpha in (None, "auto") else float(alpha),
        "channels": channels and str(channels),
        "prior": str(prior or Prior.identity) if prior or "prior" in known else None,
    }
    given = {name: value for name, value in chosen.items() if value is not None}
    for name in given.keys() - known.keys():
        raise typer.BadParameter(f"{method} has no such option", param_hint=f"'--{name}'")
    return kind(**given)


def _provider(no_cache: bool) -> LandmarkProvider:
    from pixelfes.face.detector.landmark_cache import CachedLandmarks
    from pixelfes.face.detector.mediapipe_landmarks import MediaPipeLandmarks
    from pixelfes.face.detector.mediapipe_model import cache_folder

    provider = MediaPipeLandmarks()
    return provider if no_cache else CachedLandmarks(provider, cache_folder() / "landmarks")


@contextmanager
def _warnings_as_sentences() -> Iterator[None]:
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        yield
    for warning in caught:
        complain(f"warning: {warning.message}")


def _summarise(model: ExpressionModel, n_pairs: int, path: Path) -> None:
    alpha = model.describe().alpha
    parts = [
        f"{model.info_.n_pairs} of {n_pairs} pairs",
        *([f"alpha {alpha:g}"] if alpha is not None else []),
        f"{model.n_parameters_} parameters",
        f"{path.stat().st_size} bytes",
    ]
    typer.echo(f"{', '.join(parts)}: {printable(path)}")
    for skipped in model.skipped_:
        complain(f"left out {skipped.name}: {skipped.reason}")
