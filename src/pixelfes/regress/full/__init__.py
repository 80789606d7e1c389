"""RR: ridge regression of each pixel on every pixel."""

from pixelfes.regress.full.estimator import Ridge

__all__ = ["Ridge"]
