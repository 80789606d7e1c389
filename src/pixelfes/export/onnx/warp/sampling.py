"""Looking pictures up between their pixels, in an ONNX graph, as OpenCV's remap does: to 1/32 of a pixel."""

from __future__ import annotations

import numpy as np

from pixelfes.export.cubic_sampling import FRACTIONS, SCALE_BITS, cubic_table, cubic_weights
from pixelfes.export.onnx.graph import END, Graph, Value


def _split(field: Value) -> tuple[Value, Value, Value, Value]:
    """Return columns and rows of the pixels below coordinates (h, w, 2), and the fractions in 32nds, all (h, w) int32."""
    fixed = (field * float(FRACTIONS)).rounded().within(-1e9, 1e9)
    whole = (fixed / float(FRACTIONS)).floored()
    fraction = (fixed - whole * float(FRACTIONS)).to(np.int32)
    whole = whole.within(-32768.0, 32767.0).to(np.int32)
    return whole.take(0, 2), whole.take(1, 2), fraction.take(0, 2), fraction.take(1, 2)


def cubic(graph: Graph, photo: Value, field: Value) -> Value:
    """Return a photo (H, W, 3) uint8 at coordinates (h, w, 2): whole levels, (3, h, w) int32; its border goes on outside.

    Four neighbours of a row are copied at once: runtimes copy many single numbers slowly.
    """
    x, y, right, below = _split(field)
    width, height = photo.side(1).to(np.int32), photo.side(0).to(np.int32)
    table = graph.value(np.ascontiguousarray(cubic_table().reshape(FRACTIONS**2, 16))).to(np.int32)
    weights = table.take((below * FRACTIONS + right).shaped(-1)).turned(1, 0).wider(1)  # (16, 1, n)
    total = graph.value(1 << (SCALE_BITS - 1), np.int32)
    start = (x - 1).within(-3, width - 1) + 3
    fours = _fours(graph, photo)
    for row in range(4):
        place = (y + (row - 1)).within(0, height - 1) * (width + 3) + start
        found = fours.take(place.shaped(-1)).turned(1, 0).to(np.int32).shaped(4, 3, -1)
        total = (found * weights.part(4 * row, 4 * row + 4)).sum(0) + total
    return (total.greatest(0) / (1 << SCALE_BITS)).least(255).shaped(3, x.side(0), x.side(1))


def _fours(graph: Graph, photo: Value) -> Value:
    """Return every four neighbouring pixels of a row, from three left of the border on, (H (W + 3), 12) uint8."""
    padded = graph.op("Pad", photo, np.array([0, 3, 0, 0, 3, 0], np.int64), mode="edge")
    parts = [padded.part(k, END if k == 3 else k - 3, 1) for k in range(4)]
    return graph.joined(*parts, axis=2).shaped(-1, 12)


def linear(graph: Graph, picture: Value, field: Value) -> Value:
    """Return a picture (C, H, W) float32 at coordinates (h, w, 2): (C, h, w); beyond its border 0."""
    padded = graph.op("Pad", picture, np.array([0, 1, 1, 0, 1, 1], np.int64))
    flat = padded.shaped(padded.side(0), -1)
    x, y, right, below = _split(field)
    width, height = padded.side(2).to(np.int32), padded.side(1).to(np.int32)
    shares = [part.to(np.float32) / float(FRACTIONS) for part in (right, below)]
    across, down = ((1.0 - share, share) for share in shares)
    parts = []
    for row in (0, 1):
        start = (y + (row + 1)).within(0, height - 1) * width
        for column in (0, 1):
            place = start + (x + (column + 1)).within(0, width - 1)
            parts.append(flat.take(place, 1) * (down[row] * across[column]))
    return parts[0] + parts[1] + parts[2] + parts[3]


def thrice(graph: Graph, picture: Value) -> Value:
    """Enlarge a picture (C, H, W) three times by the cubic of OpenCV's resize; beyond its border the border goes on."""
    near, far = (float(v) for v in (1 / 3, 2 / 3))
    for axis in (1, 2):
        pads = np.zeros((2, 3), np.int64)
        pads[:, axis] = 2
        length = picture.side(axis)
        padded = graph.op("Pad", picture, pads.ravel(), mode="edge")
        taps = [padded.part(k, length + k, axis) for k in range(5)]
        phases = [_combined(taps[:4], far), picture, _combined(taps[1:], near)]
        sides = [picture.side(k) for k in range(3)]
        sides[axis] = length * 3
        picture = graph.joined(*(phase.wider(axis + 1) for phase in phases), axis=axis + 1).shaped(*sides)
    return picture


def _combined(taps: list[Value], share: float) -> Value:
    parts = [tap * float(weight) for tap, weight in zip(taps, cubic_weights(np.float32(share)), strict=True)]
    return parts[0] + parts[1] + parts[2] + parts[3]
