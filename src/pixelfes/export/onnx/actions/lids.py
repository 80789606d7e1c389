"""A lid that closes, as a part of an ONNX graph: `pixelfes.expression.actions.draw.eyes`."""

from __future__ import annotations

import numpy as np

from pixelfes.export.onnx.actions.blur import blurred
from pixelfes.export.onnx.actions.eyes import Corners, Eye, ball_colours, eye_change
from pixelfes.export.onnx.actions.planning import PlannedActions, interpolated
from pixelfes.export.onnx.graph import Graph, Value
from pixelfes.expression.actions.draw import eyes as reference
from pixelfes.face.appearance.light import LUMINANCE

LID_POINTS, BROW_POINTS = (len(line["_L"]) for line in (reference.LID_TOP, reference.LOWER_BROW))


def with_eye(graph: Graph, plan: PlannedActions, side: str, photo: Value, picture: Value) -> Value:
    """Return a picture whose skin has moved with the eye of a side, "_L" or "_R"; ``photo`` is before any change."""
    eye = eye_change(graph, plan, side, photo)
    box = eye.box
    own, moved = box.part(photo), box.part(picture)
    part = box.lay(box.box_of(picture), *ball_colours(graph, eye, own))
    part = box.lay(part, *_closed_lid(graph, eye, own, moved))
    return box.put_back(picture, part)


def _closed_lid(graph: Graph, eye: Eye, photo: Value, skin: Value) -> tuple[Value, Value]:
    """Return colours (3, h, w) and alpha (h, w) of the skin above the lid, stretched down, and of lashes."""
    box, before = eye.box, eye.before
    shut, blink = eye.shut.to(np.float32), eye.blink.to(np.float32)
    top, margin = before.top(box.u), eye.after.top(box.u)
    margin = margin + shut * (eye.after.bottom(box.u) - margin)
    lid, share = _stretched(graph, eye, photo, top, margin)
    inside = graph.smoothstep(share, 0.0, 0.35) * graph.smoothstep(margin + 0.006 - box.v, -0.006, 0.006)
    inside = inside * (box.v > line_at(eye.lid_after, box.u)).to(np.float32)
    ends = graph.smoothstep(before.from_corner(box.u), -0.015, 0.035)
    below = box.v - margin
    lid = graph.where(below > 0.0, _lower_lid(eye, photo, below), lid)
    under = (below > 0.0).to(np.float32) * (1.0 - graph.smoothstep(below, *reference.LOWER_FADE)) * shut
    alpha = inside.greatest(under) * ends * graph.smoothstep(blink, *reference.CLOSING)
    lashes = _lashes(graph, below) * ends * graph.smoothstep(blink, *reference.LASHES_SHOWN)
    colours = (1.0 - lashes) * graph.where(alpha > 0.01, lid, skin) + lashes * _lash_colour(graph, eye, photo)
    closes = (blink > reference.CLOSING[0]).to(np.float32)
    return colours, (alpha + (1.0 - alpha) * lashes) * closes


def _stretched(graph: Graph, eye: Eye, photo: Value, top: Value, margin: Value) -> tuple[Value, Value]:
    """Return the lid (3, h, w), and how far down it each pixel is, 0 to 1."""
    box = eye.box
    start, given = (line_at(line, box.u) for line in (eye.lid_after, eye.lid_before))
    given = given.greatest((line_at(eye.brow, box.u, BROW_POINTS) + 0.02).least(top - 2 * reference.LASH_BAND))
    share = ((box.v - start) / (margin - start).greatest(1e-3)).within(0.0, 1.0)
    clear = (top - reference.LASH_BAND).greatest(given + 0.01)
    lid = box.read(photo, box.u, given + share * (clear - given))
    scale = box.frame.scale
    lid = blurred(graph, lid, (scale * 0.010).greatest(0.6), (scale * 0.004).greatest(0.6))
    bulge = (share - 0.6) / 0.2
    rounded = 1.0 + 0.04 * graph.op("Exp", -(bulge * bulge)) - 0.08 * graph.smoothstep(share, 0.75, 1.0)
    return _lifted(graph, eye, lid, photo, graph.smoothstep(share, 0.0, 0.5)) * rounded, share


def _lower_lid(eye: Eye, photo: Value, below: Value) -> Value:
    source = eye.before.bottom(eye.box.u) + below.greatest(0.0) + reference.LOWER_MARGIN
    return eye.box.read(photo, eye.box.u, source)


def line_at(line: Corners, u: Value, count: int = LID_POINTS) -> Value:
    """Return v (h, w) float32 of a line of corners at u; level beyond its ends."""
    places, heights = (axis.to(np.float32) for axis in line)
    return interpolated(u, (places, heights), count)


def _lash_colour(graph: Graph, eye: Eye, photo: Value) -> Value:
    """Return the colour (3, 1, 1) of the upper lashes: that of the dark line along the upper lid."""
    box, before = eye.box, eye.before
    shares, depths = reference.lash_places()
    u = (before.left + (before.right - before.left) * shares).to(np.float32)
    v = before.top(u).to(np.float64).wider(1) + depths
    found = box.read(photo, u.wider(1) + np.zeros((1, len(depths)), np.float32), v.to(np.float32))
    luminance = (found * LUMINANCE.reshape(3, 1, 1).astype(np.float32)).sum(0)
    darkest = graph.op("ArgMin", luminance, dtype=np.int64, axis=1, keepdims=1)
    at = darkest.wider(0) + graph.value(np.zeros((3, 1, 1), np.int64))
    colours = graph.op("GatherElements", found, at, axis=2).shaped(3, len(shares))
    count = np.array([len(shares)], np.int64)
    ordered = graph.ops("TopK", colours, count, dtypes=(None, np.int64), axis=1, largest=0, sorted=1)[0]
    return ordered.take(len(shares) // 2, 1).shaped(3, 1, 1)


def _lashes(graph: Graph, below: Value) -> Value:
    """Return the alpha of the line of lashes at places this far below the margin of the closed lid."""
    away = below / reference.LASH_WIDTH
    hairs = graph.op("Exp", -below.greatest(0.0) / 0.018) * (below > 0.0).to(np.float32)
    return (0.65 * graph.op("Exp", -(away * away)) + 0.25 * hairs).within(0.0, 0.8)


def _lifted(graph: Graph, eye: Eye, lid: Value, photo: Value, share: Value) -> Value:
    """Return a lid that is nearer in brightness to the skin below the eye, as far as a share (h, w)."""
    box, before = eye.box, eye.before
    across = before.from_corner(box.u) > 0.0
    below = across & (box.v > before.bottom(box.u) + 0.04)
    above = across & (box.v > line_at(eye.lid_before, box.u)) & (box.v < before.top(box.u) - reference.LASH_BAND)
    luminance = (photo * LUMINANCE.reshape(3, 1, 1).astype(np.float32)).sum(0)
    counts = [mask.to(np.float32).sum(0, 1) for mask in (below, above)]
    around, own = (
        (luminance * mask.to(np.float32)).sum(0, 1) / count.greatest(1.0)
        for mask, count in zip((below, above), counts, strict=True)
    )
    gain = graph.op("Sqrt", (around / own.greatest(0.02)).within(0.85, 1.25))
    lifted = (lid * (1.0 + (gain - 1.0) * share)).within(0.0, 1.0)
    return graph.where((counts[0] >= 20.0) & (counts[1] >= 20.0), lifted, lid)
