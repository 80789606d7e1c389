"""Clients of local clusters and of running schedulers, and the errors if there are none."""

from __future__ import annotations

import sys
import time

import pytest
from dask.distributed import LocalCluster

from pixelfes.cluster import client as clients
from pixelfes.cluster import open_client
from pixelfes.errors import InputError, MissingDependencyError, PixelfesError


def test_a_cluster_of_processes_runs_until_the_context_ends() -> None:
    with open_client(workers=1) as client:
        assert client.submit(sum, (1, 2)).result() == 3
        assert len(client.nthreads()) == 1
    assert client.status == "closed"


def test_a_scheduler_that_does_not_answer_is_an_error_within_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "SCHEDULER_TIMEOUT", 1.0)
    for address in ("tcp://127.0.0.1:1", "nowhere", "http://x:y"):
        start = time.perf_counter()
        with pytest.raises(PixelfesError, match="no Dask scheduler answers at "), open_client(scheduler=address):
            pass
        assert time.perf_counter() - start < 10


def test_a_scheduler_without_workers_is_an_error_within_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "SCHEDULER_TIMEOUT", 1.0)
    with LocalCluster(n_workers=0, processes=True, dashboard_address="127.0.0.1:0") as cluster:
        address = cluster.scheduler_address
        with pytest.raises(PixelfesError, match=f"the Dask scheduler at {address} has no workers"):  # noqa: SIM117
            with open_client(scheduler=address):
                pass


def test_a_client_needs_either_workers_or_a_scheduler() -> None:
    for options in ({}, {"workers": 2, "scheduler": "tcp://127.0.0.1:1"}):
        with pytest.raises(InputError, match="either a number of workers"), open_client(**options):  # type: ignore[arg-type]
            pass


def test_the_error_without_dask_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "pixelfes\[cluster\]"'), open_client(workers=1):
        pass
