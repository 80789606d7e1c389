"""``pixelfes info``: describe a model."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixelfes.cli.grammar.options import ModelArgument, ModelOption, chosen_model
from pixelfes.cli.messages import note, printable

if TYPE_CHECKING:
    from pixelfes.expression.base import Model


def info(
    argument: ModelArgument = None,
    model: ModelOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the same as a JSON object.")] = False,
) -> None:
    """Describe a model and the data it was learnt from.

    Examples
    --------
    pixelfes info                            # the shipped smile
    pixelfes info surprise.safetensors
    pixelfes info --model surprise.safetensors --json
    """
    name = chosen_model(argument, model)
    facts = _facts(name)
    note(f"{name} is a valid model")
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
    elif sys.stdout is not None and sys.stdout.isatty():
        _print_table(_as_text(facts))
    else:
        width = max(map(len, facts)) + 2
        for name, value in _as_text(facts).items():
            typer.echo(f"{name:{width}}{value}".rstrip())


def _facts(model: str) -> dict[str, Any]:
    from pixelfes.loading import EXPRESSIONS, file_size, load_model

    loaded = _every_expression() if model == EXPRESSIONS and not Path(model).exists() else load_model(model)
    description = loaded.describe()
    stored = loaded.info_
    return {
        "expression": stored.expression,
        "parameters": loaded.n_parameters_,
        "bytes": file_size(model),
        "registration": description.registration,
        "size": description.size,
        "method": description.method,
        "method_parameters": description.parameters,
        "alpha_in_use": description.alpha,
        "training_pairs": stored.n_pairs,
        "training_data": stored.training_data,
        "licence": stored.licence,
        "attribution": stored.attribution,
        "package_version": stored.package_version,
    }


def _every_expression() -> Model:
    """Return the model that shows every facial action at once."""
    from pixelfes.expression.actions.action_set import shipped_actions
    from pixelfes.expression.actions.mix import Mix
    from pixelfes.expression.actions.model import ActionModel

    return ActionModel().showing(Mix(dict.fromkeys(shipped_actions().names, 1.0), label="expressions"))


def _as_text(facts: dict[str, Any]) -> dict[str, str]:
    parameters = ", ".join(f"{name}={value}" for name, value in facts["method_parameters"].items())
    texts = facts | {"method_parameters": parameters}
    return {name.replace("_", " "): printable(value) for name, value in texts.items()}


def _print_table(texts: dict[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in texts.items():
        table.add_row(Text(name, style="bold"), Text(value))  # texts of a file are not markup
    Console().print(table)
