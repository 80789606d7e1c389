"""The bar chart of shares, as SVG. Inside a page it takes its colours from the style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from pixelfes.reporting.style_sheets import SCHEMES, token_values, with_values
from pixelfes.reporting.tables import count_noun
from pixelfes.study.page_files import static_file
from pixelfes.study.results.analysis import QuestionResult, Standing

_WIDTH, _NAME_WIDTH, _VALUE_WIDTH = 720, 150, 190
_ROW_HEIGHT, _BAR_HEIGHT, _HEADER_HEIGHT, _AXIS_HEIGHT = 34, 18, 36, 34
_MAX_NAME = 18  # characters


@dataclass(frozen=True)
class _Scale:
    """The horizontal scale: share 0 is at the left end of the bars, and ``top`` at the right end."""

    top: float

    def __call__(self, share: float) -> float:
        """Return the x coordinate of a share."""
        return _NAME_WIDTH + (_WIDTH - _NAME_WIDTH - _VALUE_WIDTH) * share / self.top

    def ticks(self) -> list[float]:
        """Return the shares of the grid lines."""
        step = 0.2 if self.top > 0.6 else 0.1
        return [n * step for n in range(int(self.top / step + 1e-9) + 1)]


def bar_chart(questions: Sequence[QuestionResult], *, standalone: bool = False) -> str:
    """Draw the share of each candidate with its interval, question by question.

    Parameters
    ----------
    questions : list of QuestionResult
        Questions without answers are left out.
    standalone : bool
        Whether to include the values of the colours, for a file of its own. In a page they come from tokens.css.

    Returns
    -------
    str
        SVG, or an empty string without answers.
    """
    drawn = [question for question in questions if question.standings]
    if not drawn:
        return ""
    highest = max(standing.share.high for question in drawn for standing in question.standings)
    scale = _Scale(min(1.0, max(0.2, -(-highest * 10 // 1) / 10)))
    elements: list[str] = []
    y = 4.0
    for question in drawn:
        elements += _question(question, scale, y)
        y += _HEADER_HEIGHT + _ROW_HEIGHT * len(question.standings)
    elements += _axis(scale, y)
    style = f"<style>{_standalone_style()}</style>" if standalone else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {_WIDTH} {y + _AXIS_HEIGHT:.0f}" '
        f'role="img" aria-label="{_attribute(_description(drawn))}">{style}{"".join(elements)}</svg>'
    )


def _standalone_style() -> str:
    """Return the chart's style sheet for both themes, with the values of the tokens."""
    style = static_file("chart.css").decode()
    light, dark = (with_values(style, token_values(scheme)) for scheme in SCHEMES)
    return f"{light}@media (prefers-color-scheme: dark) {{\n{dark}}}"


def _question(question: QuestionResult, scale: _Scale, y: float) -> list[str]:
    """Draw the heading, the grid and the bars of a question whose top is at y."""
    top, bottom = y + _HEADER_HEIGHT - 4, y + _HEADER_HEIGHT + _ROW_HEIGHT * len(question.standings)
    heading = f"{escape(question.question)} · {count_noun(question.n_answers, 'answer')}"
    elements = [
        f'<text x="0" y="{y + 22:.1f}" class="soft">{heading}</text>',
        *(_vertical_line("grid", scale(share), top, bottom) for share in scale.ticks()),
        _vertical_line("chance", scale(1 / len(question.standings)), top, bottom),
    ]
    for n, standing in enumerate(question.standings):
        elements += _bar(standing, scale, y + _HEADER_HEIGHT + _ROW_HEIGHT * n + _ROW_HEIGHT / 2 - 2)
    return elements


def _bar(standing: Standing, scale: _Scale, y: float) -> list[str]:
    """Draw the name, the bar, the interval and the value of a candidate around the height y."""
    share, name = standing.share, standing.candidate
    short = name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}…"
    value, whisker = f"{100 * share.estimate:.1f} %", ""
    if share.n_people > 1 and share.low < share.high:
        value += f" ({100 * share.low:.1f} to {100 * share.high:.1f})"
        whisker = _whisker(scale(share.low), scale(share.high), y)
    return [
        f'<text x="{_NAME_WIDTH - 12}" y="{y + 5:.1f}" text-anchor="end">{escape(short)}</text>',
        f'<rect class="bar" x="{_NAME_WIDTH}" y="{y - _BAR_HEIGHT / 2:.1f}" '
        f'width="{scale(share.estimate) - _NAME_WIDTH:.1f}" height="{_BAR_HEIGHT}" rx="2"/>',
        whisker,
        f'<text x="{_WIDTH}" y="{y + 5:.1f}" text-anchor="end">{value}</text>',
    ]


def _vertical_line(kind: str, x: float, top: float, bottom: float) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'


def _whisker(left: float, right: float, y: float) -> str:
    return (
        f'<path class="whisker" fill="none" d="M{left:.1f} {y - 5:.1f}v10M{left:.1f} {y:.1f}H{right:.1f}'
        f'M{right:.1f} {y - 5:.1f}v10"/>'
    )


def _axis(scale: _Scale, y: float) -> list[str]:
    return [
        f'<text class="soft" x="{scale(share):.1f}" y="{y + 18:.1f}" text-anchor="middle">{100 * share:.0f} %</text>'
        for share in scale.ticks()
    ]


def _description(questions: Sequence[QuestionResult]) -> str:
    """Return the chart as a text for screen readers."""
    sentences = []
    for question in questions:
        shares = ", ".join(f"{s.candidate} {100 * s.share.estimate:.1f} %" for s in question.standings)
        sentences.append(f"{question.question}: {shares}.")
    return "Share of choices. " + " ".join(sentences)


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})
