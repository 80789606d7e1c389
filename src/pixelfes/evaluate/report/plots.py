"""Plots of a comparison; none shows a photo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pixelfes.errors import PixelfesError
from pixelfes.evaluate.judges.expression import CALLED
from pixelfes.evaluate.report.drawing import Figure, new_plot, png_of, style_of
from pixelfes.evaluate.run.candidates import Candidate
from pixelfes.evaluate.run.comparison import Comparison
from pixelfes.evaluate.run.intensity_control import control_curve
from pixelfes.evaluate.run.measures import Row
from pixelfes.loading import load_expression_model
from pixelfes.reporting.tables import Number, mean


def plots(comparison: Comparison) -> list[Figure]:
    """Return the plots that can be drawn of a comparison."""
    drawn = [trade_off(comparison), control(comparison), learning_curve(comparison), model_size(comparison)]
    return [figure for figure in [*drawn, maps(comparison)] if figure is not None]


def trade_off(comparison: Comparison) -> Figure:
    """Draw what share is called happy against how far the person moves from themselves."""
    figure, (axis,) = new_plot(9, 4.8)
    people = [real.person for real in comparison.real]
    called = mean([real.smiling_score > CALLED for real in comparison.real], people)
    distance = mean([real.distance for real in comparison.real], people)
    _crosshair(axis, distance, called, {"color": "#444444", "marker": "s", "linestyle": "none"}, "the real photos")
    for candidate in comparison.of("comparison"):
        rows = comparison.rows(candidate)
        style = style_of(candidate) | {"linestyle": "none"}
        _crosshair(axis, _mean(rows, "identity"), _called(rows), style, candidate.name)
    axis.set_xlabel("identity distance to the input")
    axis.set_ylabel("share called by the judge of expression")
    axis.set_ylim(-0.04, 1.04)
    _legend_beside(axis)
    caption = "Up is more expression, left is more the same person; the bars are 95 % intervals. Hollow: grid."
    return Figure("trade-off", "Expression against identity", caption, png_of(figure))


def _legend_beside(axis: Any) -> None:
    """Draw the legend to the right of a plot, if anything is in the plot."""
    if axis.get_legend_handles_labels()[0]:
        axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)


def _crosshair(axis: Any, x: Number, y: Number, style: dict[str, Any], label: str) -> None:
    if x.value is None or y.value is None:
        return
    errors = {name: _bars(number) for name, number in (("xerr", x), ("yerr", y))}
    axis.errorbar([x.value], [y.value], label=label, elinewidth=0.7, capsize=0, markersize=7, **style, **errors)


def _bars(number: Number) -> list[list[float]] | None:
    if number.value is None or number.low is None or number.high is None:
        return None
    return [[number.value - number.low], [number.high - number.value]]


def control(comparison: Comparison) -> Figure | None:
    """Draw score and identity distance against the intensity."""
    figure, (left, right) = new_plot(12, 4.4, 2)
    drawn = False
    for candidate in comparison.of("comparison"):
        scores = comparison.control(candidate)
        if scores is None:
            continue
        drawn, style = True, style_of(candidate) | {"markersize": 4, "linewidth": 1.3}
        steps = scores.intensities
        left.plot(steps, control_curve(scores.scores, steps).mean, label=candidate.name, **style)
        if scores.distances is not None:
            right.plot(steps, _column_means(scores.distances), **style)
    left.set_ylabel("mean score of the judge of expression")
    right.set_ylabel("identity distance to the input")
    for axis in (left, right):
        axis.set_xlabel("intensity")
    left.set_ylim(-0.04, 1.04)
    figure.legend(*left.get_legend_handles_labels(), fontsize=8, loc="outside right center", frameon=False)
    caption = "Each point is a mean over the same people. Dashed and hollow: grid."
    return Figure("control", "Score and identity by intensity", caption, png_of(figure)) if drawn else None


def _column_means(table: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float]:
    return [float(np.mean(known)) if len(known := column[np.isfinite(column)]) else np.nan for column in table.T]


def learning_curve(comparison: Comparison) -> Figure | None:
    """Draw quality against the number of pairs; None where that was left out."""
    curves = comparison.of("pairs")
    if not curves:
        return None
    figure, (left, right) = new_plot(10, 4, 2)
    folds = curves[0].folds
    for whole in _whole(comparison, curves):
        own = [*(c for c in curves if c.registration == whole.registration), whole]
        pairs = [comparison.outcomes(c, folds)[0].cost.n_pairs or 0 for c in own]
        rows = [comparison.rows(c, folds) for c in own]
        _curve(left, pairs, [_mean(r, "mse") for r in rows], whole)
        _curve(right, pairs, [_called(r) for r in rows], whole)
    left.set_ylabel("MSE against the real photo")
    right.set_ylabel("share called by the judge of expression")
    for axis in (left, right):
        axis.set_xlabel("pairs learnt from")
        axis.set_ylim(bottom=0)
    left.legend(fontsize=8)
    caption = f"Pixel-RR, over the people of the first {folds} folds; the bands are 95 % intervals by person."
    return Figure("learning-curve", "How many pairs it takes", caption, png_of(figure))


def _curve(axis: Any, x: Sequence[float], numbers: Sequence[Number], candidate: Candidate) -> None:
    style, values = style_of(candidate), [np.nan if n.value is None else n.value for n in numbers]
    axis.plot(x, values, label=candidate.name, **style)
    low, high = (
        [np.nan if v is None else v for v in side] for side in ([n.low for n in numbers], [n.high for n in numbers])
    )
    axis.fill_between(x, low, high, color=style["color"], alpha=0.12, linewidth=0)


def model_size(comparison: Comparison) -> Figure | None:
    """Draw quality against the bytes of the model's file."""
    figure, (axis,) = new_plot(9, 4.6)
    drawn = False
    for candidate in comparison.of("comparison"):
        size = comparison.outcomes(candidate)[0].cost.bytes
        error = _mean(comparison.rows(candidate), "mse")
        if size and error.value is not None:
            drawn, style = True, style_of(candidate) | {"linestyle": "none"}
            axis.errorbar([size], [error.value], yerr=_bars(error), label=candidate.name, elinewidth=0.7, **style)
    for whole in _whole(comparison, comparison.of("size")):
        own = [*(c for c in comparison.of("size") if c.registration == whole.registration), whole]
        errors = [_mean(comparison.rows(c, own[0].folds), "mse").value for c in own]  # the same people in every point
        points = [(comparison.outcomes(c)[0].cost.bytes, error) for c, error in zip(own, errors, strict=True)]
        known = np.array([point for point in points if point[0] and point[1]]).reshape(-1, 2)
        axis.plot(*known.T, **(style_of(whole) | {"marker": ".", "linewidth": 0.9}))
    axis.set_xscale("log")
    axis.set_xlabel("bytes of the model's file")
    axis.set_ylabel("MSE against the real photo")
    _legend_beside(axis)
    caption = (
        "Lines: Pixel-RR in three sizes, over the people of the first folds alone. Hollow: grid. Bars: 95 % intervals."
    )
    return Figure("model-size", "How large a model has to be", caption, png_of(figure)) if drawn else None


