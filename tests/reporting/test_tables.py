from __future__ import annotations

import csv
import io

import pytest

from pixelfes.reporting.tables import NOTHING, Number, Table, mean, median

TABLE = Table(
    "name",
    "Title",
    "A note.",
    ["who", "share", "error"],
    [
        ["a | b, c", Number(0.5, 0.25, 0.75, 0, True), Number(1234.5678, digits=1)],
        ["d", Number(None), Number(-0.001)],
    ],
)


def test_markdown_is_for_people() -> None:
    lines = TABLE.markdown().splitlines()
    assert lines[:4] == ["### Title", "", "A note.", ""]
    assert lines[4:] == [
        "| who | share | error |",
        "| --- | ---: | ---: |",
        "| a \\| b, c | 50 % (25 to 75) | 1234.6 |",
        f"| d | {NOTHING} | 0.00 |",
    ]


def test_csv_is_for_programs() -> None:
    rows = list(csv.DictReader(io.StringIO(TABLE.csv())))
    assert rows[0] == {
        "who": "a | b, c",
        "share": "0.5",
        "share, low": "0.25",
        "share, high": "0.75",
        "error": "1234.5678",
    }
    assert rows[1]["share"] == rows[1]["share, low"] == ""


def test_a_mean_is_of_what_is_there() -> None:
    number = mean([1.0, None, 3.0, float("nan")], ["a", "b", "c", "d"])
    assert number.value == 2
    assert number.low is not None
    assert number.low < 2
    assert mean([None], ["a"]) == Number(None)
    assert mean([2.0], ["a"]) == Number(2.0)  # an interval of one person would say nothing


def test_a_median_is_not_moved_by_one_that_took_long() -> None:
    assert median([1.0, 2.0, 900.0, None]).value == 2
    assert median([]).value is None


@pytest.mark.parametrize(("value", "text"), [(-0.2, "0"), (0.4, "0"), (-1.0, "-1")])
def test_there_is_no_minus_zero(value: float, text: str) -> None:
    assert Number(value, digits=0).text == text
