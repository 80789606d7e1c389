"""Models as ONNX files, for ONNX Runtime on phones and elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pixelfes.expression.actions.mix import Mix, presets
from pixelfes.extras import require_extra

if TYPE_CHECKING:
    from pixelfes.expression.actions.model import ActionModel
    from pixelfes.expression.base import ModelInfo
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
    said = {"expression": info.expression, "registration": model.registration, "training_data": info.training_data}
    return graph.model("pixelfes", said | _origin(info))


def onnx_action_bytes(model: ActionModel) -> bytes:
    """Return the facial actions as an ONNX file; see `pixelfes.export.onnx.actions.graph.actions_graph`.

    Its metadata have the names of the actions in order, "actions", and sizes of the actions of each preset, "presets", in JSON.

    Raises
    ------
    MissingDependencyError
        If the package onnx is not installed.
    """
    require_extra("onnx", "onnx")
    from pixelfes.export.onnx.actions.graph import actions_graph
    from pixelfes.expression.actions.action_set import shipped_actions

    actions = shipped_actions()
    by_name = {name: preset.mix.actions for name, preset in presets().items() if preset.mix.actions}
    said = {"actions": " ".join(actions.names), "presets": json.dumps(by_name), "registration": "mesh"}
    return actions_graph(actions).model("pixelfes", said | _origin(model.showing(Mix()).info_))


def _origin(info: ModelInfo) -> dict[str, str]:
    return {"licence": info.licence, "attribution": info.attribution, "package_version": info.package_version}
