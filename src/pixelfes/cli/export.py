"""``pixelfes export``: write a model as files for another runtime."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixelfes.cli.messages import printable
from pixelfes.errors import InputError

if TYPE_CHECKING:
    from pixelfes.expression.model import ExpressionModel

ExportFormatOption = StrEnum("ExportFormatOption", ["onnx", "c"])


def export(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A shipped model's name, or a model file.")],
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
            help="The file to write, replaced if it exists: NAME.onnx; or NAME.c, with NAME.h beside it.",
        ),
    ],
) -> None:
    """Write a model for another runtime: the whole synthesis after the landmarks.

    Its pictures equal those of "pixelfes apply" to one grey level.
    """
    from pixelfes.cli.outputs import check_output_file, check_writable
    from pixelfes.file_writing import write_file
    from pixelfes.loading import load_expression_model

    check_output_file(output, Path(model), "model")
    loaded = load_expression_model(model)
    contents = _WRITERS[to](loaded, output)
    check_writable(output.parent)
    for path, data in contents.items():
        write_file(path, data)
        typer.echo(f"{printable(path)}: {len(data)} bytes")


def _onnx_files(model: ExpressionModel, output: Path) -> dict[Path, bytes]:
    from pixelfes.export.onnx.writer import onnx_bytes

    return {output: onnx_bytes(model)}


def _c_files(model: ExpressionModel, output: Path) -> dict[Path, bytes]:
    from pixelfes.export.c.writer import c_files

    if output.suffix != ".c" or not re.fullmatch(r"[\w .+-]+", output.stem):
        raise InputError(f"a C source must have a plain name that ends in .c; found {output.name}")
    header = output.with_suffix(".h")
    text = c_files(model, header.name)
    return {header: text.header.encode(), output: text.source.encode()}


_WRITERS: dict[ExportFormatOption, Callable[[ExpressionModel, Path], dict[Path, bytes]]] = {
    ExportFormatOption.onnx: _onnx_files,
    ExportFormatOption.c: _c_files,
}
