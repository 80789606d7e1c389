"""Small ONNX networks, made for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper


def saved(
    path: Path, nodes: list[Any], shape: Sequence[int | str | None], constants: dict[str, Any], kind: int
) -> Path:
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("face", kind, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    return path


def linear_network(
    path: Path,
    weights: npt.ArrayLike,
    bias: npt.ArrayLike,
    shape: Sequence[int | str | None] = (1, 3, 32, 32),
    *,
    softmax: bool = False,
    kind: int = TensorProto.FLOAT,
) -> Path:
    """Write ``out = weights @ mean over the image of each channel + bias``; weights (outputs, channels)."""
    axes = [2, 3] if shape[1] in (1, 3) else [1, 2]
    nodes = [
        helper.make_node("Cast", ["face"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["numbers"], ["means"], axes=axes, keepdims=0),
        helper.make_node("Gemm", ["means", "w", "b"], ["raw" if softmax else "out"], transB=1),
    ]
    if softmax:
        nodes.append(helper.make_node("Softmax", ["raw"], ["out"], axis=1))
    constants = {"w": np.asarray(weights, np.float32), "b": np.asarray(bias, np.float32)}
    return saved(path, nodes, shape, constants, kind)


def pixels_network(path: Path, size: int = 112) -> Path:
    """Write a network whose output is the image itself, averaged to 7 x 7: a poor embedding, but one of the face."""
    nodes = [
        helper.make_node("AveragePool", ["face"], ["small"], kernel_shape=[size // 7] * 2, strides=[size // 7] * 2),
        helper.make_node("Flatten", ["small"], ["out"]),
    ]
    return saved(path, nodes, ("batch", 3, size, size), {}, TensorProto.FLOAT)
