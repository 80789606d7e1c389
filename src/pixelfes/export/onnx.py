"""Models as ONNX files, for ONNX Runtime on phones and elsewhere."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from pixelfes.errors import MissingDependencyError

if TYPE_CHECKING:
    from pixelfes.model import ExpressionModel


def onnx_bytes(model: ExpressionModel) -> bytes:
    """Return a fitted model as an ONNX file: one graph, all of the synthesis after the landmarks.

    A grid model takes a registered crop, a mesh model a photo or a crop of it and its 468 landmarks; both take the
    intensity. See `pixelfes.export.onnx_grid.grid_graph` and `pixelfes.export.onnx_mesh.mesh_graph`.

    Raises
    ------
    MissingDependencyError
        Where the package onnx is not installed.
    InputError
        Where the model cannot be exported.
    """
    if find_spec("onnx") is None:
        raise MissingDependencyError('an export to ONNX needs the package onnx: pip install "pixelfes[onnx]"')
    from pixelfes.export.onnx_grid import grid_graph
    from pixelfes.export.onnx_mesh import mesh_graph

    learned, info = model.learned_, model.info_
    graph = grid_graph(learned) if learned.displacement is None else mesh_graph(learned)
    said = {
        "expression": info.expression,
        "registration": model.registration,
        "training_data": info.training_data,
        "licence": info.licence,
        "attribution": info.attribution,
        "package_version": info.package_version,
    }
    return graph.model("pixelfes", said)
