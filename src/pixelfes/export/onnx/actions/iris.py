"""Where the iris is, and the eyeball behind the lids, as a part of an ONNX graph: `pixelfes.expression.actions.draw.iris`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixelfes.export.onnx.actions.blur import blurred
from pixelfes.export.onnx.actions.openings import Opening, OpeningBox, ramp
from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.export.onnx.regressors import constant
from pixelfes.expression.actions.draw import iris as reference
from pixelfes.face.appearance.light import LUMINANCE


@dataclass(frozen=True)
class Ball:
    """`Eyeball` with the picture that it was seen in; ``centre`` and ``radius`` are float64."""

    box: OpeningBox
    part: Value
    opening: Opening
    centre: tuple[Value, Value]
    radius: Value
    profile: Value
    whites: Value

    @classmethod
    def seen(cls, graph: Graph, box: OpeningBox, part: Value, opening: Opening) -> Ball:
        """Find the iris in a box of a photo, (3, h, w), with this opening."""
        shown = shown_share(opening, box.u, box.v)
        u, v, radius = _iris(graph, box, part, opening)
        distance = _distance(graph, box.u.to(np.float64) - u, box.v.to(np.float64) - v) / radius
        pixels = part.shaped(3, -1).turned(1, 0)
        clear = shown > 0.5
        profile = _profile(graph, pixels, distance, clear)
        whites = _whites(graph, pixels, clear & (distance > reference.WHITE_FROM), box.u - u.to(np.float32))
        return cls(box, part, opening, (u, v), radius, profile, whites)

    def colours(self, graph: Graph, shift: tuple[Value, Value]) -> Value:
        """Return the eyeball without lids at the pixels of its box, (3, h, w), its iris shifted by (u, v)."""
        box = self.box
        u, v = (place - step.to(np.float32) for place, step in zip((box.u, box.v), shift, strict=True))
        share = 1.0 - graph.smoothstep(self._from_centre(graph, u, v), *reference.IRIS_EDGE)
        white = self._white(graph)
        return white + share * (self._iris_at(graph, u, v) - white)

    def _from_centre(self, graph: Graph, u: Value, v: Value) -> Value:
        centre = [place.to(np.float32) for place in self.centre]
        return _distance(graph, u - centre[0], v - centre[1]) / self.radius.to(np.float32)

    def _iris_at(self, graph: Graph, u: Value, v: Value) -> Value:
        """Return the iris: the photo's own where it is shown, else the opposite place, else its rings."""
        rings = (self._from_centre(graph, u, v) * float(reference.RINGS) - 0.5).within(0.0, reference.RINGS - 1.0)
        low = rings.floored()
        number, share = low.to(np.int64), rings - low
        table = self.profile.turned(1, 0)
        after = (number + 1).least(reference.RINGS - 1)
        found = (1.0 - share) * table.take(number, 1) + share * table.take(after, 1)
        over, under = (place.to(np.float32) * 2.0 - at for place, at in zip(self.centre, (u, v), strict=True))
        for places in ((over, under), (u, under), (u, v)):
            shown = shown_share(self.opening, *places)
            found = (1.0 - shown) * found + shown * self.box.read(self.part, *places)
        return found

    def _white(self, graph: Graph) -> Value:
        """Return the white of the eye: the photo's own where it is shown and white, else a line of colours."""
        box, radius = self.box, self.radius.to(np.float32)
        left, right = self.opening.ends(np.float32)
        centre = self.centre[0].to(np.float32)
        u = box.u - centre
        corner = graph.where(u < 0.0, centre - left, right - centre)
        along = ((u.absolute() - radius) / (corner - radius).greatest(0.02)).within(0.0, 1.0)
        whites = [[self.whites.take(2 * side + end).shaped(3, 1, 1) for end in (0, 1)] for side in (0, 1)]
        near, far = (graph.where(u > 0.0, whites[1][end], whites[0][end]) for end in (0, 1))
        line = (1.0 - along) * near + along * far
        middle = ramp(u, -radius, radius)
        line = graph.where(u.absolute() < radius, (1.0 - middle) * whites[0][0] + middle * whites[1][0], line)
        away = self._from_centre(graph, box.u, box.v)
        own = shown_share(self.opening, box.u, box.v)
        own = own * graph.smoothstep(away, reference.WHITE_FROM, reference.WHITE_FROM + 0.15)
        return (1.0 - own) * line + own * self.part


def _distance(graph: Graph, u: Value, v: Value) -> Value:
    return graph.op("Sqrt", u * u + v * v)


def shown_share(opening: Opening, u: Value, v: Value) -> Value:
    """Return how surely a photo shows the eyeball at local places: clear of lids, lashes and their shadow."""
    height = opening.height.to(u.dtype).greatest(1e-3)
    above, below = (
        (height * share).least(margin) for margin, share in zip(reference.MARGINS, (0.25, 0.15), strict=True)
    )
    top = ramp(v - opening.top(u), 0.5 * above, 1.5 * above)
    return top * ramp(opening.bottom(u) - v, 0.5 * below, 1.5 * below)


