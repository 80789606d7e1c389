"""The errors a user ever sees: one class, a few kinds of it, each message one clear sentence."""

from __future__ import annotations


class PixelfesError(Exception):
    """Base of every error that pixelfes raises on purpose; the message is fit to be shown as it is."""


class InputError(PixelfesError, ValueError):
    """An argument or an array is not what the function asks for; says what was asked and what was found."""


class PhotoError(PixelfesError):
    """A photo cannot be read or written: not an image, truncated, too large, or of a format not allowed."""


class FaceNotFoundError(PixelfesError):
    """No face was found in a photo that otherwise could be read."""


class ModelError(PixelfesError):
    """A model file is missing, unreadable, or not a valid pixelfes model; says which part is wrong."""


class MissingDependencyError(PixelfesError, ImportError):
    """Something optional is not installed; says which extra brings it."""


def reason(error: Exception) -> str:
    """Return the end of a sentence that says what went wrong."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text[0].lower() + text[1:]
