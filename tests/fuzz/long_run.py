"""Fuzz every reader of files: ``python -m tests.fuzz [--seconds 600] [--seed N] [--only photos]``.

Each target runs in a process of its own with 6 GB of address space. Damaged files that break a rule are kept in
``fuzz-failures/TARGET/``; ``--again FILE --only TARGET`` reads one of them.
"""

from __future__ import annotations

import argparse
import faulthandler
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.rules import Tally, check, fuzz
from tests.fuzz.targets import SHARES, TARGETS

ADDRESS_SPACE = 6 * 2**30
HANGS_AFTER = 60
"""Seconds after which a process that does not come back is ended with a traceback."""


def main() -> int:
    """Run the targets; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="time for all targets")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    parser.add_argument("--only", choices=TARGETS, action="append")
    parser.add_argument("--again", type=Path, help="a kept file to read again")
    arguments = parser.parse_args()
    chosen = arguments.only or list(TARGETS)
    if arguments.again:
        return _again(chosen[0], arguments.again)
    _say(f"seed {arguments.seed}")
    total = sum(SHARES[name] for name in chosen)
    broken = 0
    for name in chosen:
        seconds = arguments.seconds * max(SHARES[name] / total, 0.5 / len(chosen))
        process = multiprocessing.get_context("spawn").Process(target=_run, args=(name, arguments.seed, seconds))
        process.start()
        process.join()
        broken += process.exitcode != 0
    return int(broken > 0)


def _run(name: str, seed: int, seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    faulthandler.enable()
    faulthandler.dump_traceback_later(seconds + HANGS_AFTER, exit=True)
    with tempfile.TemporaryDirectory() as folder:
        target = TARGETS[name](Path(folder))
        tally = fuzz(target, seed, SHARES[name], time.monotonic() + seconds, Path("fuzz-failures") / name)
    _print(name, tally)
    sys.exit(bool(tally.failures))


def _print(name: str, tally: Tally) -> None:
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    _say(
        f"{name}: {tally.read + tally.refused} inputs, {tally.refused} refused, {len(tally.failures)} broken rules; "
        f"longest {tally.longest:.2f} s, {largest} MiB at most"
    )
    for failure in tally.failures:
        _say(f"  {failure}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _again(name: str, file: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        check(TARGETS[name](Path(folder)), file.read_bytes(), Path(folder), Tally())
    return 0
