"""MR: ridge regression of each pixel on the window around it."""

from pixelfes.regress.masked.estimator import MaskedRidge

__all__ = ["MaskedRidge"]
