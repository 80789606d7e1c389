"""Pixel-RR: ridge regression of each pixel on itself."""

from pixelfes.regress.pixel.estimator import PixelRidge

__all__ = ["PixelRidge"]
