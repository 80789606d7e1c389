"""Open a Dask client: of a cluster started on this machine for one fit, or of a running scheduler."""

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
"""Seconds for a scheduler to answer, and then for its first worker to appear."""

LOCAL_CLUSTER_CONFIG = {"distributed.deploy.lost-worker-timeout": "1 day"}
"""Dask configuration of a cluster on this machine.

By default, a worker that is down 15 seconds after a crash is removed for good, even if it restarted and crashed again.
"""


@contextmanager
def open_client(workers: int | None = None, scheduler: str | None = None) -> Iterator[Client]:
    """Open a client for the duration of the context, and silence Dask's log meanwhile.

    Give either ``workers`` or ``scheduler``.

    Parameters
    ----------
    workers : int, optional
        Number of processes of a cluster on this machine. It is shut down at the end.
    scheduler : str, optional
        Address of a running scheduler, ``tcp://host:port``.

    Raises
    ------
    MissingDependencyError
        If Dask is not installed.
    InputError
        If both or neither of the two are given.
    PixelfesError
        If the scheduler does not answer or has no workers.
    """
    if (workers is None) == (scheduler is None):
        raise InputError("a cluster needs either a number of workers or the address of a scheduler")
    dask, distributed = extra_module("cluster", "dask"), extra_module("cluster", "dask.distributed")
    with _logging_disabled(), ExitStack() as stack:
        if scheduler is not None:
            yield stack.enter_context(_connected(scheduler))
            return
        stack.enter_context(dask.config.set(LOCAL_CLUSTER_CONFIG))
        options = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
        with _interrupts_deferred():
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
def _logging_disabled() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def _interrupts_deferred() -> Iterator[None]:
    """Defer Ctrl-C until a cluster has started, and block it in the cluster's processes for good.

    A terminal sends Ctrl-C to every process of the command, and each worker would print a traceback. Only this process
    should stop; it then shuts the workers down. Workers inherit their signal mask from the thread that starts them, also
    after a crash, and that thread inherits it from this one.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield  # only the main thread receives interrupts; Windows has no signal masks
        return
    resource_tracker.ensure_running()  # its start unblocks interrupts in the thread that needs it first
    received: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, frame: received.append(number))  # other threads have no mask
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if received:
        raise KeyboardInterrupt
