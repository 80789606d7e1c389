"""``pixelfes fit --refine``: an expression by name becomes more like that of a few pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import typer

from pixelfes.cli.fit.options import FitTask
from pixelfes.cli.messages import print_skipped, printable, progress_bars, say
from pixelfes.cli.outputs import make_folder
from pixelfes.errors import InputError

if TYPE_CHECKING:
    from pixelfes.expression.actions.mix import Mix
    from pixelfes.expression.base import Precision


def check_expression(names: str) -> Mix:
    """Return the mix of a text.

    Raises
    ------
    typer.BadParameter
        If a name is wrong, or the mix holds the learned smile.
    """
    from pixelfes.expression.actions.mix import parse_mix

    try:
        mix = parse_mix(names)
        if mix.base:
            raise InputError("the learned smile is not refined: fit a model of its own from your pairs")
    except InputError as error:
        raise typer.BadParameter(str(error), param_hint="'--refine'") from error
    return mix


def fit_refinement(task: FitTask, mix: Mix, precision: str) -> None:
    """Refine a mix by the pairs of a task, write it, and print a summary."""
    from pixelfes.expression.actions.model import ActionModel

    model = ActionModel(landmarks=task.landmarks).showing(mix)
    with progress_bars() as show:
        model.fit(task.pairs, info=task.info, progress=show)
    make_folder(task.output.parent)
    model.save(task.output, cast("Precision", precision))
    size = task.output.stat().st_size
    say(f"{model.info_.n_pairs} of {len(task.pairs)} pairs, {size} bytes: {printable(task.output)}")
    print_skipped(model.skipped_)
