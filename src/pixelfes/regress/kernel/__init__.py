"""Pixel-KR: kernel ridge regression of each pixel on itself."""

from pixelfes.regress.kernel.estimator import PixelKernelRidge

__all__ = ["PixelKernelRidge"]
