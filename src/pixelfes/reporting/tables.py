"""Tables: numbers with their intervals, as CSV for programs and as Markdown and HTML for people."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import TypeAlias

from pixelfes.reporting.bootstrap import bootstrap_mean

NOTHING = "–"
_Z = 1.959963984540054  # 95 % of a normal distribution lie within so many deviations


@dataclass(frozen=True)
class Number:
    """A number of a table.

    Attributes
    ----------
    value : float, or None
        None where there is none.
    low, high : float, or None
        Its interval, if it has one.
    digits : int
        Behind the point, as people see it; programs get nine significant ones.
    percent : bool
        Whether people see it times 100 with a % sign.
    failed : bool
        Whether it counts failures, which pages make stand out.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    digits: int = 2
    percent: bool = False
    failed: bool = False

    @property
    def text(self) -> str:
        """The number as text.

        >>> Number(0.5, 0.25, 0.75, digits=0, percent=True).text
        '50 % (25 to 75)'
        """
        if self.value is None:
            return NOTHING
        unit = " %" if self.percent else ""
        interval = ""
        if self.low is not None and self.high is not None:
            interval = f" ({self.shown(self.low)} to {self.shown(self.high)})"
        return f"{self.shown(self.value)}{unit}{interval}"

    def shown(self, value: float) -> str:
        """Return one of its numbers as people see it."""
        text = f"{100 * value if self.percent else value:.{self.digits}f}"
        return text.removeprefix("-") if float(text) == 0 else text


class FailedText(str):
    """A text of a table that tells of a failure, which pages make stand out."""

    __slots__ = ()


Cell: TypeAlias = str | Number


def is_failed(cell: Cell) -> bool:
    """Return whether a cell tells of a failure."""
    return cell.failed if isinstance(cell, Number) else isinstance(cell, FailedText)


def has_interval(cell: Cell) -> bool:
    """Return whether a cell is a number with an interval."""
    return isinstance(cell, Number) and cell.low is not None


def count_noun(n: int, noun: str) -> str:
    """Return a number and a noun.

    >>> count_noun(1, "item"), count_noun(2, "item")
    ('1 item', '2 items')
    """
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    name : str
        Of its files.
    title, note : str
        What stands above it, and what has to be known to read it.
    columns : list of str
    rows : list of lists of cells, as many as columns
    """

    name: str
    title: str
    note: str
    columns: list[str]
    rows: list[list[Cell]]

    def texts(self) -> list[list[str]]:
        """Return the rows as people see them."""
        return [[_text(cell) for cell in row] for row in self.rows]

    def numeric(self) -> list[bool]:
        """Return which columns hold numbers."""
        return [any(isinstance(row[n], Number) for row in self.rows) for n in range(len(self.columns))]

    def markdown(self, *, heading: bool = True) -> str:
        """Return the table as Markdown, failures in bold; with a heading, title and note come first."""
        lines = [f"### {self.title}", "", *([self.note, ""] if self.note else [])] if heading else []
        lines += [_line(self.columns), _line(["---:" if number else "---" for number in self.numeric()])]
        marked = [[f"**{_text(cell)}**" if is_failed(cell) else _text(cell) for cell in row] for row in self.rows]
        return "\n".join(lines + [_line(row) for row in marked]) + "\n"

    def csv(self) -> str:
        """Return the table as CSV; columns with intervals have two more, low and high."""
        wide = [any(has_interval(row[n]) for row in self.rows) for n in range(len(self.columns))]
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        header = [
            [name, f"{name}, low", f"{name}, high"] if w else [name] for name, w in zip(self.columns, wide, strict=True)
        ]
        writer.writerow([name for names in header for name in names])
        for row in self.rows:
            cells = [_fields(cell, w) for cell, w in zip(row, wide, strict=True)]
            writer.writerow([field for fields in cells for field in fields])
        return stream.getvalue()


def mean(
    values: Sequence[float | bool | None], people: Sequence[Hashable], digits: int = 2, percent: bool = False
) -> Number:
    """Return the mean of what is there, with its bootstrap interval by person."""
    known = [(float(v), p) for v, p in zip(values, people, strict=True) if v is not None and isfinite(v)]
    if not known:
        return Number(None)
    found = bootstrap_mean([value for value, _ in known], [person for _, person in known])
    if found.n_people < 2:
        return Number(found.estimate, digits=digits, percent=percent)
    return Number(found.estimate, found.low, found.high, digits, percent)


def share(hits: Sequence[bool]) -> Number:
    """Return how often something was so among independent people, with Wilson's interval of 95 %, which holds at 0 and 100 %.

    References
    ----------
    E. Wilson, "Probable inference, the law of succession, and statistical inference", J. Am. Stat. Assoc. 22, 1927.

    Examples
    --------
    >>> share([True] * 20).text
    '100 % (84 to 100)'
    """
    if not hits:
        return Number(None)
    n, p = len(hits), sum(hits) / len(hits)
    middle = p + _Z**2 / (2 * n)
    half = _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n))
    low, high = ((middle + sign * half) / (1 + _Z**2 / n) for sign in (-1, 1))
    return Number(p, max(0.0, low), min(1.0, high), digits=0, percent=True)


def median(values: Sequence[float | None], digits: int = 2) -> Number:
    """Return the median of what is there: of times, which other work on the machine lengthens and nothing shortens."""
    known = [value for value in values if value is not None and isfinite(value)]
    return Number(statistics.median(known) if known else None, digits=digits)


def _text(cell: Cell) -> str:
    return cell.text if isinstance(cell, Number) else cell


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"


def _fields(cell: Cell, wide: bool) -> list[str]:
    if isinstance(cell, str):
        return [cell, "", ""] if wide else [cell]
    numbers = [cell.value, cell.low, cell.high] if wide else [cell.value]
    return ["" if number is None else f"{number:.9g}" for number in numbers]
