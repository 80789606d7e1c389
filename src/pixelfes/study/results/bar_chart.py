"""The bar chart of shares, as SVG that takes its colours from the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from pixelfes.study.results.analysis import QuestionResult

_WIDTH, _NAMES, _VALUES = 720, 150, 190
_ROW, _BAR, _HEAD = 34, 18, 36
_FOOT = 34
_SHORT = 18
_STYLE = (
    "text{font:14px system-ui,sans-serif;fill:#1c1f23}.soft{fill:#5b626b;font-size:12px}.bar{fill:#2f6f8f}"
    ".whisker{stroke:#1c1f23;stroke-width:1.5}.grid{stroke:#d9dcd6}.chance{stroke:#a8321f;stroke-dasharray:4 3}"
    "@media(prefers-color-scheme:dark){text{fill:#e7e8e4}.soft{fill:#a3a9b0}.bar{fill:#6fb3d2}.whisker{stroke:#e7e8e4}"
    ".grid{stroke:#363b41}.chance{stroke:#ff9c86}}"
)


@dataclass(frozen=True)
class _Scale:
    """From a share to image pixels, x right."""

    top: float

    def __call__(self, share: float) -> float:
        return _NAMES + (_WIDTH - _NAMES - _VALUES) * share / self.top


def bar_chart(questions: Sequence[QuestionResult], *, alone: bool = False) -> str:
    """Draw the share of each candidate and its interval, question by question.

    Parameters
    ----------
    questions : list of QuestionResult
        Those without answers are left out.
    alone : bool
        For a file of its own, with colours; else the page's style sheet has them.

    Returns
    -------
    str
        SVG; empty without answers.
    """
    drawn = [question for question in questions if question.standings]
    if not drawn:
        return ""
    highest = max(standing.share.high for question in drawn for standing in question.standings)
    scale = _Scale(min(1.0, max(0.2, -(-highest * 10 // 1) / 10)))
    parts: list[str] = []
    y = 4.0
    for question in drawn:
        parts += _question(question, scale, y)
        y += _HEAD + _ROW * len(question.standings)
    parts += _axis(scale, y)
    height = y + _FOOT
    style = f"<style>{_STYLE}</style>" if alone else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" '
        f'aria-label="{_attribute(_words(drawn))}">{style}{"".join(parts)}</svg>'
    )


def _question(question: QuestionResult, scale: _Scale, y: float) -> list[str]:
    k = len(question.standings)
    bottom = y + _HEAD + _ROW * k
    chance = scale(1 / k)
    parts = [
        f'<text x="0" y="{y + 22:.1f}" class="soft">{escape(question.question)} · {question.n_answers} answers</text>',
        *(
            f'<line class="grid" x1="{scale(s):.1f}" x2="{scale(s):.1f}" y1="{y + _HEAD - 4:.1f}" y2="{bottom:.1f}"/>'
            for s in _ticks(scale)
        ),
        f'<line class="chance" x1="{chance:.1f}" x2="{chance:.1f}" y1="{y + _HEAD - 4:.1f}" y2="{bottom:.1f}"/>',
    ]
    for n, standing in enumerate(question.standings):
        middle = y + _HEAD + _ROW * n + _ROW / 2 - 2
        share, name = standing.share, standing.candidate
        short = name if len(name) <= _SHORT else f"{name[: _SHORT - 1]}…"
        value = f"{100 * share.estimate:.1f} %"
        if share.n_people > 1:
            value += f" ({100 * share.low:.1f} to {100 * share.high:.1f})"
            parts_of_whisker = _whisker(scale(share.low), scale(share.high), middle)
        else:
            parts_of_whisker = ""
        parts += [
            f'<text x="{_NAMES - 12}" y="{middle + 5:.1f}" text-anchor="end">{escape(short)}</text>',
            f'<rect class="bar" x="{_NAMES}" y="{middle - _BAR / 2:.1f}" width="{scale(share.estimate) - _NAMES:.1f}" '
            f'height="{_BAR}" rx="2"/>',
            parts_of_whisker,
            f'<text x="{_WIDTH}" y="{middle + 5:.1f}" text-anchor="end">{value}</text>',
        ]
    return parts


def _whisker(left: float, right: float, y: float) -> str:
    return (
        f'<path class="whisker" fill="none" d="M{left:.1f} {y - 5:.1f}v10M{left:.1f} {y:.1f}H{right:.1f}'
        f'M{right:.1f} {y - 5:.1f}v10"/>'
    )


def _axis(scale: _Scale, y: float) -> list[str]:
    return [
        f'<text class="soft" x="{scale(s):.1f}" y="{y + 18:.1f}" text-anchor="middle">{100 * s:.0f} %</text>'
        for s in _ticks(scale)
    ]


def _ticks(scale: _Scale) -> list[float]:
    step = 0.2 if scale.top > 0.6 else 0.1
    return [n * step for n in range(int(scale.top / step + 1e-9) + 1)]


def _words(questions: Sequence[QuestionResult]) -> str:
    """Say what the chart shows, for those who cannot see it."""
    sentences = []
    for question in questions:
        shares = ", ".join(f"{s.candidate} {100 * s.share.estimate:.1f} %" for s in question.standings)
        sentences.append(f"{question.question}: {shares}.")
    return "Share chosen. " + " ".join(sentences)


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})
