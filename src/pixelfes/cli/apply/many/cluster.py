"""Change photos on a Dask cluster. Paths are on storage that all machines share; workers write the outputs themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

from pixelfes.cli.apply.outcomes import Outcome, Status
from pixelfes.cli.apply.photo_change import PhotoChange

if TYPE_CHECKING:
    from pixelfes.cli.apply.settings import ApplySettings
    from pixelfes.cli.apply.targets import PhotoJob


def change_on_cluster(settings: ApplySettings, jobs: Sequence[PhotoJob], scheduler: str) -> Iterator[Outcome]:
    """Change photos on the workers of a scheduler, and yield their outcomes as they come.

    The photos of a worker that dies are changed by another one. Outputs are written whole, so none is damaged and none
    is there twice.

    Raises
    ------
    PixelfesError
        If the scheduler does not answer, or the connection is lost.
    """
    from pixelfes.cluster.client import open_client
    from pixelfes.cluster.task_runner import TaskRunner

    with open_client(scheduler=scheduler) as client:
        runner = TaskRunner(client)
        submissions = [partial(runner.submit, change_photo, settings, _absolute(job)) for job in jobs]
        for number, future, error in runner.completed(submissions):
            outcome: Outcome = _failed(jobs[number], error) if error is not None else runner.result(future)
            yield replace(outcome, photo=str(jobs[number].source), output=outcome.output and str(jobs[number].target))


def change_photo(settings: ApplySettings, job: PhotoJob) -> Outcome:
    """Change a photo on a worker."""
    return _loaded(settings).run(job)


@cache
def _loaded(settings: ApplySettings) -> PhotoChange:
    """Return the model of the settings; a worker loads it once."""
    import cv2

    cv2.setNumThreads(1)  # a worker has one thread for each photo
    return PhotoChange.load(settings)


def _absolute(job: PhotoJob) -> PhotoJob:
    """Return a job whose paths do not depend on the folder of the process."""
    return replace(job, source=None if job.source is None else job.source.absolute(), target=job.target.absolute())


def _failed(job: PhotoJob, error: BaseException) -> Outcome:
    source = str(job.source)
    return Outcome(source, Status.FAILED, reason=f"{source}: it was not changed on the cluster: {error}")
