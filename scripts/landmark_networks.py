"""Write the networks of TensorFlow Lite files as ONNX graphs of standard operators.

Convention: a picture (1, height, width, channels) of the source is (1, channels, height, width) in the graph; tensors of
other ranks keep their order of axes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tflite import ActivationFunctionType, Padding

from pixelfes.export.onnx.graph import Graph, Value
from tflite_file import NetworkFile, Operator, Tensor

_NO_PADDING = (0, 0, 0, 0)  # top, left, bottom, right


class NetworkGraph:
    """The ONNX graph of a network.

    Parameters
    ----------
    file : NetworkFile
    picture : Value
        The network's input, (1, 3, H, W) float32.

    Raises
    ------
    KeyError
        If the network has an operator that is not known here.
    """

    def __init__(self, file: NetworkFile, picture: Value) -> None:
        self._file = file
        self._graph = picture.graph
        self._values: dict[int, Value] = {file.inputs[0]: picture}
        self._constants: dict[int, Tensor] = {}
        self._padded: dict[int, tuple[int, tuple[int, int, int, int]]] = {}
        self.transforms: list[Operator] = []
        for operator in file.operators():
            _WRITERS[operator.kind](self, operator)

    def output(self, name: str) -> Value:
        """Return an output of the network by the name in its file."""
        return self._values[self._file.outputs[name]]

    def _constant(self, number: int) -> Tensor:
        if number in self._constants:
            return self._constants[number]
        values = self._file.constant(number)
        if values is None:
            raise ValueError(f"tensor {number} is not a constant")
        return values

    def _value(self, number: int) -> Value:
        return self._values[number] if number in self._values else self._graph.value(self._constant(number))

    def _put(self, operator: Operator, value: Value) -> None:
        self._values[operator.outputs[0]] = value

    def _activated(self, operator: Operator, value: Value) -> None:
        """Store a value after the activation that is fused into its operator."""
        activation = operator.builtin.FusedActivationFunction()
        if activation not in (ActivationFunctionType.NONE, ActivationFunctionType.RELU):
            raise ValueError(f"{operator.kind} has an unknown activation: {activation}")
        self._put(operator, self._graph.op("Relu", value) if activation == ActivationFunctionType.RELU else value)

    def _unpack(self, operator: Operator) -> None:
        """Widen half-precision weights, or unpack sparse ones: both are constants."""
        values = self._constant(operator.inputs[0])
        self._constants[operator.outputs[0]] = values.astype(np.float32)

    def _convolution(self, operator: Operator) -> None:
        """Write a convolution, with the padding of the operator before it."""
        source, weights, bias = operator.inputs
        source, padding = self._padded.get(source, (source, _NO_PADDING))
        depthwise = operator.kind == "DEPTHWISE_CONV_2D"
        kernel = self._constant(weights).transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2))
        if depthwise:
            kernel = kernel.reshape(kernel.shape[0], 1, *kernel.shape[2:])
        options = operator.builtin
        strides = (options.StrideH(), options.StrideW())
        if options.Padding() == Padding.SAME:
            padding = _same_padding(self._file.shape(operator.inputs[0])[1:3], kernel.shape[2:], strides)
        value = self._graph.op(
            "Conv",
            self._value(source),
            np.ascontiguousarray(kernel),
            self._constant(bias),
            strides=list(strides),
            pads=list(padding),
            group=kernel.shape[0] if depthwise else 1,
        )
        self._activated(operator, value)

    def _pad(self, operator: Operator) -> None:
        """Write a padding of channels; keep a padding of sides for the convolution after it."""
        amounts = self._constant(operator.inputs[1])
        (top, bottom), (left, right), (_, channels) = amounts[1:].tolist()
        if channels:
            pads = np.array([0, 0, 0, 0, 0, channels, 0, 0], np.int64)
            self._put(operator, self._graph.op("Pad", self._value(operator.inputs[0]), pads))
        else:
            self._padded[operator.outputs[0]] = (operator.inputs[0], (top, left, bottom, right))

    def _pool(self, operator: Operator) -> None:
        options = operator.builtin
        size, strides = (options.FilterHeight(), options.FilterWidth()), (options.StrideH(), options.StrideW())
        pool = self._graph.op(
            "MaxPool", self._value(operator.inputs[0]), kernel_shape=list(size), strides=list(strides)
        )
        self._put(operator, pool)

    def _add(self, operator: Operator) -> None:
        first, second = (self._value(number) for number in operator.inputs)
        self._activated(operator, first + second)

    def _multiply(self, operator: Operator) -> None:
        first, second = (self._value(number) for number in operator.inputs)
        self._activated(operator, first * second)

    def _relu(self, operator: Operator) -> None:
        self._put(operator, self._graph.op("Relu", self._value(operator.inputs[0])))

    def _prelu(self, operator: Operator) -> None:
        """Write ``slope x + (1 - slope) max(x, 0)``: ONNX Runtime's own PRelu takes longer than all convolutions together."""
        slope = self._constant(operator.inputs[1]).reshape(-1, 1, 1)
        value = self._value(operator.inputs[0])
        self._put(operator, value * slope + self._graph.op("Relu", value) * (1 - slope))

    def _reshape(self, operator: Operator) -> None:
        source, target = operator.inputs[0], self._file.shape(operator.outputs[0])
        value = self._value(source)
        if len(self._file.shape(source)) == 4:
            value = value.turned(0, 2, 3, 1)
        value = value.shaped(*target)
        self._put(operator, value.turned(0, 3, 1, 2) if len(target) == 4 else value)

    def _concatenate(self, operator: Operator) -> None:
        values = [self._value(number) for number in operator.inputs]
        self._put(operator, self._graph.joined(*values, axis=operator.builtin.Axis()))

    def _enlarge(self, operator: Operator) -> None:
        """Write a bilinear enlargement whose pixel centres lie between whole numbers."""
        value = self._value(operator.inputs[0])
        sizes = np.array(self._file.shape(operator.outputs[0]), np.int64)[[0, 3, 1, 2]]
        empty = np.zeros(0, np.float32)
        self._put(operator, self._graph.op("Resize", value, empty, empty, sizes, mode="linear"))

    def _depth_to_space(self, operator: Operator) -> None:
        value = self._value(operator.inputs[0])
        self._put(operator, self._graph.op("DepthToSpace", value, blocksize=operator.builtin.BlockSize(), mode="DCR"))

    def _same(self, operator: Operator) -> None:
        """Write nothing for a slice that keeps everything."""
        if self._file.shape(operator.inputs[0]) != self._file.shape(operator.outputs[0]):
            raise ValueError(f"{operator.kind} does not keep everything")
        self._put(operator, self._value(operator.inputs[0]))

    def _transform_matrix(self, operator: Operator) -> None:
        self.transforms.append(operator)
        self._put(operator, _transform_matrix(self._graph, self._value(operator.inputs[0]), operator.options))

    def _transform_picture(self, operator: Operator) -> None:
        picture, matrix = (self._value(number) for number in operator.inputs)
        height, width = self._file.shape(operator.inputs[0])[1:3]
        size = operator.options["output_height"], operator.options["output_width"]
        self._put(operator, _transformed(self._graph, picture, matrix, (height, width), size))

    def _transform_points(self, operator: Operator) -> None:
        """Move points (1, K, 2) by a matrix (4, 4)."""
        points, matrix = (self._value(number) for number in operator.inputs)
        self._put(operator, _moved(points, matrix))


