"""Clients of Dask: of a cluster on this machine, made for a fit and shut down after it, or of one that is there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pixelfes.errors import InputError, MissingDependencyError, PixelfesError

if TYPE_CHECKING:
    from dask.distributed import Client

REACHED_WITHIN = 10.0
"""Seconds in which a scheduler must answer, and have a worker."""


@contextmanager
def open_client(workers: int | None = None, scheduler: str | None = None) -> Iterator[Client]:
    """Open a client for as long as the context lasts; Dask's own log is kept out of the terminal meanwhile.

    Parameters
    ----------
    workers : int
        Processes of a cluster on this machine, shut down at the end; instead of a scheduler.
    scheduler : str
        Address of one that is there, ``tcp://host:port``.

    Raises
    ------
    MissingDependencyError
        Where Dask is not installed.
    InputError
        Where neither or both are given.
    PixelfesError
        Where the scheduler cannot be reached, or has no workers.
    """
    if (workers is None) == (scheduler is None):
        raise InputError("a cluster is either so many workers here, or one scheduler that is there")
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError as error:
        raise MissingDependencyError('a fit on a cluster needs Dask: pip install "pixelfes[cluster]"') from error
    with _quiet():
        if scheduler is not None:
            with _connected(scheduler) as client:
                yield client
            return
        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    from dask.distributed import Client

    try:
        client = Client(scheduler, timeout=REACHED_WITHIN)
    except (OSError, ValueError, TypeError) as error:
        raise PixelfesError(f"no Dask scheduler answers at {scheduler} within {REACHED_WITHIN:g} seconds") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=REACHED_WITHIN)
        except TimeoutError as error:
            raise PixelfesError(f"the Dask scheduler at {scheduler} has no workers") from error
        yield client


@contextmanager
def _quiet() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
