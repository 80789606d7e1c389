"""Clients of Dask: of a cluster on this machine, made for a fit and shut down after it, or of one that is there."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

from pixelfes.errors import InputError, PixelfesError
from pixelfes.extras import extra_module

if TYPE_CHECKING:
    from dask.distributed import Client

SCHEDULER_TIMEOUT = 10.0
"""Seconds in which a scheduler must answer, and have a worker."""

PATIENCE = {"distributed.deploy.lost-worker-timeout": "1 day"}
"""By default a cluster here gives up a process that happens to be down again, not still, 15 seconds after it died."""


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
    dask, distributed = extra_module("cluster", "dask"), extra_module("cluster", "dask.distributed")
    with _quiet(), ExitStack() as stack:
        if scheduler is not None:
            yield stack.enter_context(_connected(scheduler))
            return
        stack.enter_context(dask.config.set(PATIENCE))
        options = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
        with _interrupts_held_back():
            cluster = stack.enter_context(distributed.LocalCluster(n_workers=workers, processes=True, **options))
        yield stack.enter_context(distributed.Client(cluster))


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    from dask.distributed import Client

    try:
        client = Client(scheduler, timeout=SCHEDULER_TIMEOUT)
    except (OSError, ValueError, TypeError) as error:
        raise PixelfesError(f"no Dask scheduler answers at {scheduler}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=SCHEDULER_TIMEOUT)
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


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Hold Ctrl-C back while a cluster starts, and keep it from the cluster's processes for good.

    A terminal sends it to all of them, and each would complain; this process is to stop, and shut them down. The thread that
    starts them, now and after a death, inherits the mask of signals from this one, and they from it.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield  # only the main thread is interrupted; Windows has no masks
        return
    resource_tracker.ensure_running()  # at its start it would open that thread to interrupts
    held: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, frame: held.append(number))  # other threads have no mask
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if held:
        raise KeyboardInterrupt