_WRITERS: dict[str, Callable[[NetworkGraph, Operator], None]] = {
    "DEQUANTIZE": NetworkGraph._unpack,
    "DENSIFY": NetworkGraph._unpack,
    "CONV_2D": NetworkGraph._convolution,
    "DEPTHWISE_CONV_2D": NetworkGraph._convolution,
    "PAD": NetworkGraph._pad,
    "MAX_POOL_2D": NetworkGraph._pool,
    "ADD": NetworkGraph._add,
    "MUL": NetworkGraph._multiply,
    "RELU": NetworkGraph._relu,
    "PRELU": NetworkGraph._prelu,
    "RESHAPE": NetworkGraph._reshape,
    "CONCATENATION": NetworkGraph._concatenate,
    "RESIZE_BILINEAR": NetworkGraph._enlarge,
    "DEPTH_TO_SPACE": NetworkGraph._depth_to_space,
    "STRIDED_SLICE": NetworkGraph._same,
    "Landmarks2TransformMatrix": NetworkGraph._transform_matrix,
    "TransformTensorBilinear": NetworkGraph._transform_picture,
    "TransformLandmarks": NetworkGraph._transform_points,
}


def _same_padding(
    sides: tuple[int, ...], kernel: tuple[int, ...], strides: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Return the padding (top, left, bottom, right) that keeps sides; an odd pixel goes to the end."""
    amounts = []
    for side, size, stride in zip(sides, kernel, strides, strict=True):
        total = max(0, (-(-side // stride) - 1) * stride + size - side)
        amounts.append((total // 2, total - total // 2))
    (top, bottom), (left, right) = amounts
    return top, left, bottom, right


def _transform_matrix(graph: Graph, points: Value, options: dict[str, Any]) -> Value:
    """Return the matrix (4, 4) from the pixels of a small picture to the place where it is cut out.

    The picture is cut out around some of the points (1, 468, 3), upright along the line between two of them.
    """
    flat = points.shaped(468, 3).part(0, 2, 1)
    line = flat.take(options["right_rotation_idx"]) - flat.take(options["left_rotation_idx"])
    direction = line / graph.op("Sqrt", (line * line).sum(0, keep=True))
    cos, sin = direction.part(0, 1), direction.part(1, 2)
    upright = graph.joined(cos, -sin, sin, cos).shaped(2, 2)  # row vectors: x cos + y sin, y cos - x sin
    subset = flat.take(np.array(options["subset_idxs"], np.int64)) @ upright
    low, high = subset.min(0), subset.max(0)
    centre = upright @ ((low + high) * 0.5)
    size = np.array([options["output_width"], options["output_height"]], np.float32)
    scale = (high - low) * (np.array([options["scale_x"], options["scale_y"]], np.float32) / size)
    linear = upright * scale  # columns of the rotation, scaled
    offset = centre - linear @ (size / 2)
    return graph.joined(
        graph.joined(linear, np.zeros((2, 1), np.float32), offset.shaped(2, 1), axis=1),
        np.eye(4, dtype=np.float32)[2:],
    )


def _transformed(graph: Graph, picture: Value, matrix: Value, sides: tuple[int, int], size: tuple[int, int]) -> Value:
    """Cut a picture of this size (height, width) out of another one (1, C, H, W), bilinear; 0 outside."""
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    centres = np.stack([columns, rows], axis=-1).reshape(-1, 2).astype(np.float32)
    source = _moved(graph.value(centres), matrix) - 0.5
    last = np.array([sides[1] - 1, sides[0] - 1], np.float32)
    inside = (source >= 0.0).to(np.float32) * (source <= graph.value(last)).to(np.float32)
    grid = (source * (2 / last) - 1.0).shaped(1, *size, 2)
    sampled = graph.op("GridSample", picture, grid, mode="bilinear", padding_mode="zeros", align_corners=1)
    both = inside.take(0, 1) * inside.take(1, 1)
    return sampled * both.shaped(1, 1, *size)


def _moved(points: Value, matrix: Value) -> Value:
    """Move points (..., 2) by a matrix of 4 x 4 numbers."""
    rows = matrix.shaped(4, 4).part(0, 2)
    x, y = points.part(0, 1, -1), points.part(1, 2, -1)
    return x * rows.take(0, 1) + y * rows.take(1, 1) + rows.take(3, 1)
