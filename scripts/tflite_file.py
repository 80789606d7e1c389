"""Read a TensorFlow Lite file: its operators in order, their options, and its constant tensors as NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tflite
from flatbuffers import flexbuffers

Tensor = npt.NDArray[Any]

_DTYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
}
_KINDS = {code: name for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)}
_OPTIONS = {
    "CONV_2D": tflite.Conv2DOptions,
    "DEPTHWISE_CONV_2D": tflite.DepthwiseConv2DOptions,
    "MAX_POOL_2D": tflite.Pool2DOptions,
    "ADD": tflite.AddOptions,
    "MUL": tflite.MulOptions,
    "CONCATENATION": tflite.ConcatenationOptions,
    "RESIZE_BILINEAR": tflite.ResizeBilinearOptions,
    "DEPTH_TO_SPACE": tflite.DepthToSpaceOptions,
}


@dataclass(frozen=True)
class Operator:
    """One operator.

    Attributes
    ----------
    kind : str
        Its name: "CONV_2D", or that of a custom operator.
    inputs, outputs : tuple of int
        Numbers of tensors.
    options : dict
        A custom operator's options, or an empty dict.
    builtin : object or None
        The options of a built-in operator, from the package ``tflite``.
    """

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, Any]
    builtin: Any


class NetworkFile:
    """The network in a TensorFlow Lite file.

    Parameters
    ----------
    data : bytes
        A file of one graph.
    """

    def __init__(self, data: bytes) -> None:
        self._model = tflite.Model.GetRootAs(data, 0)
        self._graph = self._model.Subgraphs(0)
        self.inputs = tuple(int(i) for i in self._graph.InputsAsNumpy())
        self.outputs = {self._tensor(i).Name().decode(): int(i) for i in self._graph.OutputsAsNumpy()}

    def _tensor(self, number: int) -> Any:
        return self._graph.Tensors(number)

    def shape(self, number: int) -> tuple[int, ...]:
        """Return the shape of a tensor."""
        return tuple(int(n) for n in self._tensor(number).ShapeAsNumpy())

    def constant(self, number: int) -> Tensor | None:
        """Return the values of a tensor, or None if the network computes it; sparse tensors come as dense ones."""
        tensor = self._tensor(number)
        buffer = self._model.Buffers(tensor.Buffer())
        if not buffer.DataLength():
            return None
        values = np.frombuffer(buffer.DataAsNumpy().tobytes(), _DTYPES[tensor.Type()])
        sparsity = tensor.Sparsity()
        return values.reshape(self.shape(number)) if sparsity is None else _dense(values, sparsity, self.shape(number))

    def operators(self) -> list[Operator]:
        """Return the operators in the order of the file, which is one that can be run."""
        return [self._operator(self._graph.Operators(i)) for i in range(self._graph.OperatorsLength())]

    def _operator(self, operator: Any) -> Operator:
        code = self._model.OperatorCodes(operator.OpcodeIndex())
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        custom = number == tflite.BuiltinOperator.CUSTOM
        options = flexbuffers.Loads(operator.CustomOptionsAsNumpy().tobytes()) if operator.CustomOptionsLength() else {}
        return Operator(
            code.CustomCode().decode() if custom else _KINDS[number],
            tuple(int(i) for i in operator.InputsAsNumpy()),
            tuple(int(i) for i in operator.OutputsAsNumpy()),
            options,
            None if custom else _options(_KINDS[number], operator.BuiltinOptions()),
        )


def _options(kind: str, table: Any) -> Any:
    if kind not in _OPTIONS:
        return None
    options = _OPTIONS[kind]()
    options.Init(table.Bytes, table.Pos)
    return options


def _vector(kind: int, table: Any) -> npt.NDArray[np.int64]:
    """Return the numbers of one of the three vectors that a sparse dimension may have."""
    vectors = {
        tflite.SparseIndexVector.Int32Vector: tflite.Int32Vector,
        tflite.SparseIndexVector.Uint16Vector: tflite.Uint16Vector,
        tflite.SparseIndexVector.Uint8Vector: tflite.Uint8Vector,
    }
    vector = vectors[kind]()
    vector.Init(table.Bytes, table.Pos)
    return np.asarray(vector.ValuesAsNumpy(), np.int64)


def _dense(values: Tensor, sparsity: Any, shape: tuple[int, ...]) -> Tensor:
    """Unpack a tensor whose last dimension is sparse (compressed rows) and whose others are dense."""
    last = sparsity.DimMetadata(len(shape) - 1)
    segments = _vector(last.ArraySegmentsType(), last.ArraySegments())
    columns = _vector(last.ArrayIndicesType(), last.ArrayIndices())
    dense = np.zeros((len(segments) - 1, shape[-1]), values.dtype)
    dense[np.repeat(np.arange(len(segments) - 1), np.diff(segments)), columns] = values
    return dense.reshape(shape)
