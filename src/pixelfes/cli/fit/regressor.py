"""Regressors in ``pixelfes fit``: fitted in this process, in several, or on a cluster."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import typer

from pixelfes.cli.fit.options import ClusterOptions, FitTask, RegressorOptions
from pixelfes.cli.messages import print_error, print_skipped, printable, progress_bars, say
from pixelfes.cli.outputs import make_folder
from pixelfes.expression.base import Progress
from pixelfes.expression.model import ExpressionModel
from pixelfes.regress import PixelRegressor, regressor_by_name

if TYPE_CHECKING:
    from pixelfes.expression.base import Precision, RegistrationName


def fit_with_regressor(task: FitTask, options: RegressorOptions, cluster: ClusterOptions) -> None:
    """Fit a model with a regressor, write it, and print a summary."""
    registration = cast("RegistrationName", options.registration or "mesh")
    regressor = _new_regressor(task.method, options)
    model = ExpressionModel(registration, regressor, size=task.size, landmarks=task.landmarks)
    with _warnings_as_sentences(), progress_bars() as show:
        if cluster.workers is None and cluster.scheduler is None:
            model.fit(task.pairs, info=task.info, progress=show)
        else:
            _fit_on_cluster(model, task, cluster, show)
    make_folder(task.output.parent)
    model.save(task.output, cast("Precision", options.precision))
    _print_summary(model, task)


def _new_regressor(method: str, options: RegressorOptions) -> PixelRegressor:
    """Return the regressor of a method; unset options use the method's default, unsupported ones are usage errors."""
    kind = regressor_by_name(method)
    known = kind().get_params()
    alpha = options.alpha if options.alpha in (None, "auto") else float(options.alpha)
    prior = options.prior or ("identity" if "prior" in known else None)
    chosen: dict[str, Any] = {"alpha": alpha, "channels": options.channels, "prior": prior}
    given = {name: value for name, value in chosen.items() if value is not None}
    for name in given:
        if name not in known:
            raise typer.BadParameter(f"{method} has no such option", param_hint=f"'--{name}'")
    return kind(**given)


def _fit_on_cluster(model: ExpressionModel, task: FitTask, cluster: ClusterOptions, progress: Progress) -> None:
    from pixelfes.cluster import fit_on_cluster, open_client, shard_size_for

    with open_client(cluster.workers, cluster.scheduler) as client:
        size = shard_size_for(len(task.pairs), sum(client.nthreads().values()))
        fit_on_cluster(model, task.pairs, client, shard_size=size, info=task.info, progress=progress)


@contextmanager
def _warnings_as_sentences() -> Iterator[None]:
    with warnings.catch_warnings(record=True) as caught:
        yield
    for warning in caught:
        print_error(f"warning: {warning.message}")


def _print_summary(model: ExpressionModel, task: FitTask) -> None:
    alpha = model.describe().alpha
    figures = [
        f"{model.info_.n_pairs} of {len(task.pairs)} pairs",
        *([f"alpha {alpha:g}"] if alpha is not None else []),
        f"{model.n_parameters_} parameters",
        f"{task.output.stat().st_size} bytes",
    ]
    say(f"{', '.join(figures)}: {printable(task.output)}")
    print_skipped(model.skipped_)
