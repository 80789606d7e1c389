"""The networks of ``pixelfes fit``: what their training needs beside pairs, and the bar that shows it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from pixelfes.cli.messages import complain, printable, progress_bars

if TYPE_CHECKING:
    from pixelfes.baselines.settings import Method
    from pixelfes.baselines.training import Status
    from pixelfes.expression.base import ModelInfo
    from pixelfes.expression.pairs import Pair
    from pixelfes.face.landmarks import LandmarkProvider

Device = StrEnum("Device", ["auto", "cpu", "cuda"])
DEFAULT_BATCH = 16
DEFAULT_SIZE = 128
DEFAULT_WIDTH = 64


@dataclass(frozen=True)
class NetworkOptions:
    """The options of a network's training; None where they were not given."""

    steps: int | None
    batch: int | None
    width: int | None
    seed: int | None
    device: str | None
    sample_every: int | None
    checkpoint_every: int | None

    def given(self) -> list[str]:
        """Return the names of those that were given."""
        return [f"--{name.replace('_', '-')}" for name, value in vars(self).items() if value is not None]


def is_network(method: str) -> bool:
    """Whether a method is one of the networks."""
    from pixelfes.baselines.settings import METHODS

    return method in METHODS


def fit_network(
    method: str,
    pairs: list[Pair],
    options: NetworkOptions,
    size: int | None,
    output: Path,
    info: ModelInfo,
    provider: LandmarkProvider,
) -> None:
    """Train a network, or go on with it, write it, and say in a line what came of it."""
    from pixelfes.baselines.settings import NetworkSettings, TrainingSettings
    from pixelfes.extras import require_extra

    if options.steps is None:
        raise typer.BadParameter(f"{method} needs a number of steps", param_hint="'--steps'")
    network = NetworkSettings(cast("Method", method), size or DEFAULT_SIZE, options.width or DEFAULT_WIDTH)
    training = TrainingSettings(
        options.steps,
        options.batch or DEFAULT_BATCH,
        options.seed or 0,
        options.device or "auto",
        1000 if options.sample_every is None else options.sample_every,
        1000 if options.checkpoint_every is None else options.checkpoint_every,
    )
    require_extra("gan", "torch")
    from pixelfes.baselines.model import NetworkModel

    folder = output.with_name(f"{output.stem}.training")
    model = NetworkModel(network, training, folder=folder, landmarks=provider)
    with progress_bars() as show, training_bar() as report:
        model.fit(pairs, info=info, progress=show, report=report)
    model.save(output)
    losses = model.history_[-1] if model.history_ else []
    parts = [
        f"{model.info_.n_pairs} of {len(pairs)} pairs",
        model.learnt_.budget,
        *([f"critic {losses[1]:.4g}, generator {losses[5]:.4g}, cycle {losses[7]:.4g}"] if losses else []),
        f"{model.n_parameters_} parameters",
        f"{output.stat().st_size} bytes",
    ]
    typer.echo(f"{', '.join(parts)}: {printable(output)}")
    for skipped in model.skipped_:
        complain(f"left out {skipped.name}: {skipped.reason}")


@contextmanager
def training_bar() -> Iterator[Callable[[Status], None]]:
    """Give a function that draws steps, losses and pictures a second, if standard error is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda status: None
        return
    from rich.console import Console
    from rich.live import Live
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    with Live(console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False) as live:

        def report(status: Status) -> None:
            losses = status.losses
            said = ", ".join(f"{name} {losses[name]:.3g}" for name in ("critic", "generator", "cycle"))
            line = Table.grid(padding=(0, 1))
            line.add_row(
                f"step {status.step} of {status.steps}",
                ProgressBar(status.steps, status.step, width=30),
                f"{said}, {status.pictures_per_second:.1f} images/s",
            )
            live.update(line)

        yield report