def _iris(graph: Graph, box: OpeningBox, part: Value, opening: Opening) -> tuple[Value, Value, Value]:
    """Return middle (u, v) and radius of the iris: the dark disc whose left and right edges are steepest."""
    width, u = opening.right - opening.left, (opening.left + opening.right) / 2.0
    v = (opening.top(u) + opening.bottom(u)) / 2.0
    radius = (width * 0.2).greatest(reference.RADIUS).least(width * 0.32)
    grey = (part * LUMINANCE.reshape(3, 1, 1).astype(np.float32)).sum(0, keep=True)
    deviation = (box.frame.scale * 0.01).greatest(0.8)
    grey = blurred(graph, grey, deviation, deviation)
    shifts = reference.shifts()
    scores = _contrast(graph, box, grey, opening, (u + shifts[:, 0], v + shifts[:, 1]), radius)
    best = graph.op("ArgMax", scores - reference.FAR_AWAY * np.abs(shifts).sum(1), dtype=np.int64, axis=0, keepdims=0)
    step = graph.value(shifts).take(best)
    return u + step.take(0), v + step.take(1), radius


def _contrast(
    graph: Graph, box: OpeningBox, grey: Value, opening: Opening, centres: tuple[Value, Value], radius: Value
) -> Value:
    """Return how much brighter it is outside the sides of discs (K,) than inside, where the eyeball is shown, (K,)."""
    total, weight = graph.value(0.0, np.float64), graph.value(2.0, np.float64)
    directions = np.cos(reference.SIDES), np.sin(reference.SIDES)
    for rims in reference.RIMS:
        seen, shown = [], []
        for rim in rims:
            place = [at.wider(1) + radius * rim * way for at, way in zip(centres, directions, strict=True)]
            seen.append(_nearest(box, grey, place[0], place[1]))
            shown.append(shown_share(opening, place[0], place[1]))
        both = shown[0].least(shown[1])
        step = (seen[1] - seen[0]).within(-reference.LARGEST_STEP, reference.LARGEST_STEP)
        total, weight = total + (both * step.to(np.float64)).sum(1), weight + both.sum(1)
    return total / weight


def _nearest(box: OpeningBox, grey: Value, u: Value, v: Value) -> Value:
    """Return a grey box (1, h, w) at local places (...), the nearest pixels."""
    places = []
    for place, (start, stop) in zip(box.frame.to_image(u, v), (box.columns, box.rows), strict=True):
        inside = (place - start.to(np.float64)).rounded().greatest(0.0).least((stop - start - 1).to(np.float64))
        places.append(inside.to(np.int64))
    return grey.shaped(-1).take(places[1] * grey.side(2) + places[0])


def _profile(graph: Graph, pixels: Value, distance: Value, clear: Value) -> Value:
    """Return the mean colour of rings of the iris without glints, (RINGS, 3)."""
    iris = (clear & (distance < 1.0)).shaped(-1)
    brightness = pixels @ constant(graph, LUMINANCE.reshape(3, 1))
    share = iris.to(np.float32)
    limit = _mean(share.wider(0), brightness) * reference.GLINT
    share = share * (brightness.shaped(-1) <= limit.shaped(1)).to(np.float32)
    ring = (distance * float(reference.RINGS)).floored().shaped(1, -1)
    of_rings = ring.equals(np.arange(reference.RINGS, dtype=np.float64)[:, None]).to(np.float32) * share
    enough = of_rings.sum(1, keep=True) > 3.0
    found = graph.where(enough, _mean(of_rings, pixels), _mean(share.wider(0), pixels))
    return graph.where(iris.to(np.int32).max(0) > 0, found, graph.value(reference.DARK_IRIS, np.float32))


def _mean(shares: Value, values: Value) -> Value:
    """Return the means (M, C) of values (N, C) by shares (M, N); 0 where there is none."""
    return shares @ values / shares.sum(1, keep=True).greatest(1.0)


def _whites(graph: Graph, pixels: Value, white: Value, u: Value) -> Value:
    """Return the colour of the white left and right of the iris, each at the iris and at the corner, (4, 3)."""
    white, u = white.shaped(1, -1), u.shaped(1, -1)
    away = u.absolute().turned(1, 0)
    everywhere = white | ~(white.to(np.int32).sum(1, keep=True) > 5)
    masks, enough = [everywhere], []
    for side in (u < 0.0, u > 0.0):
        here = (white & side).to(np.float32)
        near = away.turned(1, 0) * reference.ABOUT <= _mean(here, away)
        masks += [(here > 0.0) & near, (here > 0.0) & ~near]
        enough += [here.sum(1, keep=True) > 12.0] * 2
    shares = graph.joined(*masks).to(np.float32)
    found = _bright_colours(graph, pixels, shares)
    some = graph.joined(*enough) & (shares.part(1, 5).sum(1, keep=True) > 0.0)
    return graph.where(some, found.part(1, 5), found.part(0, 1))


def _bright_colours(graph: Graph, pixels: Value, shares: Value) -> Value:
    """Return the colours (M, 3) of the brighter part of some pixels (N, 3), by shares (M, N)."""
    brightness = pixels @ constant(graph, LUMINANCE.reshape(3, 1))
    row = brightness.turned(1, 0)
    clear = shares * (row >= _mean(shares, brightness) * reference.LASHES).to(np.float32)
    bright = clear * (row >= _mean(clear, brightness) * reference.ABOUT).to(np.float32)
    return (_mean(clear, pixels) + _mean(bright, pixels)) / 2.0
