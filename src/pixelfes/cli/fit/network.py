"""Networks in ``pixelfes fit``: their settings, and the line that shows their training."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import typer

from pixelfes.baselines.settings import NetworkSettings, TrainingSettings
from pixelfes.cli.fit.options import FitTask, NetworkOptions
from pixelfes.cli.messages import print_skipped, printable, progress_bars, say
from pixelfes.cli.outputs import make_folder
from pixelfes.extras import require_extra

if TYPE_CHECKING:
    from pixelfes.baselines.model import NetworkModel
    from pixelfes.baselines.settings import NetworkMethod
    from pixelfes.baselines.training import TrainingStatus

DEFAULT_BATCH = 16
DEFAULT_NETWORK_SIZE = 128
DEFAULT_WIDTH = 64
DEFAULT_INTERVAL = 1000


def fit_with_network(task: FitTask, options: NetworkOptions) -> None:
    """Train a network, from its checkpoint if there is one, write it, and print a summary."""
    network, training = _settings(task, options)
    require_extra("gan", "torch")
    from pixelfes.baselines.model import NetworkModel

    make_folder(task.output.parent)
    folder = task.output.with_name(f"{task.output.stem}.training")
    model = NetworkModel(network, training, folder=folder, landmarks=task.landmarks)
    with progress_bars() as show, _training_line() as report:
        model.fit(task.pairs, info=task.info, progress=show, report=report)
    model.save(task.output)
    _print_summary(model, task)


def _settings(task: FitTask, options: NetworkOptions) -> tuple[NetworkSettings, TrainingSettings]:
    if options.steps is None:
        raise typer.BadParameter(f"{task.method} needs a number of steps", param_hint="'--steps'")
    network = NetworkSettings(
        cast("NetworkMethod", task.method), task.size or DEFAULT_NETWORK_SIZE, options.width or DEFAULT_WIDTH
    )
    training = TrainingSettings(
        options.steps,
        options.batch or DEFAULT_BATCH,
        options.seed or 0,
        options.device or "auto",
        DEFAULT_INTERVAL if options.sample_every is None else options.sample_every,
        DEFAULT_INTERVAL if options.checkpoint_every is None else options.checkpoint_every,
    )
    return network, training


def _print_summary(model: NetworkModel, task: FitTask) -> None:
    from pixelfes.baselines.training import HISTORY_COLUMNS

    figures = [
        f"{model.info_.n_pairs} of {len(task.pairs)} pairs",
        model.learnt_.budget,
        *[_losses(dict(zip(HISTORY_COLUMNS, row, strict=True)), "{} {:.4g}") for row in model.history_[-1:]],
        f"{model.n_parameters_} parameters",
        f"{task.output.stat().st_size} bytes",
    ]
    say(f"{', '.join(figures)}: {printable(task.output)}")
    print_skipped(model.skipped_)


def _losses(losses: Mapping[str, float], form: str) -> str:
    return ", ".join(form.format(name, losses[name]) for name in ("critic", "generator", "cycle"))


@contextmanager
def _training_line() -> Iterator[Callable[[TrainingStatus], None]]:
    """Give a function that draws steps, losses and pictures per second, if standard error is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda status: None
        return
    from rich.console import Console
    from rich.live import Live
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    with Live(console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False) as live:

        def report(status: TrainingStatus) -> None:
            losses = _losses(status.losses, "{} {:.3g}")
            line = Table.grid(padding=(0, 1))
            line.add_row(
                f"step {status.step} of {status.steps}",
                ProgressBar(status.steps, status.step, width=30),
                f"{losses}, {status.pictures_per_second:.1f} images/s",
            )
            live.update(line)

        yield report
