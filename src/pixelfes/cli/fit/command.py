"""``pixelfes fit``: learn a model from pairs of photos."""

from __future__ import annotations

from dataclasses import replace
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
from pixelfes.cli.grammar.options import DeviceOption, NoCacheOption, OverwriteOption

MethodOption = StrEnum(
    "MethodOption", ["rr", "mr", "pixel-rr", "pixel-kr", "omp", "lsrf", "stargan", "ganimation", "usgan"]
)
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


def fit(
    pairs: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS",
            help="A folder with neutral/ and another folder, smile/ for example, with photos of the same names; or a CSV "
            "file with the columns input,target[,weight], as spreadsheets write it.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="MODEL", help="The model file to write: NAME.safetensors."),
    ],
    target: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The folder beside neutral/ to learn from, if there are several.", show_default=False
        ),
    ] = None,
    refine: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help='Refine an expression that "pixelfes expressions" lists, instead of learning one; five pairs are enough.',
            show_default=False,
        ),
    ] = None,
    overwrite: OverwriteOption = False,
    method: Annotated[
        MethodOption,
        typer.Option(
            metavar="METHOD",
            help="The regressor of every pixel: rr, mr, pixel-rr, pixel-kr, omp or lsrf. Or a network to compare with: "
            "stargan, ganimation or usgan.",
        ),
    ] = MethodOption["pixel-rr"],
    registration: Annotated[
        RegistrationOption | None,
        typer.Option(
            help="How faces are brought together: mesh, by 468 landmarks; or grid, by an affine crop as in the papers.",
            show_default="mesh, and grid for networks",
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=16,
            max=1024,
            metavar="PIXELS",
            help="Side of the model's maps; larger maps hold finer detail.",
            show_default="112 for mesh, 128 for grid",
        ),
    ] = None,
    alpha: Annotated[
        str | None,
        typer.Option(
            callback=_alpha,
            metavar="NUMBER|auto",
            help="The penalty on weights, 0 or more; auto takes the one of least leave-one-out error.",
            show_default="auto",
        ),
    ] = None,
    channels: Annotated[
        ChannelsOption | None,
        typer.Option(help="One map for all colour channels, or a separate one for each.", show_default="shared"),
    ] = None,
    prior: Annotated[
        PriorOption | None,
        typer.Option(
            help="What the penalty pulls to: zero, as in the papers; or identity, an unchanged photo.",
            show_default="identity",
        ),
    ] = None,
    expression: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What the model calls its expression; outputs are named after it.",
            show_default="the name of the folder or CSV file",
        ),
    ] = None,
    training_data: Annotated[
        str,
        typer.Option(metavar="TEXT", help='Where the photos are from; stored in the model, shown by "pixelfes info".'),
    ] = "",
    licence: Annotated[str, typer.Option(metavar="TEXT", help="The licence of the model; stored in it.")] = "",
    attribution: Annotated[
        str, typer.Option(metavar="TEXT", help="Whom to credit for photos and model; stored in it.")
    ] = "",
    precision: Annotated[
        PrecisionOption,
        typer.Option(
            help="Of stored numbers; float16 halves the file, and changes pictures by less than one grey level."
        ),
    ] = PrecisionOption.float32,
    no_cache: NoCacheOption = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help='Fit on N processes of this machine; needs the extra "cluster".',
            show_default=False,
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help='Fit on the Dask cluster at tcp://HOST:PORT; needs the extra "cluster".',
            show_default=False,
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Networks: updates of the critic; the generator gets one for every five.",
            show_default=False,
        ),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Networks: pictures per step.", show_default="16")
    ] = None,
    width: Annotated[
        int | None,
        typer.Option(
            min=4,
            max=256,
            metavar="N",
            help="Networks: channels of the first layer; 64 is as published.",
            show_default="64",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Networks: the seed of all random draws.", show_default="0")
    ] = None,
    device: Annotated[
        DeviceOption | None,
        typer.Option(help="Networks: where they are trained; auto takes cuda if there is one.", show_default="auto"),
    ] = None,
    sample_every: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Networks: steps between two sheets of samples, 0 for none.", show_default="1000"
        ),
    ] = None,
    checkpoint_every: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Networks: steps between two checkpoints, 0 for none.", show_default="1000"
        ),
    ] = None,
) -> None:
    """Learn an expression from pairs of photos of the same people.

    A few dozen pairs are enough. If a photo shows several faces, the largest counts. Pairs without a face are left out and
    listed at the end.

    With --refine, an expression by name becomes more like that of the pairs: five pairs count as much as what it was.

    A network (extra "gan") is trained for --steps. Its checkpoint, losses and samples are kept in MODEL.training beside the
    model; the same command continues from that checkpoint.

    Examples
    --------
    pixelfes fit friends/ -o surprise.safetensors    # neutral/, surprise/
    pixelfes fit friends/ --target frown -o frown.safetensors
    pixelfes fit friends/ --refine angry -o our-anger.safetensors
    pixelfes fit pairs.csv -o mine.safetensors --method pixel-kr --workers 4
    pixelfes fit faces -o gan.safetensors --method stargan --steps 20000
    """
    files = FileOptions(pairs, output, no_cache, target, overwrite)
    info = InfoOptions(expression, training_data, licence, attribution)
    regressor = RegressorOptions(_text(registration), alpha, _text(channels), _text(prior), str(precision))
    cluster = ClusterOptions(workers, scheduler)
    network = NetworkOptions(steps, batch, width, seed, _text(device), sample_every, checkpoint_every)
    if refine is None:
        _run(str(method), size, files, info, regressor, cluster, network)
    else:
        names = ("registration", "alpha", "channels", "prior")
        flags = (
            flags_given(regressor, *names)
            + flags_given(cluster)
            + flags_given(network)
            + ["--size"] * (size is not None)
        )
        _refuse("a refinement", flags)
        _refine(refine, files, info, str(precision))


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


def _refine(names: str, files: FileOptions, info: InfoOptions, precision: str) -> None:
    from pixelfes.cli.fit.refinement import check_expression, fit_refinement

    mix = check_expression(names)
    fit_refinement(
        _prepare("refine", None, files, replace(info, expression=info.expression or mix.label)), mix, precision
    )


def _prepare(method: str, size: int | None, files: FileOptions, info: InfoOptions) -> FitTask:
    """Check the output, and read the list of pairs."""
    from pixelfes.cli.messages import note, print_skipped
    from pixelfes.cli.outputs import check_output_file, check_replaceable, check_writable
    from pixelfes.expression.base import ModelInfo
    from pixelfes.expression.pair_files import expression_of, list_pairs
    from pixelfes.face.detector.landmark_cache import photo_detector

    check_output_file(files.output, files.pairs, "input")
    check_replaceable(files.output, files.overwrite)
    listing = list_pairs(files.pairs, files.target)
    print_skipped(listing.left_out)
    expression = info.expression or expression_of(files.pairs, files.target)
    check_writable(files.output.parent)
    note(f"{files.pairs}: {len(listing.pairs)} pairs, expression {expression}, method {method}")
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
