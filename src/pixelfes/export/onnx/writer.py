"""Models as ONNX files, for ONNX Runtime on phones and elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pixelfes.extras import require_extra

if TYPE_CHECKING:
    from pixelfes.expression.model import ExpressionModel


def onnx_bytes(model: ExpressionModel) -> bytes:
    """Return a fitted model as an ONNX file: one graph, all of the synthesis after the landmarks.

    A grid model takes a registered crop, a mesh model a photo or a crop of it and its 468 landmarks; both take the
    intensity. See `pixelfes.export.onnx.grid.grid_graph` and `pixelfes.export.onnx.mesh.mesh_graph`.

    Raises
    ------
    MissingDependencyError
        If the package onnx is not installed.
    InputError
        If the model cannot be exported.
    """
    require_extra("onnx", "onnx")
    from pixelfes.export.onnx.grid import grid_graph
    from pixelfes.export.onnx.mesh import mesh_graph

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
