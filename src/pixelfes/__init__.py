"""pixelfes: facial expression synthesis by pixel-based regression."""

from pixelfes.version import __version__

__all__ = ["__version__"]