def maps(comparison: Comparison) -> Figure | None:
    """Draw weight and bias that Pixel-RR has learnt, as images."""
    learnt = []
    for candidate in (c for c in comparison.of("comparison") if c.method == "pixel-rr"):
        try:
            model = load_expression_model(comparison.setup.cache.model(comparison.outcomes(candidate)[0].key))
        except PixelfesError:
            continue
        side = model.learned_.registration.size
        weight, bias = model.learned_.regressor.local_affine(np.zeros((side, side, 3), np.float32))
        learnt += [(f"w, {candidate.name}", weight[..., 0], 1.0), (f"b, {candidate.name}", bias[..., 0], 0.0)]
    if not learnt:
        return None
    figure, axes = new_plot(3.2 * len(learnt), 3.2, len(learnt))
    for axis, (title, values, middle) in zip(axes, learnt, strict=True):
        image = axis.imshow(values, cmap="RdBu_r", vmin=middle - 1, vmax=middle + 1)
        axis.set_title(title, fontsize=9)
        axis.set_axis_off()
        figure.colorbar(image, ax=axis, shrink=0.75)
    caption = (
        "White changes nothing: w = 1, b = 0. Learnt in the first fold; on the mesh b is in units of the photo's light."
    )
    return Figure("maps", "What Pixel-RR has learnt", caption, png_of(figure))


def _whole(comparison: Comparison, curves: Sequence[Candidate]) -> list[Candidate]:
    """Return Pixel-RR from all pairs in its full size, for each registration of some curves."""
    wanted = {curve.registration for curve in curves}
    return [c for c in comparison.of("comparison") if c.method == "pixel-rr" and c.registration in wanted]


def _mean(rows: Sequence[Row], name: str) -> Number:
    return mean([getattr(row, name) for row in rows], [row.person for row in rows])


def _called(rows: Sequence[Row]) -> Number:
    return mean([(row.score or 0.0) > CALLED for row in rows], [row.person for row in rows])
