"""A server that is killed while participants answer. The benchmark of the load does the same with 300 participants."""

from __future__ import annotations

import pytest

import study_load


def test_no_acknowledged_answer_is_lost_or_doubled_by_a_kill(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = study_load.main(["--participants", "8", "--items", "6", "--kills", "1", "--database", database])
    output, errors = capsys.readouterr()
    assert (status, errors) == (0, "")
    row = [cell.strip() for cell in output.splitlines()[2].split("|")]
    assert row[1:7] == [database.partition(":")[0], "8", "0", "1", str(8 * 8), "0"]
