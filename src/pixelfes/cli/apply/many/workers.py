"""Change photos in several processes: a broken photo or a killed worker stops nobody else."""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from pixelfes.cli.apply.outcomes import Outcome, Status
from pixelfes.cli.apply.photo_change import PhotoChange
from pixelfes.errors import PixelfesError

if TYPE_CHECKING:
    from pixelfes.cli.apply.settings import ApplySettings
    from pixelfes.cli.apply.targets import PhotoJob

FEWEST_PHOTOS = 6
"""Photos from which on "auto" uses more than one process: starting one takes as long as two or three photos."""


def worker_count(workers: int | None, photos: int) -> int:
    """Return how many processes to use; None means one for each core, if there are enough photos."""
    if workers is not None:
        return max(1, min(workers, photos))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, photos)) if photos >= FEWEST_PHOTOS else 1


def change_photos(change: PhotoChange, jobs: Sequence[PhotoJob], workers: int) -> Iterator[Outcome]:
    """Change photos, and yield their outcomes as they come.

    Parameters
    ----------
    change : PhotoChange
        The loaded model; used as it is if there is one worker, loaded again in each process otherwise.
    jobs : list of PhotoJob
    workers : int
    """
    if workers <= 1:
        yield from map(change.run, jobs)
        return
    waiting = deque(jobs)
    running = [_Worker.start(change.settings) for _ in range(workers)]
    try:
        for worker in running:
            worker.give(waiting)
        while busy := [worker for worker in running if worker.job is not None]:
            for ready in wait([worker.pipe for worker in busy]):
                worker = next(one for one in busy if one.pipe is ready)
                yield worker.result()
                if not worker.is_alive:
                    running[running.index(worker)] = worker = _Worker.start(change.settings)
                worker.give(waiting)
    finally:
        for worker in running:
            worker.stop()


@dataclass
class _Worker:
    """A process that changes one photo at a time."""

    process: Any
    pipe: Connection
    job: PhotoJob | None = None
    is_alive: bool = True

    @classmethod
    def start(cls, settings: ApplySettings) -> _Worker:
        context = get_context("spawn")  # forked processes would share the threads of the networks
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, settings), daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours)

    def give(self, waiting: deque[PhotoJob]) -> None:
        """Hand over the next job, if there is one."""
        self.job = waiting.popleft() if waiting else None
        if self.job is not None:
            with suppress(OSError):  # a dead worker is noticed when its result is awaited
                self.pipe.send(self.job)

    def result(self) -> Outcome:
        """Return the outcome of the job in hand; a failure if the process died."""
        try:
            outcome: Outcome = self.pipe.recv()
        except (EOFError, OSError):
            self.is_alive = False
            self.process.join()
            source = str(self.job.source) if self.job else ""
            why = f"{source}: the process that changed it ended (status {self.process.exitcode})"
            outcome = Outcome(source, Status.FAILED, reason=why)
        self.job = None
        return outcome

    def stop(self) -> None:
        """End the process."""
        self.pipe.close()
        self.process.terminate()
        self.process.join()


def _work(pipe: Connection, settings: ApplySettings) -> None:
    """Change the photos that come through a pipe, on one core, until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
    os.environ["OMP_NUM_THREADS"] = "1"
    import cv2

    cv2.setNumThreads(1)
    try:
        change = PhotoChange.load(settings)
        while True:
            pipe.send(change.run(pipe.recv()))
    except (EOFError, BrokenPipeError):
        return
    except PixelfesError as error:
        sys.exit(str(error))
