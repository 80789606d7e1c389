"""``pixelfes fit``: learn a model from pairs of photos."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pixelfes.cli.fit.options import (
    ClusterOptions,
    FileOptions,
    FitTask,
    InfoOptions,
    NetworkOptions,
    RegressorOptions,
    flags_given,
)
from pixelfes.cli.options import DeviceOption
from pixelfes.errors import InputError

RegistrationOption = StrEnum("RegistrationOption", ["mesh", "grid"])
ChannelsOption = StrEnum("ChannelsOption", ["shared", "separate"])
PriorOption = StrEnum("PriorOption", ["zero", "identity"])
PrecisionOption = StrEnum("PrecisionOption", ["float32", "float16"])


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
        if not _is_network(value):
            regressor_by_name(value)
    except InputError as error:
        raise typer.BadParameter(str(error)) from error
    return value


def fit(
    pairs: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS",
            help="A folder with neutral/ and another folder, smile/ for example, with photos of the same names; or a CSV "
            "file with the columns input,target[,weight].",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="MODEL", help="The file to write; replaced if it exists.")
    ],
    target: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The other folder, if there are several expressions.", show_default=False),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            callback=_method,
            help="The regressor of every pixel: rr, mr, pixel-rr, pixel-kr, omp or lsrf. Or a network to compare with: "
            "stargan, ganimation or usgan.",
        ),
    ] = "pixel-rr",
    registration: Annotated[
        RegistrationOption | None,
        typer.Option(
            help="mesh: by 468 landmarks. grid: by an affine crop, as in the papers.",
            show_default="mesh, and grid for networks",
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(min=16, max=1024, help="Side of the model's maps in pixels.", show_default="mesh 112, grid 128"),
    ] = None,
    alpha: Annotated[
        str | None,
        typer.Option(
            callback=_alpha, help="The penalty; auto takes the one of least leave-one-out error.", show_default="auto"
        ),
    ] = None,
    channels: Annotated[
        ChannelsOption | None,
        typer.Option(help="One map for all colour channels, or one for each.", show_default="shared"),
    ] = None,
    prior: Annotated[
        PriorOption | None,
        typer.Option(
            help="What the penalty pulls to: zero as in the papers, or the identity map.", show_default="identity"
        ),
    ] = None,
    expression: Annotated[
        str | None, typer.Option(help="The expression's name.", show_default="the name of the folder or CSV file")
    ] = None,
    training_data: Annotated[str, typer.Option(help="A description of the photos, stored in the model file.")] = "",
    licence: Annotated[str, typer.Option(help="The model's licence, stored in the model file.")] = "",
    attribution: Annotated[str, typer.Option(help="Whom to credit, stored in the model file.")] = "",
    precision: Annotated[
        PrecisionOption,
        typer.Option(help="float16 halves the file, and changes pictures by less than one grey level."),
    ] = PrecisionOption.float32,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Neither store landmarks nor use those of an earlier run.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Fit on N processes of this machine, with Dask.", show_default=False),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Fit on the Dask cluster at tcp://host:port.", show_default=False),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            min=1, help="Networks: updates of the critic; the generator gets one for every five.", show_default=False
        ),
    ] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Networks: pictures per step.", show_default="16")] = None,
    width: Annotated[
        int | None, typer.Option(min=4, max=256, help="Networks: channels of the first layer.", show_default="64")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Networks: the seed of all random draws.", show_default="0")
    ] = None,
    device: Annotated[
        DeviceOption | None, typer.Option(help="Networks: auto takes cuda if there is one.", show_default="auto")
    ] = None,
    sample_every: Annotated[
        int | None,
        typer.Option(min=0, help="Networks: steps between two sheets of samples, 0 for none.", show_default="1000"),
    ] = None,
    checkpoint_every: Annotated[
        int | None,
        typer.Option(min=0, help="Networks: steps between two checkpoints, 0 for none.", show_default="1000"),
    ] = None,
) -> None:
    """Learn an expression from pairs of photos of the same people.

    A few dozen pairs are enough. If a photo shows several faces, the largest counts. Pairs without a face are left out and
    listed at the end.

    A network (extra "gan") is trained for --steps. Its checkpoint, losses and samples are kept in MODEL.training beside the
    model; the same command continues from that checkpoint.
    """
    _run(
        method,
        size,
        FileOptions(pairs, output, no_cache, target),
        InfoOptions(expression, training_data, licence, attribution),
        RegressorOptions(_text(registration), alpha, _text(channels), _text(prior), str(precision)),
        ClusterOptions(workers, scheduler),
        NetworkOptions(steps, batch, width, seed, _text(device), sample_every, checkpoint_every),
    )


def _text(option: StrEnum | None) -> str | None:
    return None if option is None else str(option)


def _run(
    method: str,
    size: int | None,
    files: FileOptions,
    info: InfoOptions,
    regressor: RegressorOptions,
    cluster: ClusterOptions,
    network: NetworkOptions,
) -> None:
    if len(flags_given(cluster)) > 1:
        raise typer.BadParameter("a fit has workers of its own or a scheduler, not both", param_hint="'--workers'")
    task = _prepare(method, size, files, info)
    if _is_network(method):
        _refuse_regressor_options(method, regressor, cluster)
        from pixelfes.cli.fit.network import fit_with_network

        fit_with_network(task, network)
    else:
        _refuse(method, flags_given(network))
        from pixelfes.cli.fit.regressor import fit_with_regressor

        fit_with_regressor(task, regressor, cluster)


def _prepare(method: str, size: int | None, files: FileOptions, info: InfoOptions) -> FitTask:
    """Check the output, and read the list of pairs."""
    from pixelfes.cli.messages import print_skipped
    from pixelfes.cli.outputs import check_output_file, check_writable
    from pixelfes.expression.base import ModelInfo
    from pixelfes.expression.pair_files import expression_of, list_pairs
    from pixelfes.face.detector.landmark_cache import photo_detector

    check_output_file(files.output, files.pairs, "input")
    listing = list_pairs(files.pairs, files.target)
    print_skipped(listing.left_out)
    expression = info.expression or expression_of(files.pairs, files.target)
    check_writable(files.output.parent)
    return FitTask(
        method,
        listing.pairs,
        ModelInfo(expression, 0, info.training_data, info.licence, info.attribution),
        size,
        files.output,
        photo_detector(cached=not files.no_cache),
    )


def _refuse_regressor_options(method: str, regressor: RegressorOptions, cluster: ClusterOptions) -> None:
    """Raise a usage error if a network was given options of regressors, or of the mesh registration."""
    _refuse(method, flags_given(regressor, "alpha", "channels", "prior") + flags_given(cluster))
    if regressor.registration == "mesh" or regressor.precision == "float16":
        raise typer.BadParameter(f"{method} is trained on the grid, and stored in float32", param_hint="'--method'")


def _refuse(method: str, flags: list[str]) -> None:
    if flags:
        raise typer.BadParameter(f"{method} has no such option", param_hint=f"'{flags[0]}'")


def _is_network(method: str) -> bool:
    from pixelfes.baselines.settings import NETWORK_METHODS

    return method in NETWORK_METHODS
