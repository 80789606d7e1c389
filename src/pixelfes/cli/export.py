"""``pixelfes export``: write a model as files for another runtime."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixelfes.cli.grammar.options import ModelArgument, ModelOption, OverwriteOption, chosen_model
from pixelfes.cli.messages import note, printable, say
from pixelfes.errors import InputError

if TYPE_CHECKING:
    from pixelfes.export.c.writer import CFiles
    from pixelfes.expression.actions.model import ActionModel
    from pixelfes.expression.model import ExpressionModel

ExportFormatOption = StrEnum("ExportFormatOption", ["onnx", "c"])


def export(
    to: Annotated[
        ExportFormatOption,
        typer.Option(help="onnx: one graph for ONNX Runtime. c: a C99 source and header for a microcontroller."),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="The file to write: NAME.onnx; or NAME.c, with NAME.h beside it.",
        ),
    ],
    argument: ModelArgument = None,
    model: ModelOption = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Write a model as a graph for ONNX Runtime, or as C.

    The files hold the whole synthesis after the landmarks. Their pictures equal those of "pixelfes apply" to one grey level.
    The model "expressions" becomes one program that takes the size of every facial action, and a gaze. In C, each action is
    behind a macro: what a program does not use takes no memory. ONNX needs the extra "onnx".

    Examples
    --------
    pixelfes export --to onnx -o smile.onnx
    pixelfes export --to c -o smile.c                  # and smile.h
    pixelfes export -m surprise.safetensors --to onnx -o surprise.onnx
    pixelfes export -m expressions --to onnx -o expressions.onnx
    pixelfes export -m expressions --to c -o expressions.c
    """
    from pixelfes.cli.outputs import check_output_file, check_replaceable, check_writable
    from pixelfes.file_writing import write_file

    name = chosen_model(argument, model)
    check_output_file(output, Path(name), "model")
    contents = _contents(name, to, output)
    for path in contents:
        check_replaceable(path, overwrite)
    check_writable(output.parent)
    for path, data in contents.items():
        write_file(path, data)
        say(f"{printable(path)}: {len(data)} bytes")


def _contents(name: str, to: ExportFormatOption, output: Path) -> dict[Path, bytes]:
    """Return the files of a model by their paths."""
    from pixelfes.loading import is_every_expression, load, load_expression_model

    if is_every_expression(name):
        return _ACTION_WRITERS[to](load("expressions"), output)
    loaded = load_expression_model(name)
    note(f"{name}: {loaded.describe().registration}, {loaded.n_parameters_} parameters")
    return _WRITERS[to](loaded, output)


def _onnx_action_files(model: ActionModel, output: Path) -> dict[Path, bytes]:
    from pixelfes.export.onnx.writer import onnx_action_bytes

    return {output: onnx_action_bytes(model)}


def _onnx_files(model: ExpressionModel, output: Path) -> dict[Path, bytes]:
    from pixelfes.export.onnx.writer import onnx_bytes

    return {output: onnx_bytes(model)}


def _c_files(model: ExpressionModel, output: Path) -> dict[Path, bytes]:
    from pixelfes.export.c.writer import c_files

    return _source_and_header(lambda header: c_files(model, header), output)


def _c_action_files(model: ActionModel, output: Path) -> dict[Path, bytes]:
    from pixelfes.export.c.writer import c_action_files

    return _source_and_header(lambda header: c_action_files(model, header), output)


def _source_and_header(made: Callable[[str], CFiles], output: Path) -> dict[Path, bytes]:
    if output.suffix != ".c" or not re.fullmatch(r"[\w .+-]+", output.stem):
        raise InputError(f"a C source must have a plain name that ends in .c; found {output.name}")
    header = output.with_suffix(".h")
    text = made(header.name)
    return {header: text.header.encode(), output: text.source.encode()}


_WRITERS: dict[ExportFormatOption, Callable[[ExpressionModel, Path], dict[Path, bytes]]] = {
    ExportFormatOption.onnx: _onnx_files,
    ExportFormatOption.c: _c_files,
}
_ACTION_WRITERS: dict[ExportFormatOption, Callable[[ActionModel, Path], dict[Path, bytes]]] = {
    ExportFormatOption.onnx: _onnx_action_files,
    ExportFormatOption.c: _c_action_files,
}
