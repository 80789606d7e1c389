"""Where each output pixel comes from, as a part of an ONNX graph: `pixelfes.face.mesh.MeshRegistration.place`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.export.onnx.graph import Graph, Operand, Value
from pixelfes.export.onnx.head_pose import eye_distance_value
from pixelfes.export.onnx.warp.raster import triangle_index_picture
from pixelfes.export.onnx.warp.sampling import linear
from pixelfes.face.mesh import FINE, RING_REACH, STILL_DISTANCE, MeshRegistration
from pixelfes.face.placement import BAND_HEIGHT, OUTSIDE_MAP
from pixelfes.face.raster import FLAT_AREA
from pixelfes.face.topology import N_POINTS, OVAL, Region, face_topology

_LAYER = 4e6  # further apart than any two landmarks


@dataclass(frozen=True)
class Placed:
    """Values of a graph: a box of the photo, and what each of its pixels observes.

    Attributes
    ----------
    rows, columns : pairs of int64 scalars
        Start and stop.
    source, grid : (h, w, 2) float32
        See `pixelfes.face.placement.Placement`.
    worked : (h, w) bool
        The pixels that are looked at at all.
    """

    rows: tuple[Value, Value]
    columns: tuple[Value, Value]
    source: Value
    grid: Value
    worked: Value


@dataclass(frozen=True)
class _Drawing:
    """The drawing: sides of the box, image pixels per drawn pixel, and the sides in drawn pixels."""

    height: Value
    width: Value
    factor: Value
    rows: Value
    columns: Value


def placed(
    graph: Graph,
    registration: MeshRegistration,
    landmarks: Value,
    moved: Value,
    photo: Value,
    changed: Value,
    still: Value | None = None,
    ring_reach: Operand = RING_REACH,
) -> Placed:
    """Say where each output pixel comes from, and where it lies on the reference shape.

    Parameters
    ----------
    landmarks, moved : (468, 3) float64, image pixels
    photo : (H, W, 3)
    changed : (S, S) float32
    still, ring_reach : float64 scalars, optional
        See `MeshRegistration.place`.
    """
    mesh = face_topology()
    here, there = (_with_ring(graph, points, landmarks, ring_reach) for points in (landmarks, moved))
    away = there - here
    moving = graph.op("Sqrt", (away * away).sum(1)) > STILL_DISTANCE
    changing = (moving | _at_vertices(graph, registration, changed)).take(mesh.triangles).to(np.int32).max(1) > 0
    rows, columns = _box(graph, changing, here, there, photo)
    drawing = _drawing(graph, registration, landmarks, rows, columns)
    factor = drawing.factor.to(np.float64)
    middle = (factor - 1.0) / 2.0
    corner = graph.joined(columns[0].shaped(1), rows[0].shaped(1)).to(np.float64)
    drawn = (there - corner - middle) / factor
    order, numbers = _order(graph, drawn, here, moved.take(2, 1), changing)
    corners = (drawn.take(mesh.triangles) * 16.0).rounded().to(np.int64)
    labels = triangle_index_picture(graph, corners, numbers, drawing.rows, drawing.columns)
    triangles = graph.value(mesh.triangles).take(order)
    sources = _affine_maps(graph, drawn, here - corner, triangles)
    grids = _affine_maps(graph, drawn, graph.value(registration.vertices), triangles)
    source = _coordinates(graph, labels, sources, _map_to_itself(graph, drawing), drawing)
    grid = _coordinates(graph, labels, grids, graph.value(OUTSIDE_MAP), drawing)
    if still is not None:
        source = _held(graph, registration, source, grid, still, drawing)
    worked = _worked(graph, source, linear(graph, changed.wider(0), grid).take(0) > 0.0, drawing)
    if registration.eye_distance_drawn < FINE:
        source, grid = (_enlarged(graph, field, drawing) for field in (source, grid))
    return Placed(rows, columns, source, grid, worked)


def _with_ring(graph: Graph, points: Value, base: Value, reach: Operand) -> Value:
    oval = base.take(np.array(OVAL)).part(0, 2, 1)
    middle = oval.sum(0) / float(len(OVAL))
    return graph.joined(points.part(0, 2, 1), middle + (oval - middle) * reach)


def _at_vertices(graph: Graph, registration: MeshRegistration, changed: Value) -> Value:
    vertices, side = registration.vertices, registration.size
    column, row = np.clip(np.round(vertices), 0, side - 1).astype(np.int64).T
    inside = np.asarray((vertices >= 0).all(1) & (vertices <= side - 1).all(1))
    wide = graph.op("MaxPool", changed.wider(0, 1), kernel_shape=[9, 9], pads=[4, 4, 4, 4]).shaped(-1)
    return (wide.take(row * side + column) > 0.0) & graph.value(inside)


def _box(
    graph: Graph, changing: Value, here: Value, there: Value, photo: Value
) -> tuple[tuple[Value, Value], tuple[Value, Value]]:
    """Return rows and columns around the triangles that change, at least a pixel of the photo each."""
    corners = graph.joined(here.take(face_topology().triangles), there.take(face_topology().triangles), axis=1)
    chosen = changing.shaped(-1, 1, 1)
    nothing = here.take(0).shaped(1, 1, 2)
    chosen = chosen | ~(changing.to(np.int32).max(0) > 0)
    corners = graph.where(changing.to(np.int32).max(0) > 0, corners, nothing)
    low = graph.where(chosen, corners, np.full((1, 1, 1), np.inf)).min(0, 1).floored() - 2.0
    high = graph.where(chosen, corners, np.full((1, 1, 1), -np.inf)).max(0, 1)
    high = graph.op("Ceil", high) + 3.0
    ends = []
    for axis, length in ((1, photo.side(0)), (0, photo.side(1))):
        size = length.to(np.float64)
        start = low.take(axis).within(0.0, size - 1.0)
        stop = high.take(axis).greatest(start + 1.0).least(size)
        ends.append((start.to(np.int64), stop.to(np.int64)))
    return ends[0], ends[1]


def _drawing(
    graph: Graph,
    registration: MeshRegistration,
    landmarks: Value,
    rows: tuple[Value, Value],
    columns: tuple[Value, Value],
) -> _Drawing:
    height, width = rows[1] - rows[0], columns[1] - columns[0]
    if registration.eye_distance_drawn >= FINE:
        return _Drawing(height, width, graph.value(1, np.int64), height, width)
    wanted = (eye_distance_value(graph, landmarks) / registration.eye_distance_drawn).rounded().to(np.int64)
    factor = wanted.least(height / 4).least(width / 4).greatest(1)
    return _Drawing(height, width, factor, (height + factor - 1) / factor, (width + factor - 1) / factor)


def _turning(vertices: Value) -> Value:
    """Return twice the area (T,) of triangles, like `pixelfes.face.raster.doubled_areas`."""
    corners = vertices.take(face_topology().triangles)
    a, b, c = (corners.take(k, 1) for k in range(3))
    u, v = b - a, c - a
    return -(u.take(0, 1) * v.take(1, 1) - u.take(1, 1) * v.take(0, 1))


def _order(graph: Graph, drawn: Value, before: Value, depth: Value, changing: Value) -> tuple[Value, Value]:
    """Return which triangle comes when (T,), from back to front, and the number from 1 on of each, 0 for the hidden."""
    mesh = face_topology()
    ring, count = mesh.region == Region.RING, len(mesh.triangles)
    area = _turning(drawn)
    corners = drawn.take(mesh.triangles)
    sides = corners - corners.take(np.array([2, 0, 1]), 1)
    longest = graph.op("Sqrt", (sides * sides).sum(2)).max(1)
    sliver = area.absolute() < longest
    layer = graph.where(sliver, graph.value(0.0, np.float64), 2 * _LAYER)
    padded = graph.joined(-depth, graph.value(np.zeros(len(OVAL))))
    near = padded.take(np.where(mesh.triangles < N_POINTS, mesh.triangles, 0))
    nearness = (near.take(0, 1) + near.take(1, 1) + near.take(2, 1)) / 3.0
    key = graph.where(graph.value(ring), graph.value(_LAYER, np.float64), layer + nearness)
    sizes = np.array([count], np.int64)
    order = graph.ops("TopK", key, sizes, dtypes=(np.float64, np.int64), axis=0, largest=0, sorted=1)[1]
    ranks = graph.op("ScatterElements", graph.zeros(np.int64, count), order, graph.count_up(count) + 1)
    hidden = (_turning(before) < 0.0) & graph.value(mesh.region == Region.SKIN)
    drawn_at_all = (graph.value(ring) | ((area >= 0.0) & ~hidden)) & changing
    return order, graph.where(drawn_at_all, ranks, 0)


def _affine_maps(graph: Graph, source: Value, target: Value, triangles: Value) -> Value:
    """Return `pixelfes.face.raster.affine_maps`, (T, 6) float32."""
    corners, goals = source.take(triangles), target.take(triangles)
    u, v = (corners.take(k, 1) - corners.take(0, 1) for k in (1, 2))
    p, q = (goals.take(k, 1) - goals.take(0, 1) for k in (1, 2))
    ux, uy, vx, vy = (side.part(axis, axis + 1, 1) for side in (u, v) for axis in (0, 1))
    area = ux * vy - uy * vx
    flat = area.absolute() < FLAT_AREA
    inverse = graph.where(
        flat, graph.value(0.0, np.float64), 1.0 / graph.where(flat, graph.value(1.0, np.float64), area)
    )
    along_x, along_y = (p * vy - q * uy) * inverse, (q * ux - p * vx) * inverse
    centre = (goals.take(0, 1) + goals.take(1, 1) + goals.take(2, 1)) / 3.0
    anchor = graph.where(flat, centre, goals.take(0, 1))
    first = corners.take(0, 1)
    offset = anchor - along_x * first.part(0, 1, 1) - along_y * first.part(1, 2, 1)
    parts = [part.wider(2) for part in (along_x, along_y, offset)]
    return graph.joined(*parts, axis=2).shaped(-1, 6).to(np.float32)


def _coordinates(graph: Graph, labels: Value, maps: Value, outside: Value, drawing: _Drawing) -> Value:
    """Return where each pixel lies, (h, w, 2) float32, for labels that count from 1."""
    table = graph.joined(outside.shaped(1, 6), maps)
    found = table.take(labels.shaped(-1)).turned(1, 0).shaped(6, drawing.rows, drawing.columns)
    x = graph.count_up(drawing.columns, dtype=np.float32)
    y = graph.count_up(drawing.rows, dtype=np.float32).wider(1)
    axes = []
    for axis in (0, 1):
        a, b, c = (found.take(3 * axis + k) for k in range(3))
        axes.append((a * x + b * y + c).wider(2))
    return graph.joined(*axes, axis=2)


def _map_to_itself(graph: Graph, drawing: _Drawing) -> Value:
    """Return the affine map (6,) from a drawn pixel to the middle of its output pixels."""
    factor, zero = drawing.factor.to(np.float32).shaped(1), np.zeros(1, np.float32)
    middle = (factor - 1.0) / 2.0
    return graph.joined(factor, zero, middle, zero, factor, middle)


def _held(
    graph: Graph, registration: MeshRegistration, source: Value, grid: Value, still: Value, drawing: _Drawing
) -> Value:
    """Return the source moved towards the pixels themselves deep in the mouth; see `MeshRegistration.place`."""
    share = linear(graph, graph.value(registration.deep_mouth).wider(0), grid).take(0) * still.to(np.float32)
    x, y = _own_places(graph, drawing)
    rows, columns = drawing.rows, drawing.columns
    x = graph.op("Expand", x.wider(0), graph.shape((rows, columns)))
    y = graph.op("Expand", y, graph.shape((rows, columns)))
    itself = graph.joined(x.wider(2), y.wider(2), axis=2)
    return source + share.wider(2) * (itself - source)


def _own_places(graph: Graph, drawing: _Drawing) -> tuple[Value, Value]:
    """Return x (w,) and y (h, 1) of the middles of drawn pixels, in pixels of the box."""
    factor = drawing.factor.to(np.float32)
    middle = (factor - 1.0) / 2.0
    x = graph.count_up(drawing.columns, dtype=np.float32) * factor + middle
    y = (graph.count_up(drawing.rows, dtype=np.float32) * factor + middle).wider(1)
    return x, y


def _worked(graph: Graph, source: Value, changes: Value, drawing: _Drawing) -> Value:
    """Return the pixels in the bands of rows between the first and the last that moves or changes."""
    x, y = _own_places(graph, drawing)
    moves = ((source.take(0, 2) - x).absolute() > STILL_DISTANCE) | (
        (source.take(1, 2) - y).absolute() > STILL_DISTANCE
    )
    active = (moves | changes).to(np.float32).wider(0, 1)
    active = graph.op("MaxPool", active, kernel_shape=[3, 3], pads=[1, 1, 1, 1]).shaped(drawing.rows, drawing.columns)
    step = (float(BAND_HEIGHT) / drawing.factor.to(np.float64)).rounded().to(np.int64).greatest(1)
    bands = (drawing.rows + step - 1) / step
    padding = graph.joined(graph.value(np.zeros(2, np.int64)), (bands * step - drawing.rows).shaped(1), graph.row(0))
    parts = graph.op("Pad", active, padding).shaped(bands, step, drawing.columns).max(1)
    axis = np.array(1, np.int64)
    begun = graph.op("CumSum", parts, axis) > 0.0
    goes_on = graph.op("CumSum", parts, axis, reverse=1) > 0.0
    between = (begun & goes_on).to(np.int32)
    return _repeated(graph, between, (step * drawing.factor, drawing.factor), drawing) > 0


def _repeated(graph: Graph, picture: Value, times: tuple[Value, Value], drawing: _Drawing) -> Value:
    """Make every entry that many rows and columns, cut to the box."""
    rows = graph.count_up(drawing.height) / times[0]
    columns = graph.count_up(drawing.width) / times[1]
    return picture.take(rows, 0).take(columns, 1)


def _enlarged(graph: Graph, field: Value, drawing: _Drawing) -> Value:
    """Return `pixelfes.face.placement.enlarged`: linear between the middles of squares, and beyond the outermost too."""
    factor = drawing.factor
    for axis, length in ((1, drawing.width), (0, drawing.height)):
        count = field.side(axis)
        first, second = (field.take(at.shaped(1), axis) for at in (count * 0, (count - 1).least(1)))
        last, before = (field.take(at.shaped(1), axis) for at in (count - 1, (count - 2).greatest(0)))
        padded = graph.joined(2.0 * first - second, field, 2.0 * last - before, axis=axis)
        place = (graph.count_up(length) + factor).to(np.float64) + 0.5
        place = place * (1.0 / factor.to(np.float64)) - 0.5
        below = place.floored()
        share = place.to(np.float32) - below.to(np.float32)
        share = share.wider(1) if axis == 1 else share.wider(1, 2)
        at = below.to(np.int64)
        field = padded.take(at, axis) * (1.0 - share) + padded.take(at + 1, axis) * share
    return field
