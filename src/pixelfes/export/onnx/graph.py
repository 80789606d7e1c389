"""Write an ONNX graph like NumPy: values with operators, constants inline.

A `Value` is the output of a node; ``a + 2.0 * b`` adds the nodes for it. Every value knows its element type, which ONNX never
converts by itself: a Python number beside a value becomes a constant of the value's own type.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.errors import InputError
from pixelfes.export.onnx.element_types import element_type, smallest

Constant: TypeAlias = npt.NDArray[Any] | int | float | bool
Operand: TypeAlias = "Value | Constant"

OPSET = 18
"""The operators' version: the first with the maximum of scattered values."""
IR_VERSION = 8
"""The file format's version that belongs to this opset; every ONNX Runtime from 1.14 on reads it."""


class Value:
    """The output of a node, or a constant or an input, in one `Graph`."""

    def __init__(self, graph: Graph, name: str, dtype: npt.DTypeLike) -> None:
        self.graph, self.name, self.dtype = graph, name, np.dtype(dtype)

    def _with(self, kind: str, other: Operand, swapped: bool = False, dtype: npt.DTypeLike | None = None) -> Value:
        right = self.graph.value(other, self.dtype)
        inputs = (right, self) if swapped else (self, right)
        return self.graph.op(kind, *inputs, dtype=dtype or self.dtype)

    def __add__(self, other: Operand) -> Value:
        return self._with("Add", other)

    def __radd__(self, other: Operand) -> Value:
        return self._with("Add", other, swapped=True)

    def __sub__(self, other: Operand) -> Value:
        return self._with("Sub", other)

    def __rsub__(self, other: Operand) -> Value:
        return self._with("Sub", other, swapped=True)

    def __mul__(self, other: Operand) -> Value:
        return self._with("Mul", other)

    def __rmul__(self, other: Operand) -> Value:
        return self._with("Mul", other, swapped=True)

    def __truediv__(self, other: Operand) -> Value:
        """Divide; whole numbers are cut towards 0."""
        return self._with("Div", other)

    def __rtruediv__(self, other: Operand) -> Value:
        return self._with("Div", other, swapped=True)

    def __matmul__(self, other: Operand) -> Value:
        return self._with("MatMul", other)

    def __neg__(self) -> Value:
        return self.graph.op("Neg", self)

    def __lt__(self, other: Value | float) -> Value:
        return self._with("Less", other, dtype=np.bool_)

    def __le__(self, other: Value | float) -> Value:
        return self._with("LessOrEqual", other, dtype=np.bool_)

    def __gt__(self, other: Value | float) -> Value:
        return self._with("Greater", other, dtype=np.bool_)

    def __ge__(self, other: Value | float) -> Value:
        return self._with("GreaterOrEqual", other, dtype=np.bool_)

    def __and__(self, other: Operand) -> Value:
        return self._with("And", other, dtype=np.bool_)

    def __or__(self, other: Operand) -> Value:
        return self._with("Or", other, dtype=np.bool_)

    def __invert__(self) -> Value:
        return self.graph.op("Not", self)

    def equals(self, other: Operand) -> Value:
        """Compare element by element."""
        return self._with("Equal", other, dtype=np.bool_)

    def least(self, other: Operand) -> Value:
        """Return the smaller of two, element by element."""
        return self._with("Min", other)

    def greatest(self, other: Operand) -> Value:
        """Return the greater of two, element by element."""
        return self._with("Max", other)

    def within(self, low: Operand, high: Operand) -> Value:
        """Hold values within two bounds."""
        return self.greatest(low).least(high)

    def absolute(self) -> Value:
        """Return the distance from 0."""
        return self.graph.op("Abs", self)

    def rounded(self) -> Value:
        """Round to the nearest whole number, halves to even as NumPy does; the type stays."""
        return self.graph.op("Round", self)

    def floored(self) -> Value:
        """Round down."""
        return self.graph.op("Floor", self)

    def to(self, dtype: npt.DTypeLike) -> Value:
        """Convert; fractions are cut towards 0."""
        kind = np.dtype(dtype)
        return self if kind == self.dtype else self.graph.op("Cast", self, dtype=kind, to=element_type(kind))

    def take(self, indices: Operand, axis: int = 0) -> Value:
        """Gather entries along an axis; a plain number takes the axis away."""
        return self.graph.op("Gather", self, self.graph.value(indices, np.int64), dtype=self.dtype, axis=axis)

    def part(self, start: Operand, stop: Operand, axis: int = 0, step: int = 1) -> Value:
        """Cut a stretch out along an axis; ``stop`` may be `END`."""
        ends = [self.graph.row(end) for end in (start, stop)]
        axes, steps = (np.array([number], np.int64) for number in (axis, step))
        return self.graph.op("Slice", self, *ends, axes, steps)

    def shaped(self, *sides: Operand) -> Value:
        """Reshape; -1 is what is left."""
        return self.graph.op("Reshape", self, self.graph.shape(sides))

    def wider(self, *axes: int) -> Value:
        """Insert axes of length 1."""
        return self.graph.op("Unsqueeze", self, np.array(axes, np.int64))

    def turned(self, *axes: int) -> Value:
        """Transpose."""
        return self.graph.op("Transpose", self, perm=list(axes))

    def _reduced(self, kind: str, axes: Sequence[int], keep: bool) -> Value:
        return self.graph.op(kind, self, np.array(axes, np.int64), keepdims=int(keep))

    def sum(self, *axes: int, keep: bool = False) -> Value:
        """Sum over axes."""
        return self._reduced("ReduceSum", axes, keep)

    def max(self, *axes: int, keep: bool = False) -> Value:
        """Return the greatest over axes."""
        return self._reduced("ReduceMax", axes, keep)

    def min(self, *axes: int, keep: bool = False) -> Value:
        """Return the smallest over axes."""
        return self._reduced("ReduceMin", axes, keep)

    def side(self, axis: int) -> Value:
        """Return the length of an axis, a whole number."""
        return self.graph.op("Shape", self, dtype=np.int64).take(axis)


