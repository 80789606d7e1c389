"""Fit a model on many machines with Dask (extra ``cluster``). Importing this room does not import Dask."""

from pixelfes.cluster.client import open_client
from pixelfes.cluster.fit import fit_on_cluster, shard_size_for

__all__ = ["fit_on_cluster", "open_client", "shard_size_for"]
