"""OMP and LSRF: ridge regression of each pixel on a few pixels chosen greedily."""

from pixelfes.regress.sparse.estimator import LocalSparseRidge, SparseRidge

__all__ = ["LocalSparseRidge", "SparseRidge"]
