"""``pixelfes apply`` on many photos: one process beside several, and a cluster that loses a worker.

Usage: ``python benchmarks/apply_many.py [--photos 200] [--side 1350] [--rounds 3] [--cluster 2000]``. The photos are fictional
people, enlarged. Every round runs the whole command with one process and with one for each core, in turn; medians and their
ratio are printed. ``--cluster N`` changes N photos of 256 x 256 on two workers, kills one when a third is done, and counts.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from PIL import Image

from pixelfes.people.people import write_people

APPLY = [sys.executable, "-m", "pixelfes", "apply", "in", "-o", "out", "--json"]
PEOPLE = 50


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--side", type=int, default=1350)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cluster", type=int, default=0, metavar="N", help="photos for a cluster; 0: none")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_people(folder / "people", PEOPLE)
        compare_workers(folder, arguments.photos, arguments.side, arguments.rounds)
        if arguments.cluster:
            lose_a_worker(folder, arguments.cluster)


def make_photos(folder: Path, count: int, side: int) -> None:
    """Write photos of fictional people to ``in``, as JPEG."""
    shutil.rmtree(folder / "in", ignore_errors=True)
    (folder / "in").mkdir()
    people = sorted((folder / "people/neutral").iterdir())
    for number in range(count):
        with Image.open(people[number % len(people)]) as image:
            image.resize((side, side), Image.Resampling.BICUBIC).save(folder / f"in/{number:05}.jpg", quality=92)


def compare_workers(folder: Path, photos: int, side: int, rounds: int) -> None:
    """Time one process beside one for each core."""
    cores = len(os.sched_getaffinity(0))
    make_photos(folder, photos, side)
    seconds: dict[int, list[float]] = {1: [], cores: []}
    for _ in range(rounds):
        for count, measured in seconds.items():
            shutil.rmtree(folder / "out", ignore_errors=True)
            start = time.perf_counter()
            subprocess.run([*APPLY, "--workers", str(count)], cwd=folder, check=True, capture_output=True)
            measured.append(time.perf_counter() - start)
    one, all_cores = (statistics.median(measured) for measured in seconds.values())
    print(f"{photos} photos of {side} x {side}: one process {one:.1f} s, {cores} processes {all_cores:.1f} s")
    ratios = [a / b for a, b in zip(*seconds.values(), strict=True)]
    print(f"{one / all_cores:.2f} times as fast (rounds: {', '.join(f'{ratio:.2f}' for ratio in ratios)})")


def lose_a_worker(folder: Path, photos: int) -> None:
    """Change photos on a cluster, kill a worker when a third is done, and count what came out."""
    from dask.distributed import LocalCluster

    make_photos(folder, photos, 256)
    shutil.rmtree(folder / "out", ignore_errors=True)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
    ) as cluster:
        start = time.perf_counter()
        command = [*APPLY, "--scheduler", cluster.scheduler_address]
        said_file = folder / "said.json"
        with (
            said_file.open("wb") as said_by,
            subprocess.Popen(command, cwd=folder, stdout=said_by, stderr=subprocess.DEVNULL) as process,
        ):
            while len([*folder.glob("out/*.jpg")]) < photos // 3:
                time.sleep(0.1)
            psutil.Process(next(iter(cluster.workers.values())).pid).kill()
            process.wait()
        seconds = time.perf_counter() - start
    said = [json.loads(line) for line in said_file.read_text().splitlines()]
    written = {one["photo"] for one in said if one["status"] == "written"}
    files = len([*folder.glob("out/*.jpg")])
    print(
        f"cluster, a worker killed: {photos} photos in {seconds:.0f} s; {len(said)} reported, {len(written)} of them written, "
        f"{files} files, status {process.returncode}"
    )


if __name__ == "__main__":
    main()