END = np.iinfo(np.int64).max
"""The end of an axis, for `Value.part`."""


class Graph:
    """A graph in the making."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._values: dict[tuple[str, ...], list[Value]] = {}
        self._constants: dict[tuple[bytes, str, tuple[int, ...]], Value] = {}
        self._initializers: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def op(self, kind: str, *inputs: Operand, dtype: npt.DTypeLike | None = None, **attributes: Any) -> Value:
        """Add a node of one output, which has the element type of the first input if nothing else is said."""
        return self.ops(kind, *inputs, dtypes=(dtype,), **attributes)[0]

    def ops(
        self, kind: str, *inputs: Operand, dtypes: Sequence[npt.DTypeLike | None], **attributes: Any
    ) -> list[Value]:
        """Add a node of several outputs; one that is there already is not added again."""
        values = [self.value(operand) for operand in inputs]
        known = (kind, *(value.name for value in values), *map(str, sorted(attributes.items())), *map(str, dtypes))
        if known not in self._values:
            self._values[known] = self._added(kind, values, dtypes, attributes)
        return self._values[known]

    def _added(
        self, kind: str, values: Sequence[Value], dtypes: Sequence[npt.DTypeLike | None], attributes: dict[str, Any]
    ) -> list[Value]:
        from onnx import helper

        first = values[0].dtype if values else np.dtype(np.float32)
        number = len(self._nodes)
        names = [f"{number}" if index == 0 else f"{number}.{index}" for index in range(len(dtypes))]
        self._nodes.append(helper.make_node(kind, [value.name for value in values], names, **attributes))
        return [Value(self, name, dtype or first) for name, dtype in zip(names, dtypes, strict=True)]

    def value(self, operand: Operand, dtype: npt.DTypeLike | None = None) -> Value:
        """Return an operand as a value: a constant, of this element type if it is a plain number, where it is none yet."""
        if isinstance(operand, Value):
            return operand
        array = np.ascontiguousarray(operand) if isinstance(operand, np.ndarray) else np.asarray(operand, dtype)
        array = array.reshape(np.shape(operand))
        key = (array.tobytes(), array.dtype.str, array.shape)
        if key not in self._constants:
            self._constants[key] = self._stored(array)
        return self._constants[key]

    def _stored(self, array: npt.NDArray[Any]) -> Value:
        from onnx import numpy_helper

        small = smallest(array)
        name = f"c{len(self._initializers)}"
        self._initializers.append(numpy_helper.from_array(small, name))
        return Value(self, name, small.dtype).to(array.dtype)

    def input(self, name: str, dtype: npt.DTypeLike, shape: Sequence[int | str]) -> Value:
        """Declare an input; names in the shape are lengths that are known only when the graph runs."""
        from onnx import helper

        self._inputs.append(helper.make_tensor_value_info(name, element_type(dtype), list(shape)))
        return Value(self, name, dtype)

    def output(self, name: str, value: Value, shape: Sequence[int | str]) -> None:
        """Declare a value to be an output."""
        from onnx import helper

        self._nodes.append(helper.make_node("Identity", [value.name], [name], name=f"output_{name}"))
        self._outputs.append(helper.make_tensor_value_info(name, element_type(value.dtype), list(shape)))

    def where(self, condition: Value, yes: Operand, no: Operand) -> Value:
        """Choose element by element; one of the two is a value."""
        dtype = next(choice.dtype for choice in (yes, no) if isinstance(choice, Value | np.ndarray))
        return self.op("Where", condition, self.value(yes, dtype), self.value(no, dtype), dtype=dtype)

    def joined(self, *parts: Operand, axis: int = 0) -> Value:
        """Concatenate."""
        return self.op("Concat", *parts, axis=axis)

    def row(self, number: Operand) -> Value:
        """Return a whole number as an array of one."""
        return number.shaped(1) if isinstance(number, Value) else self.value(np.array([number], np.int64))

    def shape(self, sides: Sequence[Operand]) -> Value:
        """Return lengths of axes as one array."""
        if all(isinstance(side, int) for side in sides):
            return self.value(np.array(sides, np.int64))
        return self.joined(*(self.row(side) for side in sides))

    def zeros(self, dtype: npt.DTypeLike, *sides: Operand) -> Value:
        """Return an array of zeros."""
        return self.op("Expand", self.value(np.zeros((), dtype)), self.shape(sides))

    def count_up(self, stop: Operand, start: Operand = 0, dtype: npt.DTypeLike = np.int64) -> Value:
        """Return the whole numbers from a start to before a stop."""
        ends = [self.value(end, np.int64) for end in (start, stop, 1)]
        return self.op("Range", *ends).to(dtype)

    def smoothstep(self, values: Value, start: float, end: float) -> Value:
        """Return `pixelfes.face.smooth.smoothstep`."""
        u = ((values - start) / (end - start)).within(0.0, 1.0)
        return u * u * (3.0 - 2.0 * u)

    def model(self, name: str, properties: dict[str, str]) -> bytes:
        """Return the finished file, checked in full.

        Raises
        ------
        InputError
            If it is larger than an ONNX file may be (2 GiB).
        """
        import onnx
        from onnx import helper

        graph = helper.make_graph(self._nodes, name, self._inputs, self._outputs, self._initializers)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="pixelfes")
        helper.set_model_props(model, properties)
        try:
            onnx.checker.check_model(model, full_check=True)
            return bytes(model.SerializeToString())
        except ValueError as error:
            raise InputError(
                "the model cannot be exported to ONNX: it is larger than such a file may be (2 GiB)"
            ) from error
