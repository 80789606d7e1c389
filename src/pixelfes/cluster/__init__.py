"""The same fit on many machines, by Dask. Nothing here imports Dask before a cluster is used (extra ``cluster``)."""

from pixelfes.cluster.client import open_client
from pixelfes.cluster.fit import fit_on_cluster, shard_size_for

__all__ = ["fit_on_cluster", "open_client", "shard_size_for"]
