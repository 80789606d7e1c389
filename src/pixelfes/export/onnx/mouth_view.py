"""What a photo shows between the lips, as a part of an ONNX graph: `pixelfes.face.appearance.mouth_view.MouthView`."""

from __future__ import annotations

import numpy as np

from pixelfes.export.cubic_sampling import FRACTIONS
from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.face.appearance import mouth_view as reference
from pixelfes.face.appearance.light import LUMINANCE
from pixelfes.face.topology import RIGHT_EYE_CORNERS


def teeth_share(graph: Graph, photo: Value, landmarks: Value, white: Value) -> Value:
    """Return the share of the area between the inner lips that looks like teeth, a float64 scalar.

    Parameters
    ----------
    photo : (H, W, 3) uint8
    landmarks : (468, 3) float64, image pixels
    white : (3,) float64
        The colour of white, 1 for 255.
    """
    places, area = _between(graph, landmarks)
    inside, lips = _colours(graph, photo, places), _colours(graph, photo, _on_lips(landmarks))
    darkest = (white * graph.value(LUMINANCE)).sum(0) * (reference.DARKEST_TEETH * reference.TEETH_LUMINANCE)
    bright = (inside * graph.value(LUMINANCE)).sum(1) > darkest
    redness = _redness(graph, white.shaped(1, 3)).shaped()
    departure = (_median(graph, _redness(graph, lips)) - redness).greatest(reference.LEAST_REDNESS)
    teeth = bright & (_redness(graph, inside) < redness + departure * reference.REDDEST_TEETH)
    return (teeth.to(np.float64) * area).sum(0) / area.sum(0).greatest(1e-12)


def _between(graph: Graph, landmarks: Value) -> tuple[Value, Value]:
    """Return places (n, 2) between the inner lips, and the height of the gap (n,) at each."""
    upper, lower = (_doubled(graph, landmarks, line) for line in (reference.UPPER_INNER, reference.LOWER_INNER))
    eyes = (landmarks.take(RIGHT_EYE_CORNERS[0]) + landmarks.take(263)) / 2.0
    down = (landmarks.take(152) - eyes).part(0, 2)
    down = down / graph.op("Sqrt", (down * down).sum(0)).greatest(1e-6)
    gap = ((lower - upper) * down).sum(1).greatest(0.0)
    share = ((np.arange(reference.ROWS) + 0.5) / reference.ROWS)[:, None, None]
    places = upper.wider(0) * graph.value(1 - share) + lower.wider(0) * graph.value(share)
    return places.shaped(-1, 2), graph.joined(*[gap] * reference.ROWS)


def _doubled(graph: Graph, landmarks: Value, line: tuple[int, ...]) -> Value:
    """Return the points of a line with the middles between them, (2 K - 1, 2)."""
    first = np.array([line[n // 2] for n in range(2 * len(line) - 1)])
    second = np.array([line[(n + 1) // 2] for n in range(2 * len(line) - 1)])
    return ((landmarks.take(first) + landmarks.take(second)) / 2.0).part(0, 2, 1)


def _on_lips(landmarks: Value) -> Value:
    """Return places (18, 2) in the middle of the lips."""
    inner, outer = (
        np.array([*upper[1:-1], *lower[1:-1]])
        for upper, lower in (
            (reference.UPPER_INNER, reference.LOWER_INNER),
            (reference.UPPER_OUTER, reference.LOWER_OUTER),
        )
    )
    return ((landmarks.take(inner) + landmarks.take(outer)) / 2.0).part(0, 2, 1)


def _colours(graph: Graph, photo: Value, places: Value) -> Value:
    """Return the colours (n, 3) float64 of a photo at places (n, 2), to 1/32 of a pixel; those of its border outside it."""
    sides = graph.joined(photo.side(1).shaped(1), photo.side(0).shaped(1))
    most = (sides - 1).to(np.float64)
    place = (places.greatest(0.0).least(most) * float(FRACTIONS)).rounded() / float(FRACTIONS)
    below = place.floored()
    share, first = place - below, below.to(np.int64)
    second = (first + 1).least(sides - 1)
    flat, total = photo.shaped(-1, 3), None
    for x, right in ((first, False), (second, True)):
        for y, down in ((first, False), (second, True)):
            weight = [share.take(axis, 1) for axis in (0, 1)]
            weight = [w if end else 1.0 - w for w, end in zip(weight, (right, down), strict=True)]
            at = y.take(1, 1) * photo.side(1) + x.take(0, 1)
            part = flat.take(at).to(np.float64) * (weight[0] * weight[1]).wider(1)
            total = part if total is None else total + part
    return (total if total is not None else flat.to(np.float64)) / 255.0


def _redness(graph: Graph, colours: Value) -> Value:
    red, green = (colours.take(channel, 1) + reference.COLOUR_FLOOR for channel in (0, 1))
    return graph.op("Log", red / green)


def _median(graph: Graph, values: Value) -> Value:
    """Return the median of 18 values."""
    count = 2 * len(reference.UPPER_INNER[1:-1])
    sizes = np.array([count], np.int64)
    ordered = graph.ops("TopK", values, sizes, dtypes=(None, np.int64), axis=0, largest=0, sorted=1)[0]
    return (ordered.take(count // 2 - 1) + ordered.take(count // 2)) / 2.0
