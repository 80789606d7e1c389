from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pixelfes.errors import InputError
from pixelfes.video.keys import MAX_BYTES, Timeline, read_keys
from pixelfes.video.times import parse_time


def table(folder: Path, text: str | bytes) -> Path:
    path = folder / "keys.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_amounts_go_from_key_to_key_and_rest_outside(tmp_path: Path) -> None:
    rows = "time,name,amount\n# a comment\n0:01, smile, 0\n3, smile, 1\n\n1, jawOpen, 0.2\n"
    shown = read_keys(table(tmp_path, rows), "linear")
    assert [shown(time).base for time in (0, 1, 2, 3, 9)] == pytest.approx([0, 0, 0.5, 1, 1])
    assert {shown(time).actions["jawOpen"] for time in (0, 1, 9)} == {0.2}


def test_smooth_changes_start_and_end_slowly() -> None:
    smooth, linear = (Timeline({"smile": [(0, 0), (1, 1)]}, between) for between in ("smooth", "linear"))
    assert smooth(0.1).base < 0.5 * linear(0.1).base
    assert smooth(0.5).base == pytest.approx(linear(0.5).base)
    steps = np.diff([smooth(time).base for time in np.linspace(-0.5, 1.5, 50)])
    assert (steps >= 0).all()


def test_rows_may_come_in_any_order_and_without_a_header(tmp_path: Path) -> None:
    shown = read_keys(table(tmp_path, "2,wink,1\n0,wink,0\n"))
    assert shown(2).actions["eyeBlink_L"] == 1


def test_gaze_is_in_degrees_and_may_go_to_either_side(tmp_path: Path) -> None:
    shown = read_keys(table(tmp_path, "0,gazeLeft,-16\n2,gazeLeft,16\n0,gazeUp,11\n"), "linear")
    assert shown(0).actions["eyeLookOut_R"] == pytest.approx(0.5)
    assert shown(2).actions["eyeLookOut_L"] == pytest.approx(0.5)
    assert shown(1).actions == {"eyeLookUp_L": pytest.approx(0.5), "eyeLookUp_R": pytest.approx(0.5)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no keys; write rows of time, name, amount"),
        ("1,smile\n", "row 1: a key is a time, a name and an amount; found 2 cells"),
        ("time,name,amount\n1,smlie,1\n", "row 2: 'smlie' is no expression .*smile"),
        ("1,smile,much\n", "row 1: the amount must be a number; found 'much'"),
        ("1,smile,nan\n", "row 1: the amount must be a number; found 'nan'"),
        ("1,smile,-1\n", "row 1: the size of smile must be a number from 0"),
        ("soon,smile,1\n", "row 1: a time must be seconds"),
        ("1,smile,1\n1,smile,0\n", "the times of smile must rise"),
        ("0,gazeLeft,99\n", "row 1: gaze must be two angles"),
        (b"\xff\xfe\x00", "it is not a table of text"),
        (b"a" * (MAX_BYTES + 1), "it is larger than"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_its_row(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_keys(table(tmp_path, text))


def test_a_table_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"keys\.csv cannot be read: no such file"):
        read_keys(tmp_path / "keys.csv")


def test_a_timeline_checks_what_it_is_given() -> None:
    with pytest.raises(InputError, match="smooth or linear"):
        Timeline({"smile": [(0, 1)]}, "cubic")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="must rise"):
        Timeline({"smile": []})


@pytest.mark.parametrize("text", ["", "-1", "1:2:3:4", "a", "1e3", "1.", "NaN"])
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(InputError, match="a time must be"):
        parse_time(text)
