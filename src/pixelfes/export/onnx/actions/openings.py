"""An opening of the face and the box around it, as a part of an ONNX graph: `pixelfes.expression.actions.draw.opening`.

Convention: local coordinates and pixels as there. Pictures are (3, h, w) float32, 1 for white; places (h, w) float32, except
where something is counted or compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.export.onnx.graph import END, Graph, Value
from pixelfes.export.onnx.warp.composite import Ends, box_of, put_back
from pixelfes.export.onnx.warp.sampling import linear
from pixelfes.expression.actions.draw import opening as reference


@dataclass(frozen=True)
class Frame:
    """`LocalFrame`, float64."""

    origin: Value
    along: Value
    scale: Value

    @classmethod
    def of(cls, graph: Graph, origin: Value, direction: Value, scale: Value) -> Frame:
        """Return the frame at a place whose u has this direction (2,) of any length."""
        length = graph.op("Sqrt", (direction * direction).sum(0))
        return cls(origin, direction / length.greatest(1e-6), scale)

    @property
    def down(self) -> Value:
        """The unit vector of v in the image, (2,)."""
        return self.along.take(np.array([1, 0])) * np.array([-1.0, 1.0])

    def to_local(self, points: Value) -> tuple[Value, Value]:
        """Return u and v (...) of image pixels (..., 2), float64."""
        return self.local_of(points.take(0, -1), points.take(1, -1))

    def local_of(self, x: Value, y: Value) -> tuple[Value, Value]:
        """Return u and v of image pixels x, y that broadcast to each other, float64."""
        x, y = x - self.origin.take(0), y - self.origin.take(1)
        u, v = (x * axis.take(0) + y * axis.take(1) for axis in (self.along, self.down))
        return u / self.scale, v / self.scale

    def to_image(self, u: Value, v: Value) -> tuple[Value, Value]:
        """Return x and y (...), image pixels, float64, of local places (...)."""
        u, v = u.to(np.float64), v.to(np.float64)
        x, y = (
            self.origin.take(axis) + self.scale * (u * self.along.take(axis) + v * self.down.take(axis))
            for axis in (0, 1)
        )
        return x, y


@dataclass(frozen=True)
class Line:
    """A smooth line at 64 evenly spaced places: the first, their distance, and v (64,) at each."""

    first: Value
    step: Value
    v: Value

    @classmethod
    def through(cls, graph: Graph, u: Value, v: Value, count: int) -> Line:
        """Return the line along local points u, v (count,)."""
        matrix = graph.value(reference.smoother(count))
        u, v = ((matrix @ axis.wider(1)).shaped(-1) for axis in (u, v))
        places = np.arange(reference.FINE)
        u = graph.where(graph.value(places[:, None] >= places), u.wider(0), graph.value(-1e9, np.float64)).max(1)
        first, last = u.take(0), u.take(reference.FINE - 1)
        step = ((last - first) / float(reference.FINE - 1)).greatest(reference.SHORTEST / (reference.FINE - 1))
        even = first + step * np.arange(reference.FINE, dtype=np.float64)
        return cls(first, step, _between(graph, even, u, v))

    def at(self, u: Value) -> Value:
        """Return v at places u (...), of their type; beyond the ends that of the ends."""
        dtype = u.dtype
        place = ((u - self.first.to(dtype)) / self.step.to(dtype)).within(0.0, float(reference.FINE - 1))
        below = place.floored().least(float(reference.FINE - 2))
        share, number = place - below, below.to(np.int64)
        v = self.v.to(dtype)
        low = v.take(number)
        return low + share * (v.take(number + 1) - low)


def _between(graph: Graph, at: Value, u: Value, v: Value) -> Value:
    """Return v at places (n,), the last at its end, of a line through corners u, v (n,), u rising."""
    last = reference.FINE - 2
    below = ((u.wider(0) <= at.wider(1)).to(np.int64).sum(1) - 1).within(0, last)
    start, width = u.take(below), u.take(below + 1) - u.take(below)
    share = ((at - start) / width.greatest(1e-12)).within(0.0, 1.0)
    low = v.take(below)
    inside = low + share * (v.take(below + 1) - low)
    return graph.joined(inside.part(0, -1), v.part(-1, END))  # corners at the end may have the same u


@dataclass(frozen=True)
class Opening:
    """`Edges`: its corners, and its lines; the lower one may lie above the upper one."""

    left: Value
    right: Value
    upper: Line
    lower: Line

    @classmethod
    def of(cls, graph: Graph, upper: tuple[Value, Value], lower: tuple[Value, Value], count: int) -> Opening:
        """Return the opening between two lines of local points u, v (count,)."""
        lines = (Line.through(graph, *line, count) for line in (upper, lower))
        return cls(upper[0].take(0), upper[0].take(count - 1), *lines)

    def top(self, u: Value) -> Value:
        """Return v of the upper line at u."""
        return self.upper.at(u)

    def bottom(self, u: Value) -> Value:
        """Return v of the lower line at u; nowhere above the upper one."""
        return self.lower.at(u).greatest(self.upper.at(u))

    def ends(self, dtype: type[np.floating]) -> tuple[Value, Value]:
        """Return u of the corners in another type."""
        return self.left.to(dtype), self.right.to(dtype)

    def from_corner(self, u: Value) -> Value:
        """Return how far u is from the nearer corner, below 0 outside."""
        left, right = self.left.to(u.dtype), self.right.to(u.dtype)
        return (u - left).least(right - u)

    @property
    def height(self) -> Value:
        """Largest distance between the lines, float64."""
        share = np.linspace(0, 1, reference.FINE)
        u = self.left + (self.right - self.left) * share
        return (self.bottom(u) - self.top(u)).max(0)

    def inside(self, u: Value, v: Value, softness: Value) -> Value:
        """Return how far inside the opening places are, 0 to 1: a ramp of this width across each line."""
        width = softness.to(u.dtype).greatest(1e-6)
        top = self.top(u)
        across = (v - top).least(self.lower.at(u).greatest(top) - v)
        return (across.least(self.from_corner(u)) / width + 0.5).within(0.0, 1.0)


@dataclass(frozen=True)
class OpeningBox:
    """`Box`: rows and columns of the photo, at least one each; local places (h, w) of its pixels; and whether it is drawn."""

    rows: Ends
    columns: Ends
    u: Value
    v: Value
    frame: Frame
    is_drawn: Value

    @classmethod
    def around(cls, graph: Graph, frame: Frame, ends: tuple[Value, ...], photo: Value, is_drawn: Value) -> OpeningBox:
        """Return the box around local bounds left, top, right, bottom; of one pixel if it is not drawn."""
        left, top, right, bottom = ends
        corners = ((left, top), (right, bottom), (left, bottom), (right, top))
        places = [frame.to_image(u, v) for u, v in corners]
        spans = []
        for axis, length in ((1, photo.side(0)), (0, photo.side(1))):
            across = graph.joined(*(place[axis].shaped(1) for place in places))
            size = length.to(np.float64)
            start = across.min(0).floored().within(0.0, size)
            stop = (graph.op("Ceil", across.max(0)) + 1.0).least(size)
            is_drawn = is_drawn & (stop > start)
            spans.append((start, stop))
        rows, columns = (
            _shown(graph, span, photo.side(axis), is_drawn) for axis, span in ((0, spans[0]), (1, spans[1]))
        )
        x = graph.count_up(columns[1], columns[0]).to(np.float64)
        y = graph.count_up(rows[1], rows[0]).to(np.float64).wider(1)
        u, v = frame.local_of(x, y)
        return cls(rows, columns, u.to(np.float32), v.to(np.float32), frame, is_drawn)

    def part(self, picture: Value) -> Value:
        """Return the pixels of a photo in the box, (3, h, w) float32."""
        return box_of(picture, self.rows, self.columns).turned(2, 0, 1).to(np.float32) / 255.0

    def read(self, part: Value, u: Value, v: Value) -> Value:
        """Return `part` of the box (C, h, w) at local places of any two axes; its border outside it."""
        graph = part.graph
        sides = []
        for place, (start, stop) in zip(self.frame.to_image(u, v), (self.columns, self.rows), strict=True):
            inside = (place - start.to(np.float64)).greatest(0.0).least((stop - start - 1).to(np.float64))
            sides.append(inside.to(np.float32).wider(2))
        return linear(graph, part, graph.joined(*sides, axis=2))

    def lay(self, picture: Value, colours: Value, alpha: Value) -> Value:
        """Return the box of a photo, (h, w, 3) uint8, with colours (3, h, w) over it as far as alpha (h, w) says."""
        share = alpha.wider(2)
        mixed = (1.0 - share) * picture.to(np.float32) + share * 255.0 * colours.turned(1, 2, 0)
        mixed = mixed.rounded().within(0.0, 255.0).to(np.uint8)
        return picture.graph.where((share > reference.UNSEEN) & self.is_drawn, mixed, picture)

    def box_of(self, picture: Value) -> Value:
        """Return the box of a photo, (h, w, 3) uint8."""
        return box_of(picture, self.rows, self.columns)

    def put_back(self, picture: Value, part: Value) -> Value:
        """Return a photo with its box replaced."""
        return put_back(picture.graph, picture, part, self.rows, self.columns)


def _shown(graph: Graph, span: tuple[Value, Value], length: Value, is_drawn: Value) -> Ends:
    start, stop = (graph.where(is_drawn, end.to(np.int64), number) for end, number in zip(span, (0, 1), strict=True))
    return start, stop.least(length)


def ramp(values: Value, start: Value | float, end: Value | float) -> Value:
    """Return the smoothstep between two ends that may be values of the graph."""
    u = ((values - start) / (end - start)).within(0.0, 1.0)
    return u * u * (3.0 - 2.0 * u)
