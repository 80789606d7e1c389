"""The errors that pixelfes raises: one base class and a few kinds, each with a message of one sentence."""

from __future__ import annotations

LONGEST_MESSAGE = 400
"""Characters of a message, at most: names and values in files may come from anybody."""
_END = 80


class PixelfesError(Exception):
    """Base of all errors that pixelfes raises on purpose; show the message to the user as it is.

    A longer message loses its middle.
    """

    def __init__(self, *arguments: object) -> None:
        super().__init__(*(shortened(text) if isinstance(text, str) else text for text in arguments))


def shortened(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """Return a text of at most so many characters, without its middle if it is longer.

    Examples
    --------
    >>> shortened("a" * 500).count("a")
    397
    """
    if len(text) <= longest:
        return text
    end = min(_END, longest // 3)
    return f"{text[: longest - end - 3]} … {text[-end:]}"


class InputError(PixelfesError, ValueError):
    """An argument or an array is invalid; the message shows what was asked and what was found."""


class ChoiceError(InputError):
    """A name is none of those that are possible; the message lists them."""


class PhotoError(PixelfesError):
    """A photo cannot be read, or a file cannot be written; the message gives the reason."""


class ClipError(PhotoError):
    """A clip cannot be read or written; the message gives the reason."""


class FaceNotFoundError(PixelfesError):
    """A readable photo shows no face."""


class FaceRefusedError(FaceNotFoundError):
    """A photo shows faces, but none that can be changed; the message gives the reason for each."""


class ModelError(PixelfesError):
    """A model file is missing, unreadable or invalid; the message names the faulty part."""


class MissingDependencyError(PixelfesError, ImportError):
    """An optional dependency is not installed; the message names the extra that brings it."""


def reason(error: Exception) -> str:
    """Return the reason of an error, in lower case, to end a sentence with.

    Examples
    --------
    >>> reason(PermissionError(13, "Permission denied"))
    'permission denied'
    """
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text[0].lower() + text[1:]
