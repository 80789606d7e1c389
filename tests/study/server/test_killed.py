"""A server that is killed while a crowd answers, by the program that measures the load: small here, 300 people there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[3] / "benchmarks" / "study_load.py"


def test_no_acknowledged_answer_is_lost_or_doubled_by_a_kill(database: str) -> None:
    command = [sys.executable, str(PROGRAM), "--participants", "8", "--kills", "1", "--database", database]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    row = [cell.strip() for cell in done.stdout.splitlines()[2].split("|")]
    assert row[1:7] == [database.partition(":")[0], "8", "0", "1", str(8 * 14), "0"]
